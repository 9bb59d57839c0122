using Flms.Core;

namespace Flms.Agent.Plans;

/// <summary>How long slices are on a real host, and when short-slice pCPUs are lent.</summary>
/// <remarks>Why these lengths: spec linux-host 0.5 and 10.3 (measured). They are not the simulated FLMS's, which
/// decides itself when a vCPU is preempted; a kernel's slice is a request.</remarks>
public sealed record PlanRules
{
    /// <summary>Slice of a latency-sensitive thread that sleeps. Default 100 us, the least the kernel takes.</summary>
    [Option("Slice of a latency-sensitive thread that sleeps between short pieces of work.",
        "spec linux-host 0.5: strictly shorter than its neighbours'", Min = "100us", Max = "100ms")]
    public Duration SleeperSlice { get; init; } = 100.Us;

    /// <summary>Slice of a latency-sensitive vCPU that also computes. Default 200 us.</summary>
    [Option("Slice of a latency-sensitive vCPU that also computes.",
        "spec linux-host 0.5: one short slice for all who compute on an SP", Min = "100us", Max = "100ms")]
    public Duration SpSlice { get; init; } = 200.Us;

    /// <summary>Slice of who computes. Default 20 ms.</summary>
    [Option("Slice of a thread that computes.", "spec linux-host 10.3: 20 to 30 ms", Min = "1ms", Max = "100ms")]
    public Duration LpSlice { get; init; } = 20.Ms;

    /// <summary>Slice of who computes while short-slice pCPUs are lent. Default 1 ms.</summary>
    [Option("Slice of a thread that computes, while it may also run on the short-slice pCPUs.",
        "spec, emulated host 2.5: a long slice there keeps the latency-sensitive "
            + "waiting", Min = "100us", Max = "100ms")]
    public Duration LentSlice { get; init; } = 1.Ms;

    /// <summary>May short-slice pCPUs be lent to those who compute? Default: yes.</summary>
    [Option("May short-slice pCPUs be lent to those who compute?", "a strict split wastes them (measured)")]
    public bool Lend { get; init; } = true;

    /// <summary>Are vCPUs parted in groups? Default: yes.</summary>
    [Option("Are latency-sensitive vCPUs and those who compute kept on pCPUs of their own?",
        "the paper's isolation; without it, slices alone")]
    public bool Split { get; init; } = true;

    /// <summary>Is a split kept only if it is measured to be worth it? Default: yes.</summary>
    [Option("Is a split of the pCPUs tried, and kept only if those who are latency-sensitive wait half as long, and "
        + "the others have 95 % of their fair share? Otherwise it is always there.", "measured: see decision 0031")]
    public bool Judge { get; init; } = true;

    /// <summary>How long is measured without a split and with it, each. Default 4 s.</summary>
    [Option("For how long is measured what latency-sensitive VMs wait without a split, and then with it.",
        "ours: with the period in which threads are moved, no longer than their residency", Min = "1s", Max = "1h")]
    public Duration Trial { get; init; } = 4.Seconds;

    /// <summary>After how long a split that was not worth it is tried again. Default 1 min.</summary>
    [Option("After how long a split that was not worth it is tried again; after the next failure twice as long, up "
        + "to an hour.", "ours", Min = "1s", Max = "1h")]
    public Duration TrialRest { get; init; } = 60.Seconds;

    /// <summary>The longest rest after failures.</summary>
    internal static readonly Duration LongestRest = 3600.Seconds;

    /// <summary>Do threads get slices? Default: yes.</summary>
    [Option("Do threads get slices of their own?", "the paper's short and long slices; without, affinity alone")]
    public bool Slices { get; init; } = true;

    /// <summary>Are the threads that serve devices placed with the vCPUs that they serve? Default: yes.</summary>
    [Option("Are the threads that serve devices placed with the vCPUs that they serve?",
        "left where they are, they spoilt the split (measured)")]
    public bool Serving { get; init; } = true;

