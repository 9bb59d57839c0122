using Flms.Core;

namespace Flms.Schedulers.Sedf;

/// <summary>Which pCPU a vCPU is given for good.</summary>
public enum SedfPlacement : byte
{
    /// <summary>By its number within its domain, counted over the allowed pCPUs (Xen 4.3 and later).</summary>
    ByNumber,

    /// <summary>The first allowed one (before Xen 4.3).</summary>
    First,

    /// <summary>By its number on the whole host. Ours: as an administrator would pin them by hand.</summary>
    Spread,
}

/// <summary>Settings of <see cref="SedfScheduler"/>. The defaults are Xen 4.4.2's.</summary>
public sealed record SedfOptions : SchedulerOptions
{
    /// <summary>Longest run in extra time. Default 500 us.</summary>
    [Option("Longest run in extra time; less than this is left idle before a period begins.", "spec/xen.md 3.1",
        Min = "1us", Max = "100ms")]
    public Duration ExtraQuantum { get; init; } = 500.Us;

    /// <summary>The period over which weights are dealt out. Default 100 ms.</summary>
    [Option("The period over which weights are dealt out; also that of best-effort vCPUs.", "spec/xen.md 3.1",
        Min = "1ms", Max = "10s")]
    public Duration WeightPeriod { get; init; } = 100.Ms;

    /// <summary>What weights leave free of each period. Default 5 ms.</summary>
    [Option("What dealing out by weight leaves free of each period.", "spec/xen.md 3.1", Min = "0", Max = "1s")]
    public Duration WeightSafety { get; init; } = 5.Ms;

    /// <summary>Which pCPU a vCPU is given. Default: by its number within its domain.</summary>
    [Option("Which pCPU a vCPU is given for good; there is no balancing.", "spec/xen.md 3.1: 4.3 and later")]
    public SedfPlacement Placement { get; init; } = SedfPlacement.ByNumber;
}

/// <summary>What a domain can be given for <see cref="SedfScheduler"/>; the defaults are best effort.</summary>
public sealed record SedfDomain
{
    /// <summary>Length of its period. Default 100 ms.</summary>
    [Option("Length of its period.", "spec/xen.md 3.1: 10 us to 10 s", Min = "10us", Max = "10s")]
    public Duration Period { get; init; } = 100.Ms;

    /// <summary>What each of its vCPUs is guaranteed in every period. Default 0: best effort.</summary>
    [Option("What each vCPU is guaranteed in every period; 0 for best effort.", "spec/xen.md 3.1: at most the period",
        Min = "0", Max = "10s")]
    public Duration Slice { get; init; } = Duration.Zero;

    /// <summary>May it use time that nobody claims? Default: yes.</summary>
    [Option("May it use time that nobody claims?", "spec/xen.md 3.1")]
    public bool Extratime { get; init; } = true;

    /// <summary>Share of real time among the domains that have one; 0, the default, for none.</summary>
    [Option("Share of the time left by slices, in place of a slice; 0 for none.", "spec/xen.md 3.1",
        Min = "0", Max = "65535")]
    public int Weight { get; init; }

    /// <summary>Share of extra time; 0 gives it by the slice's utilisation. Default 1 for best effort.</summary>
    [Option("Share of extra time; 0 gives it by utilisation.", "spec/xen.md 3.1: 1 for best effort",
        Min = "0", Max = "65535")]
    public int ExtraWeight { get; init; }
}
