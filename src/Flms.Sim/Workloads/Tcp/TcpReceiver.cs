using Flms.Core;

namespace Flms.Sim.Workloads.Tcp;

/// <summary>The receiving end of a TCP stream: its socket buffer, and when it acknowledges.</summary>
/// <remarks>
/// <para>It acknowledges at once when two full segments have come since the last time (one packet that the card put
/// together of several counts as these), when something is missing, and when it is probed; otherwise a timer of the
/// caller's does (RFC 1122, 4.2.3.2).</para>
/// <para>The socket buffer holds twice the window (Linux keeps half of it for what packets take beside their payload),
/// so the window that is advertised closes when more than a window is unread. Reading tells the sender when the window
/// that it knows of has come to at most half, and can be doubled (Linux; RFC 1122, 4.2.3.3, asks for no less).</para>
/// <para>What is missing is given up here and sent again by the sender as new bytes: bytes are counted, not put in
/// order, so the wait of later bytes for a lost one is not modelled.</para>
/// </remarks>
internal sealed class TcpReceiver(int segment, long window)
{
    private long _reached;      // all up to here has come, or is lost
    private long _told;         // the same, as last acknowledged
    private readonly long _window = window;
    private long _toldEdge = window;     // how far the sender may go, as last acknowledged
    private int _holes;

    /// <summary>Bytes in the socket buffer that nobody has read.</summary>
    public long Unread { get; private set; }

    /// <summary>Has something come that is not acknowledged?</summary>
    public bool Owes => _reached != _told;

    private long Room => Math.Clamp(2 * _window - Unread, 0, _window);

    /// <summary>A packet has come; whether it must be acknowledged at once.</summary>
    /// <param name="from">The number of its first byte.</param>
    /// <param name="bytes">How many; 0 for a probe.</param>
    public bool Arrive(long from, int bytes)
    {
        var hole = from > _reached;
        if (hole) _holes++;
        // A guest that sends from two vCPUs can let a packet be overtaken: it comes late, and counts as what is sent
        // again for the hole.
        _reached = Math.Max(_reached, from + bytes);
        Unread += bytes;
        return hole || bytes == 0 || _reached - _told >= 2 * segment;
    }

    /// <summary>The process has read; whether the sender should hear of the room that this made.</summary>
    public bool Read(long bytes)
    {
        Unread -= bytes;
        Check.That(Unread >= 0);
        var known = _toldEdge - _reached;
        return known <= _window / 2 && Room >= Math.Max(2 * known, Math.Min(segment, _window / 2));
    }

    /// <summary>The tag of an acknowledgement that is sent now.</summary>
    public long Acknowledge()
    {
        _told = _reached;
        _toldEdge = Math.Max(_toldEdge, _reached + Room);
        return TcpAck.Tag(_reached, _holes, _toldEdge - _reached);
    }
}
