using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>What ends a burst.</summary>
public enum BurstEnd : byte
{
    /// <summary>The burst is an amount of work: time that is stolen makes it longer.</summary>
    Work,

    /// <summary>The burst ends at a time, however little of it was spent running.</summary>
    Time,
}

/// <summary>Runs, sleeps, and so on for ever.</summary>
public sealed record DutySetup : WorkloadSetup
{
    /// <summary>How long it runs each time. Default 1 ms.</summary>
    [Option("How long it runs each time.", "ours", Min = "1ns")]
    public Duration Run { get; init; } = 1.Ms;

    /// <summary>How long it sleeps, counted from the end of the run. Default 1 ms.</summary>
    [Option("How long it sleeps after each run; with a grid, the least time it sleeps.", "ours", Min = "0")]
    public Duration Sleep { get; init; } = 1.Ms;

    /// <summary>Wakes only at multiples of this; 0, the default, for none.</summary>
    [Option("It wakes only at multiples of this; 0 for no grid.",
        "spec/xen.md 1.14 Q10: sleeping across ticks", Min = "0")]
    public Duration Grid { get; init; } = Duration.Zero;

    /// <summary>Added to each multiple of the grid. Default 0.</summary>
    [Option("Added to each multiple of the grid.", "ours", Min = "0")]
    public Duration GridOffset { get; init; } = Duration.Zero;

    /// <summary>When it first runs. Default: at once.</summary>
    [Option("When it first runs.", "ours", Min = "0")]
    public Duration At { get; init; } = Duration.Zero;

    /// <summary>What ends a burst. Default: the work is done.</summary>
    [Option("What ends a burst: its work is done, or its time is over.",
        "data/README.md: the recorded guests end by time")]
    public BurstEnd Ends { get; init; } = BurstEnd.Work;

    /// <summary>How many there are, dealt over the vCPUs; null, the default, for one on each.</summary>
    [Option("How many there are, dealt over the vCPUs in turn; without it, one on each vCPU.", "ours", Min = "1",
        Max = "4096")]
    public override int? Threads { get; init; }

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Duty(this);
}

internal sealed class Duty(DutySetup setup) : Workload
{
    private bool _asleep = true;

    protected internal override void Start(Instant now)
    {
        if (setup.At == Duration.Zero) AlarmFired(now);
        else AlarmAt(now + setup.At);
    }

    protected internal override void AlarmFired(Instant now)
    {
        if (!_asleep)
        {
            Enough();
            return;
        }
        _asleep = false;
        if (setup.Ends == BurstEnd.Work)
        {
            Want(setup.Run);
            return;
        }
        WantForever();
        AlarmAt(now + setup.Run);
    }

    protected internal override void WorkDone(Instant now)
    {
        _asleep = true;
        AlarmAt(WakeAfter(now + setup.Sleep));
    }

    private Instant WakeAfter(Instant at)
    {
        if (setup.Grid == Duration.Zero) return at;
        var beyond = at.Ns - setup.GridOffset.Ns;
        var steps = beyond <= 0 ? 0 : (beyond + setup.Grid.Ns - 1) / setup.Grid.Ns;
        return new(steps * setup.Grid.Ns + setup.GridOffset.Ns);
    }
}
