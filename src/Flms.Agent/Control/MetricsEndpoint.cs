using System.Net;
using System.Net.Sockets;
using System.Text;
using Flms.Agent.Linux;

namespace Flms.Agent.Control;

/// <summary>Answers HTTP's <c>GET /metrics</c> on this machine: on a Unix socket, or on an address of the loopback.
/// </summary>
/// <remarks>One short answer to one short question, over the same doorway as the control socket; a web server's
/// framework would be most of the agent (decision 25). One request a connection.</remarks>
public sealed class MetricsEndpoint : IDisposable
{
    private const int MostHead = 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LoopPatience = TimeSpan.FromSeconds(8);

    private readonly ControlQueue _queue;
    private readonly Socket _listener;
    private readonly SocketFile? _file;
    private readonly Doorway _doorway;

    private MetricsEndpoint(Socket listener, SocketFile? file, ControlQueue queue)
    {
        (_listener, _file, _queue) = (listener, file, queue);
        _doorway = new(listener, Patience, ServeAsync);
    }

    /// <summary>Where it listens, for TCP; null on a Unix socket.</summary>
    public IPEndPoint? Address => _listener.LocalEndPoint as IPEndPoint;

    /// <summary>Begins to listen.</summary>
    /// <param name="where">A path, or an address of the loopback with a port, as in <c>127.0.0.1:9177</c>.</param>
    /// <param name="mode">Of a path: who may connect.</param>
    /// <param name="group">Of a path: the group it is given to; null to leave it.</param>
    /// <param name="queue">Where the loop takes requests from.</param>
    /// <param name="problem">Why not; empty if it does.</param>
    /// <returns>Null if it cannot.</returns>
    public static MetricsEndpoint? Open(
        string where, UnixFileMode mode, uint? group, ControlQueue queue, out string problem)
    {
        if (where.StartsWith('/'))
            return SocketFile.Open(where, mode, group, out var file, out problem) < 0 ? null
                : new(file!.Socket, file, queue);
        problem = $"'{where}' is neither a path nor an address of the loopback with a port, as in 127.0.0.1:9177";
        if (!IPEndPoint.TryParse(where, out var address) || !IPAddress.IsLoopback(address.Address)) return null;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address);
            socket.Listen();
            problem = "";
            return new(socket, null, queue);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            problem = e.Message;
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _doorway.Dispose();
        _listener.Dispose();
        _file?.Dispose();
    }

    private async Task ServeAsync(Socket client, CancellationToken time)
    {
        var head = await ReadHead(client, time);
        var (status, body) = head?.Split(' ', 3) switch
        {
            ["GET" or "HEAD", "/metrics", _] => await Metrics(time),
            ["GET" or "HEAD", "/", _] => ("200 OK", "The metrics of flms agent are at /metrics.\n"),
            ["GET" or "HEAD", _, _] => ("404 Not Found", "There is only /metrics.\n"),
            [_, _, _] => ("405 Method Not Allowed", "There is only GET.\n"),
            _ => ("400 Bad Request", "That was no request.\n"),
        };
        var bytes = Encoding.UTF8.GetBytes(body);
        var text = $"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            + $"Content-Length: {bytes.Length}\r\nConnection: close\r\n\r\n";
        byte[] reply = [.. Encoding.ASCII.GetBytes(text), .. head?.StartsWith("HEAD", StringComparison.Ordinal) == true
            ? [] : bytes];
        for (ReadOnlyMemory<byte> left = reply; left.Length > 0;) left = left[await client.SendAsync(left, time)..];
        client.Shutdown(SocketShutdown.Send);
        // A TCP client that is still talking would lose the answer if the socket were closed under it.
        while (await client.ReceiveAsync(new byte[MostHead], time) > 0) { }
    }

    // All of a request before its body, of which there is none.
    private static async Task<string?> ReadHead(Socket client, CancellationToken time)
    {
        var bytes = new byte[MostHead];
        for (var n = 0; n < bytes.Length;)
        {
            var read = await client.ReceiveAsync(bytes.AsMemory(n), time);
            if (read == 0) return null;
            n += read;
            var text = Encoding.ASCII.GetString(bytes, 0, n);
            if (text.Contains("\r\n\r\n", StringComparison.Ordinal)) return text[..text.IndexOf('\r')];
        }
        return null;
    }

    private async Task<(string Status, string Body)> Metrics(CancellationToken time)
    {
        const string busy = "503 Service Unavailable";
        if (_queue.Post(new() { V = ControlRequest.Version, Verb = ControlVerbs.Metrics }) is not { } asked)
            return (busy, "Too many ask at once.\n");
        try
        {
            var reply = ControlReply.Read(await asked.Reply.WaitAsync(LoopPatience, time));
            return reply is { Refusal: Refusal.None } ? ("200 OK", reply.Report(ReportJson.Line.TextReport).Text)
                : (busy, "The agent has no metrics now.\n");
        }
        catch (TimeoutException)
        {
            asked.TryTake();
            return (busy, "The agent was too busy to answer.\n");
        }
    }
}
