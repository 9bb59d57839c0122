namespace Flms.Core;

/// <summary>What was counted of one vCPU since it was created: what event channels and performance counters show a
/// hypervisor. Read-only for policies.</summary>
/// <remarks>All of them only grow. A policy that wants a rate keeps the values of its last look.</remarks>
public struct VcpuCounters
{
    /// <summary>The time that it held a pCPU, in ns, up to now.</summary>
    public long RunNs;

    /// <summary>How many device events were delivered to it (<see cref="Scheduler.IoEvent"/>).</summary>
    public long IoEvents;

    /// <summary>How often it was caught spinning on a lock (pause-loop exits).</summary>
    public long SpinExits;

    /// <summary>How often it asked the last-level cache.</summary>
    public long LlcReferences;

    /// <summary>How many of <see cref="LlcReferences"/> went on to memory.</summary>
    public long LlcMisses;

    /// <summary>How many of <see cref="LlcMisses"/> went to memory of another node.</summary>
    public long RemoteAccesses;
}

/// <summary>What a guest does on a vCPU.</summary>
public enum GuestContext : byte
{
    /// <summary>Nothing: the guest is about to block.</summary>
    Idle,

    /// <summary>It serves an interrupt.</summary>
    Interrupt,

    /// <summary>It runs a thread that sleeps and wakes.</summary>
    Thread,

    /// <summary>It runs a thread that never sleeps.</summary>
    Background,
}
