using Flms.Core;

namespace Flms.Sim.Devices;

/// <summary>The host's disk: seeks unless a request follows the last one, transfers, and takes the next.</summary>
/// <remarks>
/// Its order is that of arrival, or sweeps: a sweep takes what waits when it begins, in the order of places, and what
/// comes meanwhile waits for the next. So nobody who reads in sequence can keep the others from it. Putting a request
/// in its place looks at those that wait; they are few, and each takes milliseconds.
/// </remarks>
internal sealed class Disk(DiskSetup setup) : Device
{
    private const int NsPerUs = 1_000;

    private RequestLine _line;
    private RequestLine _nextSweep;
    private DiskRequest? _current;
    private long _head = -1;
    private long _busyFrom;

    /// <summary>Requests done.</summary>
    public long Requests { get; private set; }

    /// <summary>Bytes transferred.</summary>
    public long Bytes { get; private set; }

    /// <summary>How often it had to seek.</summary>
    public long Seeks { get; private set; }

    /// <summary>How long it was at work, in ns, up to the last request that it finished.</summary>
    public long BusyNs { get; private set; }

    public void Submit(DiskRequest request, Instant now)
    {
        if (setup.Order == DiskOrder.Fifo) _line.Add(request);
        else _nextSweep.AddSorted(request);
        if (_current == null) Begin(now);
    }

    protected internal override void AlarmFired(Instant now)
    {
        var done = _current!;
        _current = null;
        Requests++;
        Bytes += done.Bytes;
        BusyNs += now.Ns - _busyFrom;
        Begin(now);
        done.Of.Path.FromDisk(done, now);
    }

    public void ResetStatistics(Instant now)
    {
        (Requests, Bytes, Seeks, BusyNs) = (0, 0, 0, 0);
        _busyFrom = now.Ns;
    }

    private void Begin(Instant now)
    {
        if (_line.Count == 0) (_line, _nextSweep) = (_nextSweep, _line);
        if (_line.Count == 0) return;
        _current = _line.Take();
        _busyFrom = now.Ns;
        var place = _current.Of.Begins + _current.Offset;
        var time = (long)_current.Bytes * NsPerUs / setup.Rate;
        if (place != _head)
        {
            time += setup.Seek.Ns;
            Seeks++;
        }
        _head = place + _current.Bytes;
        AlarmAt(now + new Duration(time));
    }
}
