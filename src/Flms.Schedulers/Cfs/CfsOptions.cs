using Flms.Core;
using Flms.Schedulers.Linux;

namespace Flms.Schedulers.Cfs;

/// <summary>How CFS's lengths of time grow with the machine.</summary>
public enum TunableScaling : byte
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By 1 + log2 of the pCPUs, 8 at most: 1, 2, 3 or 4 times.</summary>
    Log,

    /// <summary>By the number of pCPUs, 8 at most.</summary>
    Linear,
}

/// <summary>Settings of <see cref="CfsScheduler"/>. The defaults are KVM's host of the paper's time: HZ=250.</summary>
public sealed record CfsOptions : FairOptions
{
    /// <summary>Time in which each of up to eight runs once, on one pCPU. Default 6 ms.</summary>
    [Option("Time in which each of up to latency / min_granularity vCPUs runs once; scaled.",
        "spec/linux-host.md 1: sched_latency 6 ms", Min = "100us", Max = "1s")]
    public Duration Latency { get; init; } = 6.Ms;

    /// <summary>Shortest slice, on one pCPU. Default 0.75 ms.</summary>
    [Option("Shortest slice; scaled.", "spec/linux-host.md 1: sched_min_granularity 0.75 ms",
        Min = "100us", Max = "1s")]
    public Duration MinGranularity { get; init; } = 750.Us;

    /// <summary>How far the runner must be ahead of a waker to be preempted, on one pCPU. Default 1 ms.</summary>
    [Option("How far ahead in virtual time the runner must be for a waker to preempt it; scaled.",
        "spec/linux-host.md 1: sched_wakeup_granularity 1 ms", Min = "0", Max = "1s")]
    public Duration WakeupGranularity { get; init; } = 1.Ms;

    /// <summary>How the three lengths grow with the machine. Default: 4 times from 8 pCPUs on.</summary>
    [Option("How latency, min_granularity and wakeup_granularity grow with the number of pCPUs.",
        "spec/linux-host.md 1: tunable_scaling log")]
    public TunableScaling Scaling { get; init; } = TunableScaling.Log;

    /// <summary>Is a sleeper's credit half the latency rather than all of it? Default: yes.</summary>
    [Option("Is the credit of a vCPU that slept half the latency (GENTLE_FAIR_SLEEPERS), or all of it?",
        "spec/linux-host.md 1, placement")]
    public bool GentleSleepers { get; init; } = true;

    /// <summary>Does a new vCPU begin a slice behind? Default: yes.</summary>
    [Option("Does a new vCPU begin a slice behind the others (START_DEBIT)?", "spec/linux-host.md 1, placement")]
    public bool StartDebit { get; init; } = true;

    /// <summary>Does a waker preempt at all? Default: yes.</summary>
    [Option("Does a waker preempt (WAKEUP_PREEMPTION)?", "spec/linux-host.md 1, wakeup preemption")]
    public bool WakeupPreemption { get; init; } = true;

    /// <summary>Is who wakes preferred at the next pick, preempting or not? Default: no.</summary>
    [Option("Is a waker preferred at the next pick even if it did not preempt (NEXT_BUDDY)?",
        "spec/linux-host.md 1, pick: false")]
    public bool NextBuddy { get; init; }

    /// <summary>Is who was preempted preferred afterwards? Default: yes.</summary>
    [Option("Is the vCPU that a waker preempted preferred afterwards (LAST_BUDDY)?",
        "spec/linux-host.md 1, pick: true; that it takes eight runnable entities is inferred")]
    public bool LastBuddy { get; init; } = true;

    /// <summary>Does the period go by all runnable vCPUs of the pCPU? Default: yes.</summary>
    [Option("Does the period go by all runnable vCPUs of the pCPU (ALT_PERIOD), or by those of the queue?",
        "spec/linux-host.md 1: since 5.13")]
    public bool AltPeriod { get; init; } = true;

    /// <summary>KVM's host at the time of the FLMS paper: the defaults.</summary>
    public static CfsOptions Kvm2016 { get; } = new();

    /// <summary>The same without groups: every vCPU for itself.</summary>
    public static CfsOptions Kvm2016Flat { get; } = new() { Grouping = Grouping.Flat };

    internal int Factor(int pcpus) => Scaling switch
    {
        TunableScaling.Log => 1 + System.Numerics.BitOperations.Log2((uint)Math.Min(pcpus, 8)),
        TunableScaling.Linear => Math.Min(pcpus, 8),
        _ => 1,
    };
}
