using System.Net.Sockets;

namespace Flms.Agent.Control;

/// <summary>Asks a running agent.</summary>
public static class ControlClient
{
    private const int PatienceMs = 15_000;

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="path">The agent's control socket.</param>
    /// <param name="request">What to ask.</param>
    /// <param name="problem">Why there is no answer; empty if no agent listens there.</param>
    /// <returns>The answer; null if there is none.</returns>
    public static ControlReply? Ask(string path, ControlRequest request, out string problem)
    {
        problem = "";
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = PatienceMs,
            SendTimeout = PatienceMs,
        };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (ArgumentException)
        {
            return null; // longer than a socket's path can be: nobody listens there
        }
        catch (SocketException e)
        {
            if (e.SocketErrorCode == SocketError.AccessDenied)
                problem = "permission denied: ask as root, or as a member of the agent's group";
            else if (e.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
                && !IsMissing(path)) problem = e.Message;
            return null;
        }
        using var reply = new MemoryStream();
        try
        {
            var line = ControlReply.Of(request with { V = ControlRequest.Version });
            for (var sent = 0; sent < line.Length;) sent += socket.Send(line.AsSpan(sent));
        }
        catch (SocketException)
        {
            // It may have answered and closed already.
        }
        try
        {
            var bytes = new byte[64 << 10];
            while (reply.Length < ControlReply.MostBytes && socket.Receive(bytes) is var n and > 0)
                reply.Write(bytes, 0, n);
        }
        catch (SocketException e)
        {
            if (reply.Length == 0)
                problem = e.SocketErrorCode == SocketError.TimedOut ? "the agent did not answer in time" : e.Message;
        }
        if (problem != "") return null;
        if (ControlReply.Read(reply.GetBuffer().AsMemory(0, (int)reply.Length)) is { } answer) return answer;
        problem = reply.Length == 0 ? "the agent gave no answer: it has ended"
            : "what answers there is no agent of this version";
        return null;
    }

    private static bool IsMissing(string path) => Linux.FileFacts.Of(path) == null;
}
