using Flms.Core;

namespace Flms.Schedulers.Bvt;

/// <summary>How time that was run becomes whole charging units.</summary>
public enum BvtCharging : byte
{
    /// <summary>Rounded up at every decision: a short run pays for a whole unit (Xen 3.0).</summary>
    RoundUp,

    /// <summary>Whole units only; what is left over is charged with the next run.</summary>
    CarryOver,
}

/// <summary>What virtual times are kept in.</summary>
public enum BvtVirtualTime : byte
{
    /// <summary>64 bits with a sign: nothing wraps.</summary>
    Signed64,

    /// <summary>32 bits without a sign, as in Xen 3.0: a warp greater than the time wraps, and starves who warps.
    /// </summary>
    Unsigned32,
}

/// <summary>Where a runnable vCPU waits.</summary>
public enum BvtQueues : byte
{
    /// <summary>On the queue of its pCPU, which never changes (Xen 3.0).</summary>
    PerPcpu,

    /// <summary>In one order for all pCPUs, with a penalty for those that last ran elsewhere (SOSP'99).</summary>
    Shared,
}

/// <summary>Who warps: shares one permission, one limit and one pause.</summary>
public enum BvtWarpScope : byte
{
    /// <summary>A domain, with all its vCPUs (Xen 3.0).</summary>
    Domain,

    /// <summary>Each vCPU for itself, as each thread in the paper.</summary>
    Vcpu,
}

/// <summary>From when the limit of a warp counts.</summary>
public enum BvtWarpLimit : byte
{
    /// <summary>From the last decision: a limit above the slice never bites (Xen 3.0).</summary>
    LastDecision,

    /// <summary>From when the vCPU was given the pCPU.</summary>
    Dispatch,
}

/// <summary>Settings of <see cref="BvtScheduler"/>. The defaults are Xen 3.0's with its quirks.</summary>
public sealed record BvtOptions : SchedulerOptions
{
    /// <summary>The least time that is charged. Default 100 us.</summary>
    [Option("Minimum charging unit: virtual time advances in whole units.", "spec/xen.md 2.1 and 2.2: 100 us",
        Min = "1us", Max = "100ms")]
    public Duration Mcu { get; init; } = 100.Us;

    /// <summary>How time becomes whole units. Default: rounded up.</summary>
    [Option("How time that was run becomes whole charging units.",
        "spec/xen.md 2.2: rounded up; the paper's carry-over is inferred")]
    public BvtCharging Charging { get; init; } = BvtCharging.RoundUp;

    /// <summary>How far the runner may run past the point of equality. Default 5 ms.</summary>
    [Option("Context-switch allowance: how far a runner may run past the point of equality.",
        "spec/xen.md 2.2: 5 ms; 2.1: 100 ms in one set of slides", Min = "10us", Max = "10s")]
    public Duration ContextAllowance { get; init; } = 5.Ms;

    /// <summary>Does the allowance also hold against one that wakes? Default: no, as in Xen 3.0.</summary>
    [Option("Does the allowance also hold against one that wakes, or does it take the pCPU at equality?",
        "spec/xen.md 2.1 (inferred) and 2.2: at equality")]
    public bool AllowanceOnWake { get; init; }

    /// <summary>Is the lead in virtual time added to the slice as nanoseconds? Default: yes, Xen 3.0's unit bug.
    /// </summary>
    [Option("Is the lead over the next counted in nanoseconds, not charging units? Xen 3.0's bug: slices stay at 5 ms.",
        "spec/xen.md 2.2, unit bug")]
    public bool LeadInNanoseconds { get; init; } = true;

    /// <summary>How many allowances a vCPU gets that is alone. Default 10.</summary>
    [Option("How many allowances the only runnable vCPU gets.", "spec/xen.md 2.2: 50 ms", Unit = "allowances",
        Min = "1", Max = "1000")]
    public int AloneAllowances { get; init; } = 10;

    /// <summary>What virtual times are kept in. Default: 64 bits.</summary>
    [Option("What virtual times are kept in.", "spec/xen.md 2.2: Xen 3.0 had 32 bits; use 64")]
    public BvtVirtualTime VirtualTime { get; init; } = BvtVirtualTime.Signed64;

    /// <summary>Does a waker go ahead of its equals? Default: yes.</summary>
    [Option("Does one that wakes go ahead of its equals in the queue?", "spec/xen.md 2.2: inserted at the head")]
    public bool WakeAtHead { get; init; } = true;

    /// <summary>Is one that was paused brought up to the others' time as one that slept? Default: yes.</summary>
    [Option("Is a vCPU that an operator paused in the queue brought up to the others' time, as one that slept is?",
        "spec/xen.md 2.1: only after a voluntary sleep; 2.2: always")]
    public bool RaiseAfterPause { get; init; } = true;

