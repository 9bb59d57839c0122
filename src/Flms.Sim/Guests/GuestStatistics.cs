namespace Flms.Sim.Guests;

/// <summary>What was counted in one domain's guest kernel since the measuring began.</summary>
public sealed class GuestStatistics
{
    /// <summary>How often a vCPU turned to another thread.</summary>
    public long Switches { get; internal set; }

    /// <summary>How often a thread went to another vCPU.</summary>
    public long Migrations { get; internal set; }

    /// <summary>How often a vCPU that had nothing to run took a thread that waited elsewhere; part of
    /// <see cref="Migrations"/>.</summary>
    public long Pulls { get; internal set; }

    /// <summary>How often a thread woke.</summary>
    public long Wakes { get; internal set; }

    /// <summary>How often a thread that woke took the place of the running one.</summary>
    public long Preemptions { get; internal set; }

    /// <summary>How many interrupts vCPUs sent each other.</summary>
    public long Ipis { get; internal set; }

    /// <summary>How many ticks were taken.</summary>
    public long Ticks { get; internal set; }

    /// <summary>How often a thread took a spinlock.</summary>
    public long Locks { get; internal set; }

    /// <summary>How often it had to spin for it.</summary>
    public long LockWaits { get; internal set; }

    /// <summary>The time that threads spun, in ns.</summary>
    public long SpinNs { get; internal set; }

    /// <summary>How often the hypervisor took the pCPU from a vCPU whose thread held a spinlock.</summary>
    public long HolderPreemptions { get; internal set; }

    /// <summary>How often a vCPU was caught spinning (pause-loop exits).</summary>
    public long PauseExits { get; internal set; }

    /// <summary>How often a vCPU yielded its pCPU at a pause-loop exit.</summary>
    public long PauseYields { get; internal set; }

    /// <summary>How often the process monitor moved a process, to the reserved vCPUs or back.</summary>
    public long MonitorMoves { get; internal set; }

    /// <summary>The time that the kernel took for itself (ticks, switches, interrupts), in ns.</summary>
    public long KernelNs { get; internal set; }

    internal void Reset()
    {
        (Switches, Migrations, Pulls, Wakes, Preemptions, Ipis, Ticks) = (0, 0, 0, 0, 0, 0, 0);
        (Locks, LockWaits, SpinNs, HolderPreemptions, PauseExits, PauseYields) = (0, 0, 0, 0, 0, 0);
        (MonitorMoves, KernelNs) = (0, 0);
    }
}
