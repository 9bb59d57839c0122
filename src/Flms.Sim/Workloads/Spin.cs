using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>Threads of one parallel program, one on each vCPU: each computes, then waits for the others by
/// spinning.</summary>
/// <remarks>
/// While a sibling's vCPU has no pCPU, the others burn theirs for nothing: what a hypervisor sees as pause-loop exits
/// (spec/compared-systems.md 3.1, ConSpin). An exit is counted and otherwise free: the vCPU does not yield at it.
/// On a single vCPU it never waits.
/// </remarks>
public sealed record SpinSetup : WorkloadSetup
{
    /// <summary>CPU time that each thread computes between two waits. Default 1 ms.</summary>
    [Option("CPU time that each thread computes before it waits for the others.", "ours", Min = "1ns")]
    public Duration Work { get; init; } = 1.Ms;

    /// <summary>Up to this much more, at random, for each thread each time. Default: none.</summary>
    [Option("Up to this much is added to each piece of work at random (uniform).", "ours", Min = "0")]
    public Duration Spread { get; init; } = Duration.Zero;

    /// <summary>How often a spinning thread is caught, per ms of spinning. Default 100.</summary>
    [Option("How often a spinning vCPU exits to the hypervisor.",
        "ours, inferred: the pause-loop window of 4,096 cycles would give up to 700", Unit = "per ms",
        Min = "0", Max = "1000000")]
    public int ExitsPerMs { get; init; } = 100;

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Spin(this, random);
}

internal sealed class Spin(SpinSetup setup, RandomStream random) : Workload
{
    private readonly Histogram _rounds = new();
    private bool _spinning;
    private long _spinsSince;   // the time that it had run when it began to spin
    private long _spun;         // ns that it spun before that
    private int _arrived;       // of the group's first: how many of the group wait or have come
    private Instant _roundBegan;

    /// <summary>It never sleeps.</summary>
    public override Urgency Urgency => Urgency.Background;

    public override string? Measure => Group[0] == this ? "spin.round" : null;

    public override Histogram? Samples => Group[0] == this ? _rounds : null;

    protected internal override void Start(Instant now)
    {
        _roundBegan = now;
        Compute();
    }

    protected internal override void WorkDone(Instant now)
    {
        if (_spinning)
        {
            _spinning = false;
            _spun += Ran.Ns - _spinsSince;
            Compute();
            return;
        }
        var first = (Spin)Group[0];
        if (++first._arrived == Group.Count)
        {
            first.Release(now);
            Compute();
            return;
        }
        _spinning = true;
        _spinsSince = Ran.Ns;
        WantForever();
    }

    protected internal override long SpinExits(Duration ran) =>
        Machine.PerMs(setup.ExitsPerMs, _spun + (_spinning ? ran.Ns - _spinsSince : 0));

    private void Compute()
    {
        var more = setup.Spread > Duration.Zero ? random.Uniform(Duration.Zero, setup.Spread) : Duration.Zero;
        Want(setup.Work + more);
    }

    private void Release(Instant now)
    {
        _arrived = 0;
        _rounds.Record(now - _roundBegan);
        _roundBegan = now;
        for (var t = 0; t < Group.Count; t++)
            if (Group[t] is Spin { _spinning: true } waiting) waiting.Enough();
    }
}
