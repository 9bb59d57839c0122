using Flms.Core;

namespace Flms.Schedulers.Credit;

/// <summary>Which vCPUs a wake-up boosts.</summary>
public enum BoostRule : byte
{
    /// <summary>None: Credit without BOOST.</summary>
    Never,

    /// <summary>Every one that is UNDER, whatever woke it (quirk Q2).</summary>
    EveryWake,
}

/// <summary>How long a vCPU that is shielded by the rate limit runs on.</summary>
public enum RatelimitMode : byte
{
    /// <summary>For a full rate limit again (Xen 4.4.2, quirk Q5).</summary>
    Full,

    /// <summary>For what is left of it (since Xen 4.8).</summary>
    Remaining,
}

/// <summary>When a vCPU begins to take part in accountings.</summary>
public enum ActivateRule : byte
{
    /// <summary>When a tick finds it running: who sleeps across ticks never pays (quirk Q10).</summary>
    Tick,

    /// <summary>When it stops running and has been charged: nobody escapes. Not Xen.</summary>
    Charge,
}

/// <summary>Where an idle pCPU begins to look for work.</summary>
public enum StealScan : byte
{
    /// <summary>At the lowest pCPU of each node, so low ones are robbed first (quirk Q12).</summary>
    LowestFirst,

    /// <summary>After the pCPU where the last search in that node found something (since Xen 4.9).</summary>
    Rotating,
}

/// <summary>How a queue is ordered beyond first come, first served.</summary>
public enum QueueSort : byte
{
    /// <summary>By standing; each tick after an accounting puts UNDER ahead of OVER again (Xen).</summary>
    Classes,

    /// <summary>By standing at insertion only: an accounting leaves queues as they are.</summary>
    Never,

    /// <summary>As <see cref="Classes"/>, and the most credit first within a standing.</summary>
    Credits,
}

/// <summary>Settings of <see cref="CreditScheduler"/>. The defaults are Xen 4.4.2 with all its quirks.</summary>
public record CreditOptions : SchedulerOptions
{
    /// <summary>Longest run, and the accounting period. Default 30 ms.</summary>
    [Option("Longest run; also the accounting period and, in thirds, the tick.", "spec/xen.md 1.1",
        Min = "1ms", Max = "1s")]
    public Duration Tslice { get; init; } = 30.Ms;

    /// <summary>Shortest run before a preemption. Default 1 ms; 0 for none.</summary>
    [Option("Shortest run before a preemption; 0 for none.", "spec/xen.md 1.1", Min = "0", Max = "500ms")]
    public Duration Ratelimit { get; init; } = 1.Ms;

    /// <summary>Whom a wake-up boosts. Default: every vCPU that is UNDER (Q2).</summary>
    [Option("Whom a wake-up boosts. Q2: any wake-up counts, timers too.", "spec/xen.md 1.8, 1.14 Q2")]
    public BoostRule Boost { get; init; } = BoostRule.EveryWake;

    /// <summary>Does a wake-up preempt who runs? Default: yes.</summary>
    [Option("Does a wake-up of higher standing preempt who runs? If not, it waits for the end of the slice.",
        "spec/compared-systems.md 2.1; that idle pCPUs are still kicked is inferred")]
    public bool Tickle { get; init; } = true;

    /// <summary>How a queue is ordered. Default: by standing, sorted after accountings.</summary>
    [Option("How a queue is ordered: by standing and sorted after accountings, never sorted, or by credit within "
        + "a standing too.", "spec/compared-systems.md 2.1 (sortRunq); credits is inferred from memory of VEE 2008")]
    public QueueSort SortQueue { get; init; } = QueueSort.Classes;

    /// <summary>Does a boosted vCPU preempt a boosted one? Default: no (Q1).</summary>
    [Option("Does a boosted vCPU go ahead of boosted ones that wait or run? Q1: no, they are served in turn.",
        "spec/xen.md 1.14 Q1")]
    public bool BoostPreemptsBoost { get; init; }

    /// <summary>Does the tick that ends a boost let others go first? Default: no (Q3).</summary>
    [Option("Does the tick that ends a runner's boost reschedule? Q3: no, so a boosted one may wait a whole slice.",
        "spec/xen.md 1.14 Q3")]
    public bool TickReschedules { get; init; }

    /// <summary>Does accounting end the boost of those that wait? Default: yes (Q4).</summary>
    [Option("Does accounting end the boost of a vCPU that waits? Q4: yes, in place.", "spec/xen.md 1.14 Q4")]
    public bool AccountingEndsBoost { get; init; } = true;

    /// <summary>How long the rate limit shields. Default: a full one again (Q5).</summary>
    [Option("How long a vCPU that the rate limit shields runs on. Q5: a full rate limit again.", "spec/xen.md 1.14 Q5")]
    public RatelimitMode RatelimitMode { get; init; } = RatelimitMode.Full;

    /// <summary>Does a yield end a run inside the rate limit? Default: no.</summary>
    [Option("Does a yield end a run that is inside the rate limit?", "spec/xen.md 1.13; since 4.8 it does")]
    public bool YieldSkipsRatelimit { get; init; }