    /// <summary>Do the weights of domains count? Default: no, only <see cref="BvtDomain.Advance"/> does.</summary>
    [Option("Is the advance of a domain multiplied by 256 / weight?",
        "spec/xen.md 2.1: inversely proportional to the weight; Xen 3.0 knew the advance only")]
    public bool AdvanceByWeight { get; init; }

    /// <summary>Where the runnable wait. Default: each pCPU on its own.</summary>
    [Option("Where a runnable vCPU waits.", "spec/xen.md 2.1 (from memory) and 2.2")]
    public BvtQueues Queues { get; init; } = BvtQueues.PerPcpu;

    /// <summary>How far behind a vCPU counts on another pCPU than its last. Default 1 ms.</summary>
    [Option("How much later a vCPU counts on another pCPU than its last, in time run at the default advance; shared "
        + "queue only.", "spec/xen.md 2.1 names a penalty without a figure; ours", Min = "0", Max = "10s")]
    public Duration MigrationPenalty { get; init; } = 1.Ms;

    /// <summary>Who warps. Default: a domain.</summary>
    [Option("Who warps: has one permission, one limit and one pause.", "spec/xen.md 2.1: a thread; 2.2: a domain")]
    public BvtWarpScope WarpScope { get; init; } = BvtWarpScope.Domain;

    /// <summary>From when the limit counts. Default: from the last decision.</summary>
    [Option("From when the limit of a warp counts.", "spec/xen.md 2.1: from dispatch; 2.2: from the last decision")]
    public BvtWarpLimit WarpLimitFrom { get; init; } = BvtWarpLimit.LastDecision;

    /// <summary>Do those in the queue keep their effective time when a warp begins or ends? Default: yes.</summary>
    [Option("Do those in the queue keep their effective time when a warp begins or ends?",
        "spec/xen.md 2.2: not computed anew")]
    public bool QueuedKeepEffective { get; init; } = true;

    /// <summary>Xen 3.0.0 with its quirks, but for the width of virtual times: the defaults.</summary>
    public static BvtOptions Xen30 { get; } = new();

    /// <summary>Xen 3.0.0 with all its quirks: virtual times of 32 bits, so that a warp may starve who warps.</summary>
    public static BvtOptions Xen30Wrapping { get; } = new() { VirtualTime = BvtVirtualTime.Unsigned32 };

    /// <summary>As published (SOSP'99).</summary>
    public static BvtOptions Paper { get; } = new()
    {
        Charging = BvtCharging.CarryOver,
        AllowanceOnWake = true,
        LeadInNanoseconds = false,
        WakeAtHead = false,
        RaiseAfterPause = false,
        AdvanceByWeight = true,
        Queues = BvtQueues.Shared,
        WarpScope = BvtWarpScope.Vcpu,
        WarpLimitFrom = BvtWarpLimit.Dispatch,
        QueuedKeepEffective = false,
    };

    /// <inheritdoc />
    public override string? Problem() =>
        VirtualTime != BvtVirtualTime.Unsigned32 ? null
        : AdvanceByWeight ? "virtual_time unsigned32 is too coarse for advance_by_weight: turn one of them off"
        : Queues == BvtQueues.Shared ? "virtual_time unsigned32 is for the queue of one pCPU: set queues to per-pcpu"
        : null;
}

/// <summary>What a domain can be given for <see cref="BvtScheduler"/>.</summary>
public sealed record BvtDomain
{
    /// <summary>Virtual time per charging unit: inversely proportional to the share. Default 10.</summary>
    [Option("Virtual time that one charging unit costs: half of it is twice the share.", "spec/xen.md 2.2: 10",
        Min = "1", Max = "1000000")]
    public int Advance { get; init; } = 10;

    /// <summary>May it borrow against its future? Default: no.</summary>
    [Option("May it warp: run ahead of its turn against its future share?", "spec/xen.md 2.2: off")]
    public bool Warp { get; init; }

    /// <summary>How far ahead a warp puts it, in virtual time. Default 0.</summary>
    [Option("How far ahead a warp puts it, in virtual time.", "spec/xen.md 2.2: 0", Min = "0", Max = "1000000000")]
    public int WarpValue { get; init; }

    /// <summary>Longest run while warped. Default 2 s; 0 for no limit.</summary>
    [Option("Longest run while warped; 0 for no limit.", "spec/xen.md 2.2: 2000 ms", Min = "0", Max = "1h")]
    public Duration WarpLimit { get; init; } = 2.Seconds;

    /// <summary>Shortest time from the end of a warp to the next. Default 1 s; 0 ends warping for good.</summary>
    [Option("Shortest time from one warp's end to the next warp; 0 ends warping for good.", "spec/xen.md 2.2: 1000 ms",
        Min = "0", Max = "1h")]
    public Duration Unwarp { get; init; } = 1.Seconds;
}
