using Flms.Core;

namespace Flms.Schedulers.Bvt;

/// <summary>Settings of <see cref="BvtScheduler"/>. The defaults are Xen 3.0's with its quirks.</summary>
public sealed record BvtOptions : SchedulerOptions
{
    /// <summary>The least time that is charged. Default 100 us.</summary>
    [Option("Minimum charging unit: virtual time advances in whole units, rounded up.", "spec/xen.md 2.2",
        Min = "1us", Max = "100ms")]
    public Duration Mcu { get; init; } = 100.Us;

    /// <summary>How far the runner may run past the point of equality. Default 5 ms.</summary>
    [Option("Context-switch allowance: how far a runner may run past the point of equality.", "spec/xen.md 2.2",
        Min = "10us", Max = "10s")]
    public Duration ContextAllowance { get; init; } = 5.Ms;

    /// <summary>Is the lead in virtual time added to the slice as nanoseconds? Default: yes, Xen 3.0's unit bug.
    /// </summary>
    [Option("Is the lead over the next counted in nanoseconds, not charging units? Xen 3.0's bug: slices stay at 5 ms.",
        "spec/xen.md 2.2, unit bug")]
    public bool LeadInNanoseconds { get; init; } = true;

    /// <summary>How many allowances a vCPU gets that is alone. Default 10.</summary>
    [Option("How many allowances the only runnable vCPU gets.", "spec/xen.md 2.2: 50 ms", Unit = "allowances",
        Min = "1", Max = "1000")]
    public int AloneAllowances { get; init; } = 10;

    /// <summary>Xen 3.0.0: the defaults.</summary>
    public static BvtOptions Xen30 { get; } = new();

    /// <summary>As published (SOSP'99): the lead is counted in charging units.</summary>
    public static BvtOptions Paper { get; } = new() { LeadInNanoseconds = false };
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
