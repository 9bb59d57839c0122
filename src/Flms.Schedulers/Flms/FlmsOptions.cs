using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.Flms;

/// <summary>Settings of <see cref="FlmsScheduler"/>. The defaults are the preset <c>default</c>.</summary>
/// <remarks>A1 to A27 are the points that the paper leaves open, numbered as in spec/xen.md 6.2.</remarks>
public sealed record FlmsOptions : SchedulerOptions
{
    /// <summary>Longest run of a latency-sensitive vCPU. Default 1 ms; paper 5 ms.</summary>
    [Option("A19: longest run on an SP (or of a latency-sensitive vCPU, see slices).",
        "the paper gives no length; spec A19: 5 ms fits its figures, 1 ms is the least under Xen's rate limit",
        Min = "100us", Max = "1s")]
    public Duration SpSlice { get; init; } = 1.Ms;

    /// <summary>Longest run of a compute vCPU. Default 30 ms.</summary>
    [Option("A19: longest run on an LP (or of a compute vCPU, see slices).",
        "the paper gives no length; spec A19: 30 ms, Credit's", Min = "1ms", Max = "1s")]
    public Duration LpSlice { get; init; } = 30.Ms;

    /// <summary>What decides the length of a slice. Default: the vCPU's class; paper: the pCPU.</summary>
    [Option("A19: does the pCPU's group or the vCPU's class decide how long it runs?",
        "paper 3.1: SPs have short slices, LPs long ones; by class is ours, for guests in the other group")]
    public SliceRule Slices { get; init; } = SliceRule.Class;

    /// <summary>Shortest run before a preemption on an LP. Default 1 ms; 0 for none.</summary>
    [Option("Shortest run before a preemption on an LP; 0 for none.", "spec/xen.md 1.1: Credit's", Min = "0",
        Max = "500ms")]
    public Duration Ratelimit { get; init; } = 1.Ms;

    /// <summary>Shortest run before a preemption on an SP, at most its slice. Default 100 us; paper 1 ms.</summary>
    [Option("A19: shortest run before a preemption on an SP, never more than its slice; 0 for none.",
        "spec A19: 1 ms, Xen's; ours: 100 us, the least that Xen allows, as a limit as long as the slice is a ban",
        Min = "0", Max = "500ms")]
    public Duration SpRatelimit { get; init; } = 100.Us;

    /// <summary>How long the rate limit shields. Default: what is left of it; paper: a full one again.</summary>
    [Option("How long a vCPU that the rate limit shields runs on.",
        "spec/xen.md Q5: a full limit again in Xen 4.4.2, what is left of it since 4.8")]
    public RatelimitMode RatelimitMode { get; init; } = RatelimitMode.Remaining;

    /// <summary>Credit's accounting period. Default 30 ms.</summary>
    [Option("Credit's accounting period, in which it deals out credit; its tick is a third of it.",
        "spec/xen.md 1.1; paper: credit is allotted as before", Min = "3ms", Max = "1s")]
    public Duration Accounting { get; init; } = 30.Ms;

    /// <summary>When a vCPU begins to pay. Default: as soon as it is charged; paper: when a tick finds it.</summary>
    [Option("When a vCPU begins to take part in accountings.",
        "spec/xen.md Q10: at a tick in Xen, so who sleeps across ticks never pays; by charge is ours")]
    public ActivateRule Activate { get; init; } = ActivateRule.Charge;

    /// <summary>The isolation period. Default 300 ms.</summary>
    [Option("A7: the period after which load is sampled and the split decided anew.",
        "the paper gives no length; spec A7: ten accounting periods", Min = "10ms", Max = "1min")]
    public Duration Period { get; init; } = 300.Ms;

    /// <summary>Equations 1 and 2: weight of the new sample. Default 0.125.</summary>
    [Option("A8, equations 1 and 2: weight of the new sample of load.", "paper 4: 0.125", Min = "0", Max = "1")]
    public Fraction Alpha { get; init; } = new(1, 8);

    /// <summary>What counts as load. Default: demand; paper: run time.</summary>
    [Option("A5: is load the time that vCPUs ran, or that they ran or waited?",
        "paper 3.1: run time, by which any split of a saturated machine stays for ever; spec A5: demand")]
    public LoadMeasure Load { get; init; } = LoadMeasure.Demand;

    /// <summary>How the number of SPs becomes whole. Default: half up.</summary>
    [Option("A1: how equation 3 becomes a whole number.", "the paper does not say; spec A1: half up, then clamped")]
    public Rounding Rounding { get; init; } = Rounding.HalfUp;

