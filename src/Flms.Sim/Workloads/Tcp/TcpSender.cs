using Flms.Core;

namespace Flms.Sim.Workloads.Tcp;

/// <summary>The sending end of a TCP stream: how much may be on its way, and how long it waits for an
/// acknowledgement.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> No more is on its way than the lesser of the receiver's window and the congestion
/// window (RFC 5681): ten segments at first (RFC 6928), one more for each one acknowledged up to a threshold, then one
/// more for each window. When the receiver has seen a hole, both are halved, once for each window of data.</para>
/// <para>A packet is as large as the card takes, but no more than a third of the window, so that acknowledgements keep
/// it going (tcp_tso_win_divisor of Linux), and no less than a segment.</para>
/// <para>When nothing has been acknowledged for the timeout (RFC 6298, with Linux's least of 200 ms for the variation),
/// or the window stays closed, it sends a probe without data, and twice as late the next. The congestion window falls
/// to one segment, and comes back if the acknowledgement shows that nothing was lost (F-RTO, RFC 5682): a receiver that
/// has no pCPU is late, not lossy.</para>
/// <para><i>Not modelled.</i> Cubic growth, slow start after idling, what is sent again in place of new bytes.</para>
/// </remarks>
/// <param name="segment">Payload of a segment.</param>
/// <param name="largest">The largest packet, in whole segments.</param>
/// <param name="window">The receiver's window as both begin.</param>
internal sealed class TcpSender(int segment, int largest, long window)
{
    private static readonly Duration LeastVariation = 200.Ms;
    private static readonly Duration FirstTimeout = 1.Seconds;
    private static readonly Duration LongestTimeout = 120.Seconds;

    private readonly int _segment = segment;
    private long _next;                     // the number of the next byte
    private long _reached;                  // as last acknowledged: come, or lost
    private long _edge = window;            // so far it may go, by the receiver's window
    private long _congestion = 10L * segment;
    private long _threshold = TcpAck.GreatestWindow;
    private long _greatestWindow = window;
    private int _holes;
    private long _recovered;                // holes before this number have been answered for
    private long _timedUpTo = -1;           // the byte whose acknowledgement is timed; -1 for none
    private Instant _timedSince;
    private long _smoothed = -1;            // round trip in ns, and its variation; -1 for none yet
    private long _variation;
    private int _backoff;
    private Instant _progress;              // since then nothing has been acknowledged
    private bool _timedOut;                 // and nothing has been heard since; before that these were:
    private long _congestionBefore;
    private long _thresholdBefore;
    private long _recoveredBefore;

    /// <summary>The number of the next byte: all before it were given to the network.</summary>
    public long Sent => _next;

    /// <summary>The number up to which everything has come, or is lost, as far as the sender knows.</summary>
    public long Acknowledged => _reached;

    /// <summary>Bytes on their way.</summary>
    public long InFlight => _next - _reached;

    /// <summary>What may be on its way by what it has seen of losses, in bytes.</summary>
    public long CongestionWindow => _congestion;

    /// <summary>How large a packet may be sent now; 0 for none.</summary>
    /// <param name="ready">The bytes that there are to send.</param>
    public int Size(long ready)
    {
        var least = Math.Min(_congestion, _greatestWindow);
        var room = Math.Min(Math.Min(least - InFlight, _edge - _next), ready);
        // Less than a segment only when nothing else is on its way (RFC 896).
        if (room < _segment) return InFlight == 0 && room > 0 ? (int)room : 0;
        var most = Math.Max(_segment, Math.Min(largest, least / 3));
        return (int)(Math.Min(room, most) / _segment * _segment);
    }

    /// <summary>A packet is sent; its tag.</summary>
    public long Send(int bytes, Instant now)
    {
        var from = _next;
        if (InFlight == 0) _progress = now;
        _next += bytes;
        if (_timedUpTo < 0 && bytes > 0) (_timedUpTo, _timedSince) = (_next, now);
        return from;
    }

    /// <summary>An acknowledgement has come.</summary>
    public void Acknowledge(long tag, Instant now)
    {
        var reached = TcpAck.Reached(tag, _reached);
        if (reached < _reached) return;
        var holes = TcpAck.Holes(tag);
        var hole = holes != _holes;
        _holes = holes;
        var came = reached - _reached;
        var limited = _congestion - InFlight < largest;
        _reached = reached;
        _edge = Math.Max(_edge, reached + TcpAck.Window(tag));
        _greatestWindow = Math.Max(_greatestWindow, TcpAck.Window(tag));
        _progress = now;
        _backoff = 0;
        if (_timedUpTo >= 0 && reached >= _timedUpTo)
        {
            Time((now - _timedSince).Ns);
            _timedUpTo = -1;
        }
        if (_timedOut) Recover(hole, came);
        if (hole && reached > _recovered) Halve();
        else if (limited && !hole) Grow(came);
    }

    /// <summary>When it times out if nothing comes; never while it waits for nothing.</summary>
    /// <param name="ready">The bytes that there are to send.</param>
    public Instant Deadline(long ready) => InFlight == 0 && ready == 0 ? Instant.Never : _progress + Timeout;

    /// <summary>It has timed out: send a packet without data, with the tag of <see cref="Sent"/>.</summary>
    public void TimeOut(Instant now)
    {
        _progress = now;
        _backoff = Math.Min(_backoff + 1, 10);
        _timedUpTo = -1;
        if (InFlight == 0) return;
        if (!_timedOut) (_congestionBefore, _thresholdBefore, _recoveredBefore) = (_congestion, _threshold, _recovered);
        _timedOut = true;
        _recovered = _next;
        _threshold = Math.Max(InFlight / 2, 2L * _segment);
        _congestion = _segment;
    }

    private Duration Timeout
    {
        get
        {
            var one = _smoothed < 0 ? FirstTimeout
                : new Duration(_smoothed + Math.Max(4 * _variation, LeastVariation.Ns));
            return Duration.Min(new(one.Ns << _backoff), LongestTimeout);
        }
    }

    // After a timeout the first news decides: something has come and nothing is missing, then it was only late.
    private void Recover(bool hole, long came)
    {
        if (!hole && came == 0) return;
        if (!hole) (_congestion, _threshold, _recovered) = (_congestionBefore, _thresholdBefore, _recoveredBefore);
        _timedOut = false;
    }

    private void Halve()
    {
        _threshold = Math.Max(_congestion / 2, 2L * _segment);
        _congestion = _threshold;
        _recovered = _next;
    }

    // Only a window that is used up grows, and none beyond what the receiver can take.
    private void Grow(long came)
    {
        if (_congestion >= _greatestWindow) return;
        _congestion += _congestion < _threshold ? came : Math.Max(1, _segment * came / _congestion);
    }

    private void Time(long trip)
    {
        if (_smoothed < 0)
        {
            (_smoothed, _variation) = (trip, trip / 2);
            return;
        }
        _variation += (Math.Abs(trip - _smoothed) - _variation) / 4;
        _smoothed += (trip - _smoothed) / 8;
    }
}
