using Flms.Core;

namespace Flms.Schedulers.Sedf;

/// <summary>Which pCPU a vCPU is given for good.</summary>
public enum SedfPlacement : byte
{
    /// <summary>The first allowed pCPU from its number within its domain on (Xen 4.3 and later).</summary>
    ByNumber,

    /// <summary>The first allowed one (before Xen 4.3).</summary>
    First,

    /// <summary>By its number on the whole host. Ours: as an administrator would pin them by hand.</summary>
    Spread,

    /// <summary>The allowed one with the most time not reserved, then with the fewest vCPUs. Ours.</summary>
    MostRoom,
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

    /// <summary>What each vCPU of a service domain has in every 20 ms if it is given nothing. Default 0: best effort.
    /// </summary>
    [Option("What each vCPU of a service domain (dom0) has in every 20 ms if it is given nothing; 0 for best effort.",
        "spec/xen.md 3.1: 15 ms up to Xen 4.1, best effort since 4.2", Min = "0", Max = "20ms")]
    public Duration ServiceSlice { get; init; } = Duration.Zero;

    /// <summary>Is a domain refused that its pCPUs have no room for? Default: no, as in Xen.</summary>
    [Option("Is a scenario refused if the slices on one pCPU need more than all of its time?",
        "ours; spec/xen.md 3.1: the original has no admission control")]
    public bool Admission { get; init; }

    /// <summary>Xen 4.2 to 4.5: the defaults.</summary>
    public static SedfOptions Xen44 { get; } = new();

    /// <summary>Xen 3.0 to 4.1: dom0 has 15 ms in every 20, and everybody lives on the first pCPU.</summary>
    public static SedfOptions Xen30 { get; } = new() { ServiceSlice = 15.Ms, Placement = SedfPlacement.First };
}
