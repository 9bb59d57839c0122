using System.Net.Sockets;
using System.Text;

namespace Flms.Agent.Linux;

/// <summary>Tells systemd how a service is: READY=1, WATCHDOG=1, STATUS=..., STOPPING=1.</summary>
/// <remarks>Without systemd nothing is told. A message that cannot be sent is dropped: the service goes on.</remarks>
public sealed class SystemdNotify : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _to;

    /// <summary>Begins.</summary>
    /// <param name="path">$NOTIFY_SOCKET: a path, or with @ before it an abstract name; null for nobody.</param>
    public SystemdNotify(string? path)
    {
        if (string.IsNullOrEmpty(path)) return;
        _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        _to = new(path[0] == '@' ? "\0" + path[1..] : path);
    }

    /// <summary>Sends a message, its assignments parted by line feeds.</summary>
    public void Send(string message)
    {
        try
        {
            _socket?.SendTo(Encoding.UTF8.GetBytes(message), _to!);
        }
        catch (SocketException)
        {
            // Nobody listens any more.
        }
    }

    /// <inheritdoc />
    public void Dispose() => _socket?.Dispose();
}
