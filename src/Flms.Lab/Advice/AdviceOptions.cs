using Flms.Core;
using Flms.Lab.Scenarios;

namespace Flms.Lab.Advice;

/// <summary>What is to be short for the VMs that are served.</summary>
public enum AdviceObjective : byte
{
    /// <summary>The 99th percentile of their waits: from wanting a pCPU until they have one.</summary>
    WaitP99,

    /// <summary>The mean of their waits.</summary>
    WaitMean,

    /// <summary>The 99th percentile of their responses: from a wake-up until its work is done.</summary>
    ResponseP99,

    /// <summary>The mean of their responses.</summary>
    ResponseMean,
}

/// <summary>How advice is sought.</summary>
public sealed record AdviceOptions
{
    /// <summary>The VMs that are served; empty, the default, for those whose kind is latency.</summary>
    public IReadOnlyList<string> Latency { get; init; } = [];

    /// <summary>What is to be short for them. Default: the 99th percentile of their waits.</summary>
    public AdviceObjective Objective { get; init; }

    /// <summary>The most work that any VM may lose, 0 to 1, of what it is due: what it has now, or its max-min fair
    /// share if that is less. Default 5 %.</summary>
    public Fraction MaxLoss { get; init; } = new(1, 20);

    /// <summary>The policies to try; null, the default, for all that a recording tells enough for.</summary>
    public IReadOnlyList<SchedulerChoice>? Schedulers { get; init; }

    /// <summary>Settings of <see cref="Schedulers"/> that were given, as in <c>flms.sp_slice</c>: they stay as they
    /// are.</summary>
    public IReadOnlyList<string> Fixed { get; init; } = [];

    /// <summary>Are settings of the recorded kernel, other kernels and the agent tried? Default: yes.</summary>
    public bool TryHost { get; init; } = true;

    /// <summary>How often the best of each are judged, each time with the VMs' demand shifted in time; 2 or more.
    /// Default 8.</summary>
    public int Replications { get; init; } = 8;

    /// <summary>Runs at once; 0, the default, for one on each core. The outcome does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Told how much is done, 0 to 1; null for nobody.</summary>
    public Action<double>? Progress { get; init; }
}
