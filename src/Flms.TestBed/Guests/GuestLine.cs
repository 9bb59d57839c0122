using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Flms.TestBed.Hosts;

namespace Flms.TestBed.Guests;

/// <summary>A line to a guest, over its network: tells it how much to burn, asks how much it has done.</summary>
internal sealed class GuestLine : IDisposable
{
    private const int Port = 7000;
    private const int Tries = 20;
    private const int PatienceMs = 500;

    private readonly Socket _socket;
    private readonly string _address;

    /// <summary>Opens it.</summary>
    /// <param name="space">The network that the guest is in.</param>
    /// <param name="address">The guest's address.</param>
    public GuestLine(NetworkNamespace space, string address)
    {
        _address = address;
        _socket = space.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        _socket.ReceiveTimeout = PatienceMs;
        _socket.Connect(IPAddress.Parse(address), Port);
    }

    /// <summary>Tells the guest how much of its time to burn.</summary>
    /// <param name="duty">Percent of each period.</param>
    /// <param name="periodUs">The period in us.</param>
    public GuestReport Set(int duty, int periodUs) =>
        Ask(string.Create(CultureInfo.InvariantCulture, $"set {duty} {periodUs}"));

    /// <summary>Asks the guest how much it has done.</summary>
    public GuestReport Read() => Ask("read");

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    // Both questions may be asked twice: a datagram that is lost is no misfortune.
    private GuestReport Ask(string question)
    {
        var answer = new byte[256];
        for (var i = 0; i < Tries; i++)
            try
            {
                while (_socket.Available > 0) _socket.Receive(answer); // one that came too late
                _socket.Send(Encoding.ASCII.GetBytes(question));
                return GuestReport.Parse(Encoding.ASCII.GetString(answer, 0, _socket.Receive(answer)));
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // No answer yet.
            }
            catch (SocketException)
            {
                // Its network has something else to say, and says it at once: that must not use up the tries.
                Thread.Sleep(PatienceMs);
            }
        throw new BedFault($"the guest at {_address} has not answered for {Tries * PatienceMs / 1000} s; "
            + "the machine may be too busy: try again when it is quiet");
    }
}
