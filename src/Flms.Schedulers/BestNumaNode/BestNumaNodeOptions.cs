using Flms.Core;

namespace Flms.Schedulers.BestNumaNode;

/// <summary>What schedules within the affinities that <see cref="BestNumaNodeScheduler"/> sets.</summary>
public enum PolicyBelow : byte
{
    /// <summary>CFS as KVM's host had it.</summary>
    Cfs,

    /// <summary>EEVDF, as KVM's host has it since 6.6.</summary>
    Eevdf,

    /// <summary>Xen's Credit.</summary>
    Credit,
}

/// <summary>Settings of <see cref="BestNumaNodeScheduler"/>.</summary>
public sealed record BestNumaNodeOptions : SchedulerOptions
{
    /// <summary>Time between two looks at all VMs. Default 2 s.</summary>
    [Option("Time between two looks at all VMs.", "spec/compared-systems.md 2.9: 2 s, inferred",
        Min = "1ms", Max = "1h")]
    public Duration Period { get; init; } = 2.Seconds;

    /// <summary>How much better another node must be. Default 10 %.</summary>
    [Option("How much better another node must be, in percent of a full score.",
        "spec/compared-systems.md 2.9: 10 %, inferred; of what, is ours", Unit = "%", Min = "0", Max = "300")]
    public int Gain { get; init; } = 10;

    /// <summary>Least time between two moves of one VM. Default 10 s.</summary>
    [Option("Least time between two moves of one VM.", "spec/compared-systems.md 2.9: 10 s, inferred",
        Min = "0", Max = "1h")]
    public Duration Cool { get; init; } = 10.Seconds;

    /// <summary>What schedules below. Default: CFS.</summary>
    [Option("What schedules within the affinities that it sets, with its own default settings.",
        "spec/compared-systems.md 2.9: CFS in KVM")]
    public PolicyBelow Below { get; init; } = PolicyBelow.Cfs;
}

/// <summary>What a domain can be given for <see cref="BestNumaNodeScheduler"/>.</summary>
public sealed record BestNumaNodeDomain
{
    /// <summary>The node that holds its memory; -1, the default, if that is to be learned from its misses.</summary>
    [Option("The node that holds its memory, as numa_maps would tell; -1, or one that is not there, to learn it.",
        "spec/compared-systems.md 2.9: numa_maps", Unit = "node", Min = "-1", Max = "1023")]
    public int MemoryNode { get; init; } = -1;
}
