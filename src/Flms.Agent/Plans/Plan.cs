using Flms.Core;

namespace Flms.Agent.Plans;

/// <summary>Why a thread belongs where the plan puts it.</summary>
public enum PlanReason : byte
{
    /// <summary>It is excluded: <see cref="PlanThread.Exclusion"/> says why.</summary>
    Excluded,

    /// <summary>There is one kind of vCPU only: nothing to keep apart.</summary>
    OneGroup,

    /// <summary>It floats: it serves all.</summary>
    Floats,

    /// <summary>It is latency-sensitive: on the short-slice pCPUs.</summary>
    Latency,

    /// <summary>It serves the devices of a latency-sensitive vCPU, and is on the way of its requests.</summary>
    ServesLatency,

    /// <summary>It computes: on the long-slice pCPUs.</summary>
    Compute,

    /// <summary>It serves the devices of a VM that computes, and would shorten its slices elsewhere.</summary>
    ServesCompute,

    /// <summary>It computes; the short-slice pCPUs are lent to it while they are idle.</summary>
    Lent,

    /// <summary>Its cpuset has no pCPU of its group: it runs where it may.</summary>
    Roams,

    /// <summary>It is latency-sensitive and has waited: it runs before all others, within its budget.</summary>
    Boosted,

    /// <summary>It serves the devices of a boosted VM, and is boosted with it.</summary>
    ServesBoosted,

    /// <summary>It is latency-sensitive, or serves such a VM, and is boosted as soon as that waits: it needs no pCPUs
    /// for itself.</summary>
    MayBeBoosted,

    /// <summary>It computes, on every pCPU: those who are latency-sensitive are boosted when they wait, and need none
    /// for themselves.</summary>
    Yields,

    /// <summary>It serves devices, and the operator wants such threads left where they are.</summary>
    NotServing,

    /// <summary>It is latency-sensitive, or serves such a vCPU, and runs everywhere, with a short slice.</summary>
    ShortSlice,

    /// <summary>It computes, or serves who does, and runs everywhere, with a long slice.</summary>
    LongSlice,

    /// <summary>It runs everywhere: nobody who is latency-sensitive is kept waiting while others want pCPUs.</summary>
    Calm,

    /// <summary>It runs everywhere for now: it is being measured how long the latency-sensitive wait without a
    /// split.</summary>
    Comparing,

    /// <summary>It runs everywhere: a split was tried, and the latency-sensitive did not wait clearly less.</summary>
    NoGain,

    /// <summary>It runs everywhere: a split was tried, and cost the others more than 5 % of their fair share.</summary>
    Unfair,

    /// <summary>It runs everywhere: a split would cost the others more than 5 % of their fair share.</summary>
    Wasteful,
}

/// <summary>What the plan wants of one thread.</summary>
/// <param name="Thread">Which, and what was known of it.</param>
/// <param name="Cpus">Where it should be allowed to run, by Linux's numbers; null: leave it alone. Not to be
/// changed.</param>
/// <param name="Slice">Its slice; zero for the kernel's default; null: leave it alone.</param>
/// <param name="Reason">Why.</param>
/// <param name="Boost">Its budget; null: it shares fairly.</param>
/// <param name="Node">The NUMA node that it is bound to, by Linux's number; null: it may run on all nodes of its
/// group.</param>
public sealed record PlanLine(PlanThread Thread, CpuMask? Cpus, Duration? Slice, PlanReason Reason,
    Reservation? Boost = null, int? Node = null);

/// <summary>Who belongs where, for the next period.</summary>
public sealed record Plan
{
    /// <summary>The short-slice pCPUs, by Linux's numbers. Not to be changed.</summary>
    public required CpuMask Sp { get; init; }

    /// <summary>The long-slice pCPUs, likewise.</summary>
    public required CpuMask Lp { get; init; }

    /// <summary>Did the split change with this plan?</summary>
    public required bool Regrouped { get; init; }

    /// <summary>Are the groups kept apart?</summary>
    public bool Split { get; init; } = true;

    /// <summary>Are the short-slice pCPUs lent to those who compute?</summary>
    public required bool Lent { get; init; }

    /// <summary>Whether a split is worth it, as far as it was measured.</summary>
    public SplitVerdict Verdict { get; init; }

    /// <summary>Is the kernel made to choose more often who runs?</summary>
    public bool Ticks { get; init; }

    /// <summary>EstimatedIO of equation 1, in ns of pCPU time a period.</summary>
    public required long EstimatedIo { get; init; }

    /// <summary>EstimatedCPU of equation 2, likewise.</summary>
    public required long EstimatedCpu { get; init; }

    /// <summary>The latency-sensitive VMs, and whether they are boosted; empty if nobody may be.</summary>
    public IReadOnlyList<VmBoost> Boosts { get; init; } = [];

    /// <summary>The vCPUs that belong on another NUMA node from now on, bound to it or not.</summary>
    public IReadOnlyList<NodeMove> Moves { get; init; } = [];

    /// <summary>One line a thread, in order of VM, then vCPUs, then the threads that serve devices.</summary>
    public required IReadOnlyList<PlanLine> Lines { get; init; }
}
