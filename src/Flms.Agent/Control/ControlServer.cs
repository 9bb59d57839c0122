using System.Net.Sockets;
using Flms.Agent.Linux;

namespace Flms.Agent.Control;

/// <summary>Who may change things over the control socket.</summary>
/// <param name="Own">The user that the agent runs as.</param>
/// <param name="Group">The group that may, too; null for none.</param>
public sealed record ControlRights(uint Own, uint? Group)
{
    /// <summary>May that client? Root, the agent's own user, members of the group.</summary>
    public bool MayChange(Peer peer) =>
        peer.User == 0 || peer.User == Own || Group is { } group && peer.Groups.Contains(group);
}

/// <summary>The control socket: reads requests, lets the loop answer them, writes the replies.</summary>
/// <remarks>One request a connection (docs/agent-control.md). Who asks is known from the kernel. Whoever may not change
/// things can take half of the places only, so that those who may are not kept out.</remarks>
public sealed class ControlServer : IDisposable
{
    private const int PlacesOfOthers = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LoopPatience = TimeSpan.FromSeconds(8);

    private readonly SocketFile _file;
    private readonly Func<Peer, bool> _mayChange;
    private readonly ControlQueue _queue;
    private readonly Doorway _doorway;
    private int _others;

    /// <summary>Begins to serve.</summary>
    /// <param name="file">The socket; closed with this.</param>
    /// <param name="mayChange">May that client change things?</param>
    /// <param name="queue">Where the loop takes requests from.</param>
    public ControlServer(SocketFile file, Func<Peer, bool> mayChange, ControlQueue queue)
    {
        (_file, _mayChange, _queue) = (file, mayChange, queue);
        _doorway = new(file.Socket, Patience, ServeAsync);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _doorway.Dispose();
        _file.Dispose();
    }

    private async Task ServeAsync(Socket client, CancellationToken time)
    {
        var peer = Peer.Of(client);
        var trusted = peer != null && _mayChange(peer);
        if (!trusted && Interlocked.Increment(ref _others) > PlacesOfOthers)
        {
            Interlocked.Decrement(ref _others);
            await Send(client, ControlReply.Of(Refusal.Busy, "too many ask at once; try again"), time);
            return;
        }
        try
        {
            var line = await ReadLine(client, time);
            await Send(client, await Answer(line, trusted, time), time);
            client.Shutdown(SocketShutdown.Both);
        }
        finally
        {
            if (!trusted) Interlocked.Decrement(ref _others);
        }
    }

    // Up to a line feed, or to the end; null if it is longer than a request may be.
    private static async Task<byte[]?> ReadLine(Socket client, CancellationToken time)
    {
        var bytes = new byte[ControlRequest.MostBytes];
        for (var n = 0; n < bytes.Length;)
        {
            var read = await client.ReceiveAsync(bytes.AsMemory(n), time);
            var end = Array.IndexOf(bytes, (byte)'\n', n, read);
            n += read;
            if (end >= 0) return bytes[..end];
            if (read == 0) return bytes[..n];
        }
        return null;
    }

    private async Task<byte[]> Answer(byte[]? line, bool trusted, CancellationToken time)
    {
        if (line == null)
            return ControlReply.Of(Refusal.BadRequest, $"a request has at most {ControlRequest.MostBytes} bytes");
        if (ControlRequest.Read(line, out var problem) is not { } request)
            return ControlReply.Of(Refusal.BadRequest, problem);
        if (ControlVerbs.Changes(request.Verb) && !trusted)
            return ControlReply.Of(Refusal.NotAllowed, $"only root, the agent's user and its group may {request.Verb}");
        if (_queue.Post(request) is not { } asked)
            return ControlReply.Of(Refusal.Busy, "too many ask at once; try again");
        try
        {
            return await asked.Reply.WaitAsync(LoopPatience, time);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // What the loop has already taken will be done: only what it has not can be given up.
            return asked.TryTake() ? ControlReply.Of(Refusal.Busy, "the agent was too busy to answer; nothing was done")
                : await asked.Reply;
        }
    }

    private static async Task Send(Socket client, ReadOnlyMemory<byte> reply, CancellationToken time)
    {
        while (reply.Length > 0) reply = reply[await client.SendAsync(reply, time)..];
    }
}