    /// <summary>Does a group that has vCPUs keep one pCPU? Default: yes.</summary>
    [Option("A2: does each group that has vCPUs keep at least one pCPU?", "the paper does not say; spec A2: yes")]
    public bool KeepOne { get; init; } = true;

    /// <summary>Is the split decided at once when a domain comes or goes? Default: yes; paper: no.</summary>
    [Option("A3: is the split decided anew at once when a domain is started, classified or destroyed?",
        "paper 3.1: ForIO is empty until the timer first fires; spec A3: at once, so that nobody waits for that")]
    public bool RegroupAtOnce { get; init; } = true;

    /// <summary>What a period without load does to the split. Default: nothing.</summary>
    [Option("A4: the split after a period without any load.", "the paper does not say; spec A4: as it was")]
    public NoLoad NoLoad { get; init; } = NoLoad.Keep;

    /// <summary>Which pCPUs become SPs. Default: whole cores.</summary>
    [Option("A6: in which order pCPUs join the short-slice group; they leave last in, first out.",
        "the paper does not say; spec A6: whole cores first, socket by socket")]
    public GroupOrder GroupOrder { get; init; } = GroupOrder.WholeCores;

    /// <summary>How far beyond the rounding point the ideal must lie. Default 0.1 pCPU; paper 0.</summary>
    [Option("A7: how far beyond the rounding point the ideal number of SPs must lie before the split changes.",
        "spec A7: 0.1; the paper has none", Unit = "pCPUs", Min = "0", Max = "16")]
    public Fraction Hysteresis { get; init; } = new(1, 10);

    /// <summary>The load period: for historyBusy, historyLoad and the thresholds. Default 10 ms.</summary>
    [Option("A9: the load period, over which historyBusy and historyLoad are averaged. Its length is the thresholds' " +
        "scale: a pCPU burns 10 credits a ms.",
        "the paper gives no length; spec A9: the 10 ms tick, on which 40 and 80 read as percent", Min = "1ms",
        Max = "10s")]
    public Duration LoadPeriod { get; init; } = 10.Ms;

    /// <summary>Equation 8: what remains of the old load. Default 0.875.</summary>
    [Option("A8, equations 6 and 8: how much of the old average remains after a load period.", "paper 4: 0.875",
        Min = "0", Max = "1")]
    public Fraction Beta { get; init; } = new(7, 8);

    /// <summary>Threshold A: between cores of a socket. Default 40.</summary>
    [Option("A9: threshold A: how much more loaded a pCPU of the same socket must be for a vCPU to move.",
        "paper 4: 40", Unit = "credits a load period", Min = "0", Max = "1000000")]
    public int A { get; init; } = 40;

    /// <summary>Threshold B: between sockets. Default 80.</summary>
    [Option("A9: threshold B: how much more loaded a pCPU of another socket must be for a vCPU to move.",
        "paper 4: 80", Unit = "credits a load period", Min = "0", Max = "1000000")]
    public int B { get; init; } = 80;

    /// <summary>What a pCPU on the same core means to the balancer. Default: only if a vCPU there may move.</summary>
    [Option("A10: does a pCPU on the same core end the search even if nothing can be taken there?",
        "paper 3.3, step 2: yes as written; spec A10: only if somebody waits there")]
    public SiblingRule Sibling { get; init; } = SiblingRule.IfMovable;

    /// <summary>Among whom the most loaded is looked for. Default: those with somebody to take.</summary>
    [Option("A11: is the most loaded pCPU looked for among all of the group, or among those with somebody to take?",
        "paper 3.3, steps 3 and 5: all as written; spec A11: those with somebody to take")]
    public Candidates Candidates { get; init; } = Candidates.Movable;

    /// <summary>Which vCPU an LP takes. Default: the one that evens the loads out.</summary>
    [Option("A20: which vCPU an LP takes from another.",
        "paper 3.3, equation 9; spec A20: never one that must move back")]
    public LpPick LpPick { get; init; } = LpPick.EvenOut;

    /// <summary>Does each dispatch raise IO_Boost? Default: yes.</summary>
    [Option("A12: does each dispatch add one over the credits burnt so far to IO_Boost?",
        "paper 3.2, equation 5; spec A12: at each dispatch, over at least one credit")]
    public bool BoostCountsDispatches { get; init; } = true;

    /// <summary>Where a new vCPU stands. Default: first.</summary>
    [Option("A13: where a new vCPU stands on a short-slice queue until the first period ends.",
        "paper 3.2: its IO_Boost is 0 at first, so before all others")]
    public Newcomer Newcomer { get; init; } = Newcomer.First;

