using Flms.Agent.Classes;

namespace Flms.Agent.Control;

/// <summary>The VMs of a host, what they do, and what they are taken for.</summary>
public sealed record VmsReport
{
    /// <summary>The bounds that figures are held against.</summary>
    public required ClassBounds Bounds { get; init; }

    /// <summary>The VMs, in order of their processes' numbers.</summary>
    public required IReadOnlyList<VmReport> Vms { get; init; }
}

/// <summary>The bounds of classes, as the configuration has them; lengths of time in ns.</summary>
public sealed record ClassBounds
{
    /// <summary>See <see cref="ClassRules.LatencyWakes"/>.</summary>
    public required int LatencyWakes { get; init; }

    /// <summary>See <see cref="ClassRules.LatencyWork"/>.</summary>
    public required long LatencyWorkNs { get; init; }

    /// <summary>See <see cref="ClassRules.LatencyUse"/>; thousandths.</summary>
    public required int LatencyUse { get; init; }

    /// <summary>See <see cref="ClassRules.DeviceWakes"/>.</summary>
    public required int DeviceWakes { get; init; }

    /// <summary>See <see cref="ClassRules.ComputeWakes"/>.</summary>
    public required int ComputeWakes { get; init; }

    /// <summary>See <see cref="ClassRules.ComputeDemand"/>; thousandths.</summary>
    public required int ComputeDemand { get; init; }

    /// <summary>See <see cref="ClassRules.ComputeWork"/>.</summary>
    public required long ComputeWorkNs { get; init; }

    /// <summary>See <see cref="ClassRules.MixedDemand"/>; thousandths.</summary>
    public required int MixedDemand { get; init; }

    /// <summary>See <see cref="ClassRules.MixedWakes"/>.</summary>
    public required int MixedWakes { get; init; }
}

/// <summary>A VM.</summary>
public sealed record VmReport
{
    /// <summary>What people call it.</summary>
    public required string Vm { get; init; }

    /// <summary>Its process.</summary>
    public required int Pid { get; init; }

    /// <summary>Its UUID; empty if it has none.</summary>
    public required string Uuid { get; init; }

    /// <summary>Its control group; empty if unknown.</summary>
    public required string Cgroup { get; init; }

    /// <summary>What it is: latency, compute, mix, service or undecided.</summary>
    public required string Class { get; init; }

    /// <summary>What the operator says it is, as it is written; null if nothing.</summary>
    public string? Said { get; init; }

    /// <summary>Who says so: operator or measurement.</summary>
    public required string By { get; init; }

    /// <summary>How sure that is: 0 to 100 %.</summary>
    public required int Confidence { get; init; }

    /// <summary>Is it paused?</summary>
    public required bool Paused { get; init; }

    /// <summary>What libvirt says of it, in words; null if nothing.</summary>
    public string? Libvirt { get; init; }

    /// <summary>Whether it is boosted, with its budget, fair share and debt; null if it is not latency-sensitive, or
    /// nobody may be boosted, or there is no plan.</summary>
    public BoostReport? Boost { get; init; }

    /// <summary>How often KVM saw a vCPU of it halt, where debugfs can be read; else null.</summary>
    public long? HaltsPerSecond { get; init; }

    /// <summary>How often KVM gave one of them an interrupt, likewise.</summary>
    public long? InterruptsPerSecond { get; init; }

    /// <summary>How often one of them left the guest, likewise.</summary>
    public long? ExitsPerSecond { get; init; }

    /// <summary>The names of the threads that serve its devices.</summary>
    public required IReadOnlyList<string> Serving { get; init; }

    /// <summary>Its vCPUs by number.</summary>
    public required IReadOnlyList<VcpuReport> Vcpus { get; init; }
}

/// <summary>A vCPU: figures averaged over the last periods, and where the plan has it.</summary>
public sealed record VcpuReport
{
    /// <summary>Its number in the VM.</summary>
    public required int Vcpu { get; init; }

    /// <summary>Its thread.</summary>
    public required int Tid { get; init; }

    /// <summary>What it is taken for: undecided, idle, latency, compute or mixed.</summary>
    public required string Class { get; init; }

    /// <summary>How sure that is: 0 to 100 %.</summary>
    public required int Confidence { get; init; }

    /// <summary>What the last period alone says.</summary>
    public required string Verdict { get; init; }

    /// <summary>Time it ran: a share of a pCPU.</summary>
    public required decimal RunRatio { get; init; }

    /// <summary>Time it was runnable and had no pCPU ("CPU ready", steal): a share of the time.</summary>
    public required decimal DelayRatio { get; init; }

    /// <summary>Both.</summary>
    public required decimal DemandRatio { get; init; }

    /// <summary>How often it wakes.</summary>
    public required long WakesPerSecond { get; init; }

    /// <summary>How long it runs each time that it wakes, in ns; null if it never sleeps.</summary>
    public required long? WorkNs { get; init; }

    /// <summary>How often the threads wake that serve the VM's devices.</summary>
    public required long DeviceWakesPerSecond { get; init; }

    /// <summary>How often KVM saw it halt, where the VM's monitor tells; else null.</summary>
    public long? HaltsPerSecond { get; init; }

    /// <summary>How often KVM gave it an interrupt, likewise.</summary>
    public long? InterruptsPerSecond { get; init; }

    /// <summary>How often it left the guest, likewise.</summary>
    public long? ExitsPerSecond { get; init; }

    /// <summary>Where the plan has it: sp, lp, lp+sp (lent), boost, all, roams; null if it is left alone, or there is
    /// no plan.</summary>
    public string? Group { get; init; }

    /// <summary>The slice that the plan gives it, in ns, 0 for the kernel's default; null if it gives none.</summary>
    public long? SliceNs { get; init; }

    /// <summary>Its budget while it is boosted, in ns; null if it is not.</summary>
    public long? BoostNs { get; init; }

    /// <summary>The period of that budget, in ns.</summary>
    public long? BoostPeriodNs { get; init; }

    /// <summary>Why the plan has it there, or leaves it alone; null if there is no plan.</summary>
    public string? Reason { get; init; }

    /// <summary>Has the agent changed it, and not put it back?</summary>
    public required bool Placed { get; init; }
}
