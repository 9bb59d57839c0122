using Flms.Core;

namespace Flms.Bench;

/// <summary>Measures one case, a repetition at a time.</summary>
/// <param name="what">The case.</param>
/// <param name="eventsEach">About how many events a repetition has.</param>
/// <param name="longest">The most CPU time that a repetition may take: a slow case has fewer events.</param>
internal sealed class Meter(BenchCase what, long eventsEach, TimeSpan longest)
{
    private static readonly Duration _shortest = 1.Ms;

    private readonly List<double> _nsPerEvent = [];
    private readonly List<double> _ns = [];
    private Instant _now;
    private Duration _each = _shortest;
    private long _events;
    private long _bytes;

    /// <summary>Runs for about one repetition's events, in many calls, and finds out how long a repetition
    /// is.</summary>
    public void WarmUp(int runs)
    {
        var began = Environment.CpuUsage.TotalTime;
        var spent = TimeSpan.Zero;
        for (var i = 0; i < runs && spent < 4 * longest; i++)
        {
            Advance(_each);
            var perMs = Math.Max(1, what.Events() * 1_000_000 / _now.Ns);
            _each = Duration.Max(_shortest, 1.Ms * (eventsEach / perMs / runs + 1));
            spent = Environment.CpuUsage.TotalTime - began;
        }
        var affordable = new Duration((long)(_now.Ns * (longest / spent)));
        _each = Duration.Max(_shortest, Duration.Min(_each * runs, affordable));
    }

    /// <summary>One repetition.</summary>
    public void Repeat()
    {
        var events = what.Events();
        GC.Collect(0); // else one in between counts what it takes of this thread's piece of the heap as allocated
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var cpu = Environment.CpuUsage.TotalTime;
        Advance(_each);
        var ns = (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds;
        _bytes += GC.GetAllocatedBytesForCurrentThread() - bytes;
        events = what.Events() - events;
        _events += events;
        _ns.Add(ns);
        if (events > 0) _nsPerEvent.Add(ns / events);
    }

    /// <summary>Has anything happened that could be measured?</summary>
    public bool HasResult => _nsPerEvent.Count > 0;

    /// <summary>What all repetitions together say.</summary>
    public BenchResult Result()
    {
        _nsPerEvent.Sort();
        var bytesPerEvent = (double)_bytes / _events;
        return new(what.Scheduler, what.Workload, what.Pcpus, what.Vcpus, _events,
            _nsPerEvent[_nsPerEvent.Count / 2], bytesPerEvent);
    }

    /// <summary>Simulated seconds in each second of CPU time: the median of the repetitions.</summary>
    public double SimulatedPerSecond
    {
        get
        {
            _ns.Sort();
            return _each.Ns / _ns[_ns.Count / 2];
        }
    }

    private void Advance(Duration by)
    {
        _now += by;
        what.Run(_now);
    }
}