    /// <summary>What historyLoad is. Default: a moving average.</summary>
    [Option("A14: is historyLoad the sum of all credits ever burnt, or a moving average?",
        "paper 3.2, equation 6: the sum; spec A14: the average, or old vCPUs look alike and equation 9 mixes units")]
    public LoadHistory History { get; init; } = LoadHistory.Smoothed;

    /// <summary>When IO_Boost is made anew. Default: every isolation period.</summary>
    [Option("A15: when equation 7 makes IO_Boost anew.",
        "paper 3.2: when the split has changed; spec A15: every period, or equation 5 drifts")]
    public BoostRenewal Renewal { get; init; } = BoostRenewal.EveryPeriod;

    /// <summary>What comes first on a short-slice queue. Default: in turn; paper: the class of credit.</summary>
    [Option("A17: does the class of credit or IO_Boost come first on a short-slice queue, or are all served in turn?",
        "paper 4.4 claims Credit's fairness, which needs the class first; its figure 3 shows IO_Boost alone; " +
        "in turn is ours: only who owes debt_limit stands behind")]
    public QueueOrder Order { get; init; } = QueueOrder.InTurn;

    /// <summary>What a wake-up on an SP may do. Default: preempt as under Credit; paper: nothing.</summary>
    [Option("A18: may a wake-up on an SP preempt?",
        "paper 3.2: the original preemption no longer suits; ours: who wakes with credit runs at once, for a slice")]
    public SpWake SpWake { get; init; } = SpWake.Boost;

    /// <summary>How unmarked domains are treated. Default: as compute.</summary>
    [Option("A21: how a domain is treated that nobody has classified.", "paper 3.1: at first all is compute")]
    public Treatment Unmarked { get; init; } = Treatment.Compute;

    /// <summary>How service domains are treated. Default: they float.</summary>
    [Option("A21: how a service domain, such as dom0, is treated.", "the paper does not say; spec A21: it floats")]
    public Treatment Service { get; init; } = Treatment.Floating;

    /// <summary>When a pCPU looks elsewhere. Default: also when only debtors wait; paper: when it would idle.</summary>
    [Option("When a pCPU looks for work elsewhere.",
        "paper 3.3: when it is idle; debt is Credit's own trigger, without which shares depend on who sits where")]
    public BalanceTrigger Trigger { get; init; } = BalanceTrigger.Debt;

    /// <summary>Does a pCPU rather help out than idle? Default: yes; paper: no.</summary>
    [Option("Does a pCPU that would idle take work below the thresholds and from the other group? " +
        "An SP gives it back as soon as its own group has work.",
        "the paper keeps the groups apart; ours, so that no pCPU idles while somebody waits")]
    public bool WorkConserving { get; init; } = true;

    /// <summary>From which debt on a vCPU lets the other group go first. Default 150 credits; paper 0, never.</summary>
    [Option("A vCPU that owes this much lets vCPUs of the other group that have credit go first; 0 for never.",
        "ours: half of the 300 at which Credit forgets debts, so that shares follow weights across the groups",
        Unit = "credits", Min = "0", Max = "10000")]
    public int DebtLimit { get; init; } = 150;

    /// <summary>Where a woken vCPU waits. Default: on an idle pCPU; paper: on its own.</summary>
    [Option("Where a vCPU that woke waits.",
        "spec/xen.md 1.9: on its own pCPU, and one idle pCPU is kicked; ours: idle")]
    public WakePlacement WakePlacement { get; init; } = WakePlacement.Idle;

    /// <summary>FLMS with the repairs of its weak points: the defaults.</summary>
    public static FlmsOptions Default { get; } = new();

    /// <summary>What the paper says, and the specification's reading where it is silent.</summary>
    public static FlmsOptions Paper { get; } = new()
    {
        SpSlice = 5.Ms,
        SpRatelimit = 1.Ms,
        Slices = SliceRule.Pcpu,
        RatelimitMode = RatelimitMode.Full,
        Activate = ActivateRule.Tick,
        Load = LoadMeasure.Run,
        Hysteresis = new(0, 1),
        RegroupAtOnce = false,
        Order = QueueOrder.CreditFirst,
        SpWake = SpWake.Queue,
        Trigger = BalanceTrigger.Idle,
        WorkConserving = false,
        DebtLimit = 0,
        WakePlacement = WakePlacement.Home,
    };

    /// <inheritdoc />
    public override string? Problem() =>
        Ratelimit > LpSlice ? $"ratelimit {Ratelimit} is longer than lp_slice {LpSlice}; make it at most the slice"
        : WorkConserving && Trigger == BalanceTrigger.Idle && DebtLimit > 0
            ? "debt_limit has no effect with trigger idle; set it to 0, or trigger to debt"
        : null;
}