    /// <summary>Do latency-sensitive vCPUs with heavier I/O get shorter slices? Default: yes.</summary>
    [Option("Do those of the latency-sensitive vCPUs that sleep get shorter slices whose I/O is heavier? From "
        + "sleeper_slice on, always shorter than sp_slice.", "paper 3.2: IO_Boost orders the short-slice queues")]
    public bool IoOrder { get; init; } = true;

    /// <summary>Do vCPUs belong on NUMA nodes? Default: no.</summary>
    [Option("Are vCPUs kept on a NUMA node, and moved to another by FLMS's balancer? Only where groups are kept apart, "
        + "and as long as no node is wanted much more than another.",
        "paper 3.3; off since nobody has measured it on a machine with several nodes")]
    public bool Nodes { get; init; }

    /// <summary>How long a vCPU stays on its node at least. Default 30 s.</summary>
    [Option("How long a vCPU stays on the node that it was moved to, at least.", "ours: its memory does not follow at "
        + "once", Min = "1s", Max = "1h")]
    public Duration NodeResidency { get; init; } = 30.Seconds;

    /// <summary>How many vCPUs of a group are moved to another node in one period, at most. Default 4.</summary>
    [Option("How many vCPUs of a group are moved to another node in one period, at most.", "ours", Unit = "vCPUs",
        Min = "1", Max = "1000")]
    public int NodeMoves { get; init; } = 4;

    /// <summary>How often the kernel is made to choose anew who runs, while the latency-sensitive wait. Default: as
    /// often as it likes.</summary>
    [Option("How often the kernel is made to choose anew who runs, while latency-sensitive VMs wait; with slices, "
        + "since these then end in time. 0 leaves it to the kernel's tick.", "measured: see decision 0031", Min = "0",
        Max = "10ms")]
    public Duration Tick { get; init; }

    /// <summary>How latency-sensitive VMs that have waited are boosted. Default: not at all.</summary>
    [Option("How latency-sensitive VMs that have waited are boosted: off, or deadline (SCHED_DEADLINE).",
        "the paper's BOOST; off unless the operator wants it")]
    public BoostMode Boost { get; init; } = BoostMode.Off;

    /// <summary>From which mean wait on a latency-sensitive VM is boosted. Default 50 us.</summary>
    [Option("A VM is boosted when its threads wait longer than this, on average each time they want to run.", "ours",
        Min = "1us", Max = "1s")]
    public Duration BoostDelay { get; init; } = 50.Us;

    /// <summary>The period of a boosted vCPU's budget. Default 1 ms.</summary>
    [Option("The period of a boosted vCPU's budget; it runs for less than that before others.",
        "measured: shorter costs more, longer makes it wait longer", Min = "500us", Max = "2ms")]
    public Duration BoostPeriod { get; init; } = 1.Ms;

    /// <summary>How many times its fair share a VM may use while it runs. Default 2500 thousandths.</summary>
    [Option("How much of its fair share a boosted VM may use at a time, as long as it uses no more than the share "
        + "over some periods.", "ours: who works half of the time works at twice its share then",
        Unit = "thousandths of its fair share", Min = "1000", Max = "10000")]
    public int BoostBurst { get; init; } = 2500;

    /// <summary>How much of the pool all boosted threads together may reserve. Default 800 thousandths.</summary>
    [Option("How much of the pool may be reserved for boosted threads, all together.",
        "the kernel allows 950, less 50 that it keeps for fair threads, and the agent's metronome needs some",
        Unit = "thousandths", Min = "1", Max = "900")]
    public int BoostTotal { get; init; } = 800;

    /// <summary>How often the budgets of busy boosted threads are settled. Default 500 us.</summary>
    [Option("How often the budgets of busy boosted threads are settled; 0 leaves it to the kernel's tick.",
        "measured: see decision 0023", Min = "0", Max = "10ms")]
    public Duration BoostBeat { get; init; } = 500.Us;
}

/// <summary>How latency-sensitive VMs that have waited are boosted.</summary>
public enum BoostMode : byte
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>By reservations that the kernel enforces (SCHED_DEADLINE).</summary>
    Deadline,
}
