using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>Threads of one parallel program: each computes, then waits at a barrier for all others, first by spinning
/// and then asleep.</summary>
/// <remarks>
/// So do MPI and OpenMP programs (spec/compared-systems.md 5). While a thread's vCPU has no pCPU the others burn theirs
/// for up to <c>spin</c>, and sleep then; the last to come wakes the sleepers. Only spinning is caught by pause-loop
/// exits, which are counted and otherwise free. See <c>spin</c> for programs that never sleep.
/// </remarks>
public sealed record BarrierSetup : WorkloadSetup
{
    /// <summary>How many threads. Without it one on each vCPU.</summary>
    [Option("How many threads there are; without it, one on each vCPU.", "spec/compared-systems.md 5", Min = "1",
        Max = "1024")]
    public override int? Threads { get; init; }

    /// <summary>CPU time that each thread computes between two barriers. Default 1 ms.</summary>
    [Option("CPU time that each thread computes between two barriers.", "ours", Min = "1ns")]
    public Duration Work { get; init; } = 1.Ms;

    /// <summary>Up to this much more, at random, for each thread each time. Default: none.</summary>
    [Option("Up to this much is added to each piece of work at random (uniform).", "ours", Min = "0")]
    public Duration Spread { get; init; } = Duration.Zero;

    /// <summary>How long a thread spins before it sleeps. Default 100 us.</summary>
    [Option("CPU time that a thread spins at the barrier before it sleeps; 0 to sleep at once.",
        "ours: some tens of thousands of pauses, as OpenMP's libraries do where threads do not exceed CPUs",
        Min = "0")]
    public Duration Spin { get; init; } = 100.Us;

    /// <summary>How often a spinning thread is caught, per ms of spinning. Default 100.</summary>
    [Option("How often a spinning vCPU exits to the hypervisor.",
        "ours, inferred: the pause-loop window of 4,096 cycles would give up to 700", Unit = "per ms",
        Min = "0", Max = "1000000")]
    public int ExitsPerMs { get; init; } = 100;

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Barrier(this, random);
}

internal sealed class Barrier(BarrierSetup setup, RandomStream random) : Workload
{
    private enum Doing : byte { Computing, Spinning, Sleeping }

    private readonly Histogram _iterations = new();
    private Doing _doing;
    private bool _free;         // the barrier that it waits at has opened
    private long _spinsSince;   // the time that it had run when it began to spin
    private long _spun;         // ns that it spun before that
    private int _arrived;       // of the group's first: how many are at the barrier
    private Instant _openedAt;

    public override string? Measure => Group[0] == this ? "barrier.iteration" : null;

    public override Histogram? Samples => Group[0] == this ? _iterations : null;

    public override IReadOnlyList<Rate> Rates =>
        Group[0] == this ? [new("barrier.iterations_per_s", _iterations.Count)] : [];

    protected internal override void Start(Instant now)
    {
        _openedAt = now;
        Compute();
    }

    protected internal override void WorkDone(Instant now)
    {
        if (_doing == Doing.Spinning)
        {
            _spun += Ran.Ns - _spinsSince;
            if (_free) Compute();
            else _doing = Doing.Sleeping;
            return;
        }
        var first = (Barrier)Group[0];
        if (++first._arrived == Group.Count)
        {
            first.Open(this, now);
            Compute();
            return;
        }
        _free = false;
        _doing = setup.Spin > Duration.Zero ? Doing.Spinning : Doing.Sleeping;
        _spinsSince = Ran.Ns;
        if (_doing == Doing.Spinning) Want(setup.Spin);
    }

    protected internal override void Woken(Instant now) => Compute();

    protected internal override long SpinExits(Duration ran) =>
        Machine.PerMs(setup.ExitsPerMs, _spun + (_doing == Doing.Spinning ? ran.Ns - _spinsSince : 0));

    private void Compute()
    {
        _doing = Doing.Computing;
        var more = setup.Spread > Duration.Zero ? random.Uniform(Duration.Zero, setup.Spread) : Duration.Zero;
        Want(setup.Work + more);
    }

    private void Open(Barrier last, Instant now)
    {
        _arrived = 0;
        _iterations.Record(now - _openedAt);
        _openedAt = now;
        for (var t = 0; t < Group.Count; t++)
        {
            var other = (Barrier)Group[t];
            if (other == last) continue;
            other._free = true;
            if (other._doing == Doing.Spinning) other.Enough();
            else last.Wake(other);
        }
    }
}
