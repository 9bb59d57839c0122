namespace Flms.Schedulers.Flms;

/// <summary>What decides how long a vCPU runs (spec A19).</summary>
public enum SliceRule : byte
{
    /// <summary>The pCPU: every vCPU runs as long as its group of pCPUs says (the paper).</summary>
    Pcpu,

    /// <summary>The vCPU's own class, wherever it runs: a compute vCPU that helps out on an SP is not cut short, as it
    /// gives way at once anyhow, and a latency-sensitive one on an LP does not stay long.</summary>
    Class,
}

/// <summary>What comes first on a short-slice queue (spec A17).</summary>
public enum QueueOrder : byte
{
    /// <summary>The class of credit, then IO_Boost, then who came first: fairness before urgency.</summary>
    CreditFirst,

    /// <summary>IO_Boost, then who came first, as the paper's figure 3 shows.</summary>
    BoostFirst,

    /// <summary>Who has just woken, by IO_Boost; then all in turn; last, who owes more than the debt limit. Ours:
    /// credit swings about zero within an accounting period, and is no reason to wait for the rest of it.</summary>
    InTurn,
}

/// <summary>What a wake-up on a short-slice pCPU may do (spec A18).</summary>
public enum SpWake : byte
{
    /// <summary>It takes its place on the queue; whoever runs, runs on (the paper).</summary>
    Queue,

    /// <summary>It preempts whoever runs with a greater IO_Boost and no better class of credit.</summary>
    IoBoost,

    /// <summary>It is boosted and preempts as under Credit, for one slice at most.</summary>
    Boost,
}

/// <summary>When a pCPU looks for work elsewhere (spec 6.1).</summary>
public enum BalanceTrigger : byte
{
    /// <summary>When it would go idle (the paper).</summary>
    Idle,

    /// <summary>Also when all who wait there are in debt, for somebody with credit in hand, as under Credit.</summary>
    Debt,
}

/// <summary>Where a vCPU waits after it has woken.</summary>
public enum WakePlacement : byte
{
    /// <summary>On its own pCPU; an idle one is kicked and may fetch it, as in Xen.</summary>
    Home,

    /// <summary>On an idle pCPU that may run it, at once, if there is one.</summary>
    Idle,
}

/// <summary>When IO_Boost is made anew by equation 7 (spec A15).</summary>
public enum BoostRenewal : byte
{
    /// <summary>At the end of every isolation period: otherwise equation 5 drifts without bound.</summary>
    EveryPeriod,

    /// <summary>Only when the split has changed, as the paper says.</summary>
    OnRegroup,
}

/// <summary>How a kind of domain that the paper does not name is treated (spec A21).</summary>
public enum Treatment : byte
{
    /// <summary>As compute: its vCPUs are bound to LPs.</summary>
    Compute,

    /// <summary>As latency-sensitive: its vCPUs are bound to SPs.</summary>
    Latency,

    /// <summary>Its vCPUs run anywhere by Credit's rules, and are not counted as load of either group.</summary>
    Floating,
}

/// <summary>What a domain can be given for FLMS.</summary>
public sealed record FlmsDomain
{
    /// <summary>How many vCPUs of a mixed domain, from number 0, are reserved for I/O duty. Default 1.</summary>
    [Core.Option("How many vCPUs of a mixed domain, from number 0 on, are reserved for I/O duty and bound to SPs.",
        "paper 3.1: 1 by default; spec A22: vCPU 0, which device events go to", Unit = "vCPUs", Min = "0",
        Max = "65535")]
    public int Reserved { get; init; } = 1;
}
