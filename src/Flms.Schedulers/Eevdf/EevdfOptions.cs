using Flms.Core;
using Flms.Schedulers.Linux;

namespace Flms.Schedulers.Eevdf;

/// <summary>How <see cref="EevdfScheduler"/> finds the next vCPU among groups.</summary>
public enum GroupPick : byte
{
    /// <summary>From the top: a group by its own deadline, then a vCPU within it.</summary>
    Hierarchical,

    /// <summary>All vCPUs of a pCPU in one queue, the group's weight folded into each one's own.</summary>
    Flattened,
}

/// <summary>How a domain's weight is spread over the pCPUs where its vCPUs are runnable.</summary>
public enum GroupShare : byte
{
    /// <summary>The domain's weight is divided among its runnable vCPUs.</summary>
    Smp,

    /// <summary>Each runnable vCPU of the domain brings the whole weight.</summary>
    Concur,
}

/// <summary>How long <see cref="EevdfScheduler"/> protects the running vCPU (RUN_TO_PARITY).</summary>
public enum ParityRule : byte
{
    /// <summary>It is not protected: at every look the earliest eligible deadline wins.</summary>
    None,

    /// <summary>Until its deadline, while it is eligible.</summary>
    Deadline,

    /// <summary>As above, but for no longer than the shortest slice that is queued.</summary>
    ShortestSlice,

    /// <summary>Until its deadline; until it is no longer eligible if a shorter slice is queued.</summary>
    ShorterQueued,
}

/// <summary>What the precise timer of <see cref="EevdfScheduler"/> (HRTICK) is set by.</summary>
public enum HrtickRule : byte
{
    /// <summary>The slice, less what it has run since it was picked.</summary>
    Slice,

    /// <summary>What is missing to the virtual deadline.</summary>
    Deadline,
}

/// <summary>How much lag a vCPU of <see cref="EevdfScheduler"/> may take along.</summary>
public enum LagLimit : byte
{
    /// <summary>Twice its own slice, or a tick if that is more.</summary>
    TwiceSlice,

    /// <summary>The longest slice queued there and a tick.</summary>
    LongestSlice,
}

/// <summary>How the base slice grows with the machine (sched_tunable_scaling).</summary>
public enum SliceScaling : byte
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>1 + log2 of the pCPUs, counting at most 8 of them.</summary>
    Log,

    /// <summary>The number of pCPUs, at most 8.</summary>
    Linear,
}

/// <summary>Settings of <see cref="EevdfScheduler"/>. The defaults are Linux 6.12's as Debian builds it.</summary>
public record EevdfOptions : FairOptions
{
    /// <summary>How groups are picked. Default: from the top.</summary>
    [Option("With groups: a pick from the top, or all in one queue with the groups' weights folded in (7.3).",
        "spec/linux-host.md 0 fact 1, 2.2")]
    public GroupPick Pick { get; init; }

    /// <summary>How a domain's weight is spread. Default: smp.</summary>
    [Option("With groups: is the domain's weight divided among its runnable vCPUs (smp), or each one's (concur, 7.3)?",
        "spec/linux-host.md 0 fact 6")]
    public GroupShare Share { get; init; }

    /// <summary>How long the running vCPU is protected. Default: to its deadline.</summary>
    [Option("How long the running vCPU is protected from earlier deadlines (RUN_TO_PARITY).",
        "spec/linux-host.md 2.1: deadline in 6.12, shortest_slice to 7.2, shorter_queued in 7.3")]
    public ParityRule Parity { get; init; } = ParityRule.Deadline;

    /// <summary>Is the end of a slice timed precisely? Default: no.</summary>
    [Option("Is the end of a slice timed precisely (HRTICK)?", "spec/linux-host.md 2.1: off in 6.12 and 6.18")]
    public bool Hrtick { get; init; }

    /// <summary>What the precise timer is set by. Default: the slice.</summary>
    [Option("What the precise timer is set by: the slice less what was run, or the distance to the deadline.",
        "spec/linux-host.md 2.1: deadline in 7.3; inferred for all others")]
    public HrtickRule HrtickBy { get; init; }

    /// <summary>How much too soon the precise timer fires. Default: not at all.</summary>
    [Option("How much too soon the precise timer fires.",
        "spec/linux-host.md 2.1: perhaps a hair; inferred there, and off here", Min = "0", Max = "1ms")]
    public Duration HrtickEarly { get; init; }

    /// <summary>Is the precise timer set again if the same vCPU is picked again? Default: no.</summary>
    [Option("Are the precise timer and the protection renewed when the running vCPU is picked again?",
        "spec/linux-host.md 0 fact 5: not in 7.3's source; inferred for the others")]
    public bool HrtickRearm { get; init; }

    /// <summary>Does a remote wake-up wait for the next interrupt? Default: no.</summary>
    [Option("Lazy preemption: does a remote wake-up that preempts wait for the next interrupt there?",
        "spec/linux-host.md 0 fact 3: Debian's default from 6.16")]
    public bool Lazy { get; init; }

    /// <summary>Does a sleeper that had too much stay queued? Default: yes.</summary>
    [Option("Does a vCPU that sleeps with negative lag stay queued until it would be picked (DELAY_DEQUEUE)?",
        "spec/linux-host.md 2.1: 6.12 and later")]
    public bool DelayDequeue { get; init; } = true;

