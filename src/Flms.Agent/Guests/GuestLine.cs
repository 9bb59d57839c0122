using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Guests;

/// <summary>Why a process belongs where it does.</summary>
public enum GuestReason : byte
{
    /// <summary>It is left alone: <see cref="GuestLine.Exclusion"/> says why.</summary>
    Excluded,

    /// <summary>It is the system's, or not measured yet: off the reserved vCPUs.</summary>
    Usual,

    /// <summary>It uses more CPU than fits on reserved vCPUs.</summary>
    Busy,

    /// <summary>It uses very little CPU: on the reserved vCPUs.</summary>
    Quiet,
}

/// <summary>What is to become of a process.</summary>
/// <param name="Process">Which.</param>
/// <param name="Percent">What it used of a vCPU since the last look; null if that is not known yet.</param>
/// <param name="Reserved">Does it belong on the reserved vCPUs?</param>
/// <param name="Reason">Why.</param>
/// <param name="Exclusion">Why it is left alone; None if it is not.</param>
/// <param name="Allowed">The vCPUs that its cpuset leaves it.</param>
public sealed record GuestLine(GuestProcess Process, double? Percent, bool Reserved, GuestReason Reason,
    Exclusion Exclusion, CpuMask Allowed);
