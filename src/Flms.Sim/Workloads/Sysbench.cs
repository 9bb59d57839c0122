using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>sysbench's CPU test: threads work off a fixed number of events, in each of which all primes up to a bound
/// are found; then again.</summary>
/// <remarks>A thread that has done an event takes the next one that nobody has taken. The time of a round is what
/// sysbench calls total time. <i>Not modelled.</i> The moment at which threads are made at the beginning of a
/// round.</remarks>
public sealed record SysbenchSetup : WorkloadSetup
{
    /// <summary>How many threads. Without it one on each vCPU.</summary>
    [Option("How many threads there are; without it, one on each vCPU.", "paper, 4.3: as many as vCPUs", Min = "1",
        Max = "1024")]
    public override int? Threads { get; init; }

    /// <summary>How many events make a round. Default 10,000.</summary>
    [Option("How many events make a round.", "sysbench's default before 1.0", Min = "1", Max = "100000000")]
    public int Events { get; init; } = 10_000;

    /// <summary>CPU time of one event. Default 1 ms.</summary>
    [Option("CPU time of one event.", "ours: primes up to 10,000 on a server of 2015", Min = "1ns")]
    public Duration Work { get; init; } = 1.Ms;

    /// <summary>Time from the end of one round to the next. Default 0.</summary>
    [Option("Time from the end of one round to the beginning of the next.", "ours", Min = "0")]
    public Duration Pause { get; init; } = Duration.Zero;

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Sysbench(this);
}

// The group's first counts the events.
internal sealed class Sysbench(SysbenchSetup setup) : Workload
{
    private readonly Histogram _rounds = new();
    private int _left;          // of the first: events that nobody has taken
    private int _working;       // of the first: threads that are at one
    private long _done;
    private Instant _began;

    /// <summary>It never sleeps within a round.</summary>
    public override Urgency Urgency => Urgency.Background;

    public override string? Measure => First == this ? "sysbench.time" : null;

    public override Histogram? Samples => First == this ? _rounds : null;

    public override IReadOnlyList<Rate> Rates => First == this ? [new("sysbench.events_per_s", _done)] : [];

    private Sysbench First => (Sysbench)Group[0];

    protected internal override void Start(Instant now)
    {
        if (First == this) (_left, _began) = (setup.Events, now);
        First.GiveTo(this);
    }

    protected internal override void WorkDone(Instant now)
    {
        var first = First;
        first._working--;
        first._done++;
        if (first.GiveTo(this) || first._working > 0) return;
        first._rounds.Record(now - first._began);
        if (setup.Pause > Duration.Zero) first.AlarmAt(now + setup.Pause);
        else first.Begin(this, now);
    }

    protected internal override void AlarmFired(Instant now) => Begin(this, now);

    protected internal override void Woken(Instant now) => First.GiveTo(this);

    protected internal override void ResetSamples()
    {
        base.ResetSamples();
        _done = 0;
    }

    // All threads but the one that begins sleep: woken, each takes an event.
    private void Begin(Sysbench running, Instant now)
    {
        (_left, _began) = (setup.Events, now);
        GiveTo(running);
        for (var t = 0; t < Group.Count; t++)
            if (Group[t] != running) running.Wake(Group[t]);
    }

    private bool GiveTo(Sysbench thread)
    {
        if (_left == 0) return false;
        _left--;
        _working++;
        thread.Want(setup.Work);
        return true;
    }
}