    /// <summary>Is lag that became positive while it slept forfeited? Default: yes.</summary>
    [Option("Is lag that became positive while a sleeper stayed queued cut to 0 (DELAY_ZERO)?",
        "spec/linux-host.md 2.1")]
    public bool DelayZero { get; init; } = true;

    /// <summary>Is lag kept across sleep? Default: yes.</summary>
    [Option("Is lag kept while a vCPU sleeps, and inflated on return (PLACE_LAG)?", "spec/linux-host.md 2.1")]
    public bool PlaceLag { get; init; } = true;

    /// <summary>How much lag is kept at most. Default: twice the slice, or a tick.</summary>
    [Option("How much lag is kept at most.",
        "spec/linux-host.md 2.1: twice_slice in 6.12, longest_slice in 7.3; inferred between them")]
    public LagLimit LagLimit { get; init; }

    /// <summary>Do new vCPUs begin with half a slice? Default: yes.</summary>
    [Option("Do new vCPUs begin with half a slice (PLACE_DEADLINE_INITIAL)?", "spec/linux-host.md 2.1")]
    public bool HalfFirstSlice { get; init; } = true;

    /// <summary>Does a strictly shorter slice end the runner's protection? Default: yes.</summary>
    [Option("Does who wakes with a shorter slice, and is eligible, end the runner's protection (PREEMPT_SHORT)?",
        "spec/linux-host.md 2.1: 6.12 and later")]
    public bool PreemptShort { get; init; } = true;

    /// <summary>Is who wakes picked first? Default: no.</summary>
    [Option("Is who woke last picked first if it is eligible (NEXT_BUDDY)?", "spec/linux-host.md 2.1: off")]
    public bool NextBuddy { get; init; }

    /// <summary>The slice of those that have none of their own, on one pCPU. Default 0.7 ms.</summary>
    [Option("The slice of a vCPU without one of its own, before scaling.", "spec/linux-host.md 2.1: 0.70 ms",
        Min = "100us", Max = "100ms")]
    public Duration BaseSlice { get; init; } = 700.Us;

    /// <summary>How the base slice grows with the machine. Default: by 1 + log2.</summary>
    [Option("How the base slice grows with the number of pCPUs, of which 8 at most count.",
        "spec/linux-host.md 2.1: 0.7, 1.4, 2.1 and 2.8 ms")]
    public SliceScaling SliceScaling { get; init; } = SliceScaling.Log;

    /// <summary>Debian's 6.12: the defaults.</summary>
    public static EevdfOptions Linux612 { get; } = new();

    /// <summary>Debian's 6.18: protection by the shortest slice, lazy preemption.</summary>
    public static EevdfOptions Linux618 { get; } = new() { Parity = ParityRule.ShortestSlice, Lazy = true };

    /// <summary>Debian's 7.2: as 6.18, with the precise timer.</summary>
    public static EevdfOptions Linux72 { get; } =
        Linux618 with { Hrtick = true, HrtickBy = HrtickRule.Deadline };

    /// <summary>Debian's 7.3: one queue for all, each busy vCPU with its domain's whole weight.</summary>
    public static EevdfOptions Linux73 { get; } = Linux72 with
    {
        Parity = ParityRule.ShorterQueued,
        Pick = GroupPick.Flattened,
        Share = GroupShare.Concur,
        LagLimit = LagLimit.LongestSlice,
    };

    // The base slice on a machine of so many pCPUs.
    internal Duration BaseSliceOn(int pcpus)
    {
        var counted = Math.Min(pcpus, 8);
        return SliceScaling switch
        {
            SliceScaling.Log => BaseSlice * (1 + System.Numerics.BitOperations.Log2((uint)counted)),
            SliceScaling.Linear => BaseSlice * counted,
            _ => BaseSlice,
        };
    }
}

/// <summary>What a domain can be given for <see cref="EevdfScheduler"/>.</summary>
public record EevdfDomain
{
    /// <summary>The slice of its vCPUs (sched_attr.sched_runtime). Default 0: the base slice.</summary>
    [Option("The slice that its vCPUs ask for; 0 for the base slice. Below 100us and above 100ms it is cut to those.",
        "spec/compared-systems.md 3.10; spec/linux-host.md 0 fact 7", Min = "0", Max = "10s")]
    public Duration Slice { get; init; }

    /// <summary>The slice of its last vCPU, where that stands for a helper thread. Default 0: as the others.</summary>
    [Option("The slice of its last vCPU, where that stands for a thread of QEMU's (emulator, iothread); 0: as all.",
        "spec/linux-host.md 0 fact 1: one such thread drags its group's slice down", Min = "0", Max = "10s")]
    public Duration HelperSlice { get; init; }

    // As the kernel cuts it, without a word.
    internal Duration SliceOf(in VcpuInfo v, Duration other)
    {
        var helps = HelperSlice > Duration.Zero && v.Number == v.Siblings - 1;
        var slice = helps ? HelperSlice : Slice;
        return slice == Duration.Zero ? other : Duration.Max(100.Us, Duration.Min(slice, 100.Ms));
    }
}
