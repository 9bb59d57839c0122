using Flms.Core;

namespace Flms.Schedulers.Sedf;

/// <summary>What a domain can be given for <see cref="SedfScheduler"/>; the defaults are best effort.</summary>
public sealed record SedfDomain : IDomainParameters
{
    /// <summary>Length of its period. Default 100 ms.</summary>
    [Option("Length of its period.", "spec/xen.md 3.1: 10 us to 10 s", Min = "10us", Max = "10s")]
    public Duration Period { get; init; } = 100.Ms;

    /// <summary>What each of its vCPUs is guaranteed in every period. Default 0: best effort.</summary>
    [Option("What each vCPU is guaranteed in every period; 0 for best effort.",
        "spec/xen.md 3.1: 5 us to the period", Min = "0", Max = "10s")]
    public Duration Slice { get; init; } = Duration.Zero;

    /// <summary>May it use time that nobody claims? Default: yes.</summary>
    [Option("May it use time that nobody claims?", "spec/xen.md 3.1")]
    public bool Extratime { get; init; } = true;

    /// <summary>Share of real time among the domains that have one; 0, the default, for none.</summary>
    [Option("Share of the time left by slices, in place of a slice and a period; 0 for none.", "spec/xen.md 3.1",
        Min = "0", Max = "65535")]
    public int Weight { get; init; }

    /// <summary>Share of extra time; 0 gives it by the slice's utilisation. Default 1 for best effort.</summary>
    [Option("Share of extra time; 0 gives it by utilisation.", "spec/xen.md 3.1: 1 for best effort",
        Min = "0", Max = "65535")]
    public int ExtraWeight { get; init; }

    /// <summary>Kept, as in the original, and as there without any effect. Default 0.</summary>
    [Option("Taken and kept as the original did, and as there without any effect.", "spec/xen.md 3.1: unused",
        Min = "0", Max = "10s")]
    public Duration Latency { get; init; } = Duration.Zero;

    /// <summary>Has it neither a slice nor a weight?</summary>
    internal bool IsBestEffort => Slice == Duration.Zero && Weight == 0;

    /// <inheritdoc />
    public string? Problem() =>
        Slice > Duration.Zero && Slice < 5.Us ? $"slice is {Slice}; the least is 5us"
        : Slice > Period ? $"slice is {Slice}, longer than period, which is {Period}"
        : Slice > Duration.Zero && Weight > 0 ? "slice and weight are both given; a weight stands in place of a slice"
        : null;
}
