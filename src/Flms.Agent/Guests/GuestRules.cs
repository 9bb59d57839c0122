using Flms.Core;

namespace Flms.Agent.Guests;

/// <summary>How the guest's part decides: the same figures as the simulated process monitor's.</summary>
public sealed record GuestRules
{
    /// <summary>How often it looks. Default 1 s (spec/xen.md 6.2 A23).</summary>
    public Duration Period { get; init; } = 1.Seconds;

    /// <summary>User-created processes that use less of a vCPU than this, in percent, go to the reserved ones. Default
    /// 5.</summary>
    public int Low { get; init; } = 5;

    /// <summary>Moved processes that use more than this, in percent, go back. Default 10.</summary>
    public int High { get; init; } = 10;

    /// <summary>A process is user-created if its real user has this number or a higher one. Default 1000.</summary>
    public int FirstUser { get; init; } = 1000;
}