    /// <summary>Is a runner sent away when the waker cannot use any idle pCPU? Default: yes (Q6).</summary>
    [Option("Is a runner sent away when pCPUs idle but the waker may use none? Q6: yes, and it comes back boosted.",
        "spec/xen.md 1.14 Q6")]
    public bool KickAway { get; init; } = true;

    /// <summary>Does a migration count as a wake-up? Default: yes (Q7).</summary>
    [Option("Is a vCPU that is migrated boosted as if it woke? Q7: yes.", "spec/xen.md 1.14 Q7")]
    public bool BoostOnMigrate { get; init; } = true;

    /// <summary>Does the end of parking count as a wake-up? Default: yes (Q8).</summary>
    [Option("Is a vCPU whose cap frees it boosted as if it woke? Q8: yes.", "spec/xen.md 1.14 Q8")]
    public bool BoostOnUnpark { get; init; } = true;

    /// <summary>A slice that an operator sets while it runs. Default: none.</summary>
    [Option("A new slice that an operator sets at run time (see new_tslice_at); 0 for none.", "spec/xen.md 1.14 Q9",
        Min = "0", Max = "1s")]
    public Duration NewTslice { get; init; } = Duration.Zero;

    /// <summary>When the operator sets it. Default: at once.</summary>
    [Option("When the new slice is set.", "spec/xen.md 1.14 Q9", Min = "0")]
    public Duration NewTsliceAt { get; init; } = Duration.Zero;

    /// <summary>Does a new slice rescale the pool's credit? Default: no (Q9).</summary>
    [Option("Does a new slice rescale the pool's credit? Q9: no, so weights are lost.", "spec/xen.md 1.14 Q9")]
    public bool RescaleCredit { get; init; }

    /// <summary>When a vCPU begins to pay. Default: when a tick finds it running (Q10).</summary>
    [Option("When a vCPU begins to take part in accountings. Q10: at a tick, so who sleeps across ticks never does.",
        "spec/xen.md 1.14 Q10; charge is ours")]
    public ActivateRule Activate { get; init; } = ActivateRule.Tick;

    /// <summary>Are queues put in order as soon as accounting changed them? Default: no (Q11).</summary>
    [Option("Are queues sorted at the accounting itself? Q11: no, each at its pCPU's next tick.",
        "spec/xen.md 1.14 Q11")]
    public bool SortAtAccounting { get; init; }

    /// <summary>Where a search for work begins. Default: at the lowest pCPU (Q12).</summary>
    [Option("Where an idle pCPU begins to look for work. Q12: always at the lowest.", "spec/xen.md 1.14 Q12")]
    public StealScan StealScan { get; init; } = StealScan.LowestFirst;

    /// <summary>Shortest time between two searches of a pCPU. Default: none.</summary>
    [Option("Shortest time between two searches for work by one pCPU; 0 for none.", "spec/xen.md 1.15: 1 ms since 4.18",
        Min = "0", Max = "1s")]
    public Duration StealRatelimit { get; init; } = Duration.Zero;

    /// <summary>Is a vCPU that yielded left where it is? Default: no.</summary>
    [Option("Is a vCPU that has yielded safe from being stolen?", "spec/xen.md 1.15: since 4.18")]
    public bool StealSkipsYielded { get; init; }

    /// <summary>Does a kicked idle pCPU count as busy at once? Default: no.</summary>
    [Option("Does an idle pCPU that was kicked count as busy at once?", "spec/xen.md 1.15: since 4.9")]
    public bool TickledCountsAsBusy { get; init; }

    /// <summary>How long a vCPU that stopped is too cache-hot to steal. Default 0: never.</summary>
    [Option("How long after it ran a vCPU is too cache-hot to be stolen; 0 for never.", "spec/xen.md 1.1: off",
        Min = "0", Max = "1s")]
    public Duration MigrationDelay { get; init; } = Duration.Zero;

    /// <summary>Xen 4.4.2: the defaults.</summary>
    public static CreditOptions Xen442 { get; } = new();

    /// <summary>Credit as in Xen's master branch: the quirks that were mended are gone (spec/xen.md 1.15).</summary>
    public static CreditOptions XenMaster { get; } = new()
    {
        RatelimitMode = RatelimitMode.Remaining,
        YieldSkipsRatelimit = true,
        KickAway = false,
        BoostOnMigrate = false,
        BoostOnUnpark = false,
        RescaleCredit = true,
        StealScan = StealScan.Rotating,
        StealRatelimit = 1.Ms,
        StealSkipsYielded = true,
        TickledCountsAsBusy = true,
    };

    /// <inheritdoc />
    public override string? Problem() =>
        Ratelimit > Tslice ? $"ratelimit {Ratelimit} is longer than tslice {Tslice}; make it at most the slice"
        : NewTslice > Duration.Zero && NewTslice < Ratelimit
            ? $"new_tslice {NewTslice} is shorter than ratelimit {Ratelimit}; make it at least the rate limit"
        : null;
}
