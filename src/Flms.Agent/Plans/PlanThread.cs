using Flms.Agent.Discovery;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Plans;

/// <summary>What the plan has to know of a thread: who it is, what it did, where it may run.</summary>
public sealed record PlanThread
{
    /// <summary>Which thread.</summary>
    public required ThreadIdentity Thread { get; init; }

    /// <summary>Its VM's process.</summary>
    public required ThreadIdentity Process { get; init; }

    /// <summary>Its VM's name.</summary>
    public required string Vm { get; init; }

    /// <summary>What it does; never <see cref="ThreadRole.Other"/>.</summary>
    public required ThreadRole Role { get; init; }

    /// <summary>Of a vCPU, its number.</summary>
    public int Number { get; init; }

    /// <summary>How FLMS treats it; of a thread that serves devices: as the vCPUs that it serves.</summary>
    public required Treatment Treatment { get; init; }

    /// <summary>Is it known to sleep between short pieces of work? Then it gets the shortest slice.</summary>
    public bool Sleeper { get; init; }

    /// <summary>Time it ran in the period.</summary>
    public Duration Run { get; init; }

    /// <summary>Time it waited for a pCPU in the period.</summary>
    public Duration Wait { get; init; }

    /// <summary>How often it was given a pCPU in the period.</summary>
    public long Timeslices { get; init; }

    /// <summary>The pCPUs that its cpuset leaves it, by Linux's numbers, online ones only.</summary>
    public required CpuMask Allowed { get; init; }

    /// <summary>The NUMA node where its VM's memory is, or, if that is not known, where it ran last, by the pool's
    /// numbers; -1 if the machine has one node, or nobody knows.</summary>
    public int Node { get; init; } = -1;

    /// <summary>Has the kernel refused to boost it, or not let it run while it was boosted?</summary>
    public bool Refused { get; init; }

    /// <summary>Why it is left as it is; None if it is not.</summary>
    public Exclusion Exclusion { get; init; }

    /// <summary>Is it a vCPU that may be touched?</summary>
    public bool IsFreeVcpu => Role == ThreadRole.Vcpu && Exclusion == Exclusion.None;

    /// <summary>Is it latency-sensitive, or does it serve such a vCPU, and may it be touched?</summary>
    public bool IsLatencySensitive => Treatment == Treatment.Latency && Exclusion == Exclusion.None;

    /// <summary>As people read it: <c>vCPU 2</c>, <c>main</c>.</summary>
    public string What => Role == ThreadRole.Vcpu ? $"vCPU {Number}" : Role.ToString().ToLowerInvariant();
}
