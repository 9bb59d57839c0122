using Flms.Core;
using Flms.Schedulers.Eevdf;

namespace Flms.Schedulers.Pvsched;

/// <summary>What a guest publishes of its threads.</summary>
public enum GuestThreads : byte
{
    /// <summary>SCHED_NORMAL or BATCH: the host schedules them fairly.</summary>
    Normal,

    /// <summary>SCHED_FIFO, RR or DEADLINE: the host runs them at its real-time priority 50.</summary>
    Realtime,
}

/// <summary>What repays boosted run time.</summary>
public enum Repayment : byte
{
    /// <summary>All time in which the vCPU is not boosted, asleep or not.</summary>
    Time,

    /// <summary>Only the time that it runs without a boost.</summary>
    RunTime,
}

/// <summary>Settings of <see cref="PvschedScheduler"/>: EEVDF's, and the budgets of boosts.</summary>
public sealed record PvschedOptions : EevdfOptions
{
    /// <summary>Longest boosted run in critical sections before the debt is repaid. Default 2 ms.</summary>
    [Option("Longest boosted run for critical sections and interrupts, a debt that unboosted time repays one to one.",
        "spec/compared-systems.md 3.8: 2,000 us", Min = "10us", Max = "10s")]
    public Duration CriticalBudget { get; init; } = 2.Ms;

    /// <summary>Longest boosted run of real-time tasks before the debt is repaid. Default 500 ms.</summary>
    [Option("Longest boosted run of the guest's real-time tasks, a debt as well.",
        "spec/compared-systems.md 3.8: 500,000 us", Min = "10us", Max = "1h")]
    public Duration TaskBudget { get; init; } = 500.Ms;

    /// <summary>What repays. Default: all unboosted time.</summary>
    [Option("What repays boosted run time: all unboosted time, or unboosted run time only.",
        "spec/compared-systems.md 3.8: \"unboosted time repays\"; that sleep counts is inferred")]
    public Repayment Repay { get; init; }
}

/// <summary>What a domain can be given for <see cref="PvschedScheduler"/>: EEVDF's, and what its threads are.</summary>
public sealed record PvschedDomain : EevdfDomain
{
    /// <summary>What the guest publishes of its threads. Default: normal.</summary>
    [Option("What the guest publishes of its threads: normal, or real-time (FIFO, RR, DEADLINE).",
        "spec/compared-systems.md 3.8: guest_rt_cap 50, deadline_rt_prio 50")]
    public GuestThreads Threads { get; init; }
}
