using Flms.Core;

namespace Flms.Sim.Guests;

/// <summary>Who gets a spinlock that becomes free while several wait.</summary>
public enum LockOrder : byte
{
    /// <summary>Of those whose vCPU runs, the one that waits longest; if none runs, whoever runs first.</summary>
    Running,

    /// <summary>The one that waits longest, even if its vCPU has no pCPU: a ticket lock.</summary>
    Ticket,
}

/// <summary>The kernel of a guest: with it, a domain's threads are scheduled over its vCPUs.</summary>
/// <remarks>Without it, each workload stays on its vCPU, as if each vCPU were a machine of its own.</remarks>
public sealed record GuestOptions
{
    /// <summary>Time between two ticks of a vCPU that runs a thread. Default 4 ms.</summary>
    [Option("Time between two ticks of a vCPU that runs a thread; at a tick the thread that is furthest behind runs.",
        "ours: 250 Hz, as distributions' kernels are built", Min = "10us", Max = "1s")]
    public Duration Tick { get; init; } = 4.Ms;

    /// <summary>CPU time that a tick takes. Default 1 us.</summary>
    [Option("CPU time that a tick takes.", "ours, inferred: a timer interrupt", Min = "0", Max = "10ms")]
    public Duration TickWork { get; init; } = 1.Us;

    /// <summary>CPU time lost when a vCPU turns to another thread. Default 1 us.</summary>
    [Option("CPU time lost when a vCPU turns to another thread.", "ours, inferred: 1 to 2 us with the caches' part",
        Min = "0", Max = "10ms")]
    public Duration SwitchWork { get; init; } = 1.Us;

    /// <summary>Time from sending an interrupt to another vCPU until it arrives. Default 1 us.</summary>
    [Option("Time from sending an inter-processor interrupt to another vCPU until it arrives there.",
        "as the machine's kick", Min = "0", Max = "10ms")]
    public Duration IpiDelay { get; init; } = 1.Us;

    /// <summary>CPU time that sending one takes. Default 700 ns.</summary>
    [Option("CPU time that sending an inter-processor interrupt takes: an exit to the hypervisor.",
        "spec/xen.md 5.9: 2,000 cycles at 2.93 GHz", Min = "0", Max = "10ms")]
    public Duration IpiWork { get; init; } = new(700);

    /// <summary>CPU time that taking an interrupt of a timer or of another vCPU takes. Default 1 us.</summary>
    [Option("CPU time that it takes to take an interrupt of a timer or of another vCPU.",
        "ours, inferred: as a tick", Min = "0", Max = "10ms")]
    public Duration InterruptWork { get; init; } = 1.Us;

    /// <summary>How far a thread that wakes must be behind the running one to take its place at once. Default 1 ms.
    /// </summary>
    [Option("How far a thread that wakes must be behind the running one, in virtual run time, to run at once.",
        "ours: Linux's CFS has 1 ms, times 1 + log2 of the CPUs", Min = "0", Max = "1s")]
    public Duration WakeupGranularity { get; init; } = 1.Ms;

    /// <summary>The most that a thread can be behind the others when it wakes. Default 3 ms.</summary>
    [Option("The most that a thread can be behind the others, in virtual run time, when it wakes.",
        "ours: Linux's CFS has half of 6 ms, times 1 + log2 of the CPUs", Min = "0", Max = "1s")]
    public Duration SleeperCredit { get; init; } = 3.Ms;

    /// <summary>How long a vCPU spins until the hypervisor notices. Default 1.4 us.</summary>
    [Option("How long a vCPU spins on a lock until the hypervisor notices (a pause-loop exit).",
        "ours, inferred: a window of 4,096 cycles at 2.93 GHz", Min = "100ns", Max = "1s")]
    public Duration PauseWindow { get; init; } = new(1_400);

    /// <summary>Does a vCPU yield its pCPU when it is caught spinning? Default: no.</summary>
    [Option("Does a vCPU yield its pCPU at a pause-loop exit?", "spec/compared-systems.md 3.1")]
    public bool PauseYields { get; init; }

    /// <summary>Who gets a spinlock that becomes free. Default: one that runs.</summary>
    [Option("Who gets a spinlock that becomes free: one whose vCPU runs, or in the order of tickets.",
        "ours: Linux's guests do without tickets under a hypervisor")]
    public LockOrder LockOrder { get; init; }

    /// <summary>Of a domain of class mixed: how many vCPUs, from 0 on, are reserved for latency. Default 1.</summary>
    [Option("In a domain of class mixed with several vCPUs: how many, from 0 on, are reserved; other threads stay off "
        + "them.", "spec/xen.md 6.2 A22: vCPU 0", Min = "0", Max = "4096")]
    public int Reserved { get; init; } = 1;

    /// <summary>How often the process monitor of a mixed domain looks; 0 for no monitor. Default 1 s.</summary>
    [Option("How often the process monitor of a mixed domain looks; 0 for no monitor.",
        "spec/xen.md 6.2 A23: 1 s", Min = "0", Max = "1h")]
    public Duration MonitorPeriod { get; init; } = 1.Seconds;

    /// <summary>CPU time that one look takes. Default 100 us.</summary>
    [Option("CPU time that one look of the monitor takes.", "ours, inferred: reading /proc of tens of processes",
        Min = "1us", Max = "1s")]
    public Duration MonitorWork { get; init; } = 100.Us;

    /// <summary>User-created processes below this go to the reserved vCPUs. Default 5 %.</summary>
    [Option("User-created processes that use less of a vCPU than this go to the reserved ones.",
        "spec/xen.md 6.2 A23: 5 %", Unit = "%", Min = "0", Max = "100")]
    public int MonitorLow { get; init; } = 5;

    /// <summary>Moved processes above this go back. Default 10 %.</summary>
    [Option("Moved processes that use more of a vCPU than this go back.", "spec/xen.md 6.2 A23: 10 %",
        Unit = "%", Min = "0", Max = "100")]
    public int MonitorHigh { get; init; } = 10;

    /// <summary>What is wrong with the settings taken together, in one line; null if nothing is.</summary>
    public string? Problem() => MonitorLow <= MonitorHigh ? null
        : $"monitor_low is {MonitorLow}, above monitor_high, which is {MonitorHigh}";
}
