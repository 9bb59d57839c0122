using Flms.Core;

namespace Flms.Sim.Guests;

internal enum GuestThreadState : byte
{
    Asleep,     // it wants nothing
    Woken,      // it wants to run, but the vCPU that takes its interrupt has not noticed yet
    Waiting,    // in a vCPU's queue
    Current,    // what its vCPU runs, if that has a pCPU
}

/// <summary>What the guest's kernel knows of a workload that is a thread.</summary>
internal sealed class GuestThread(Workload work, GuestCpu cpu, CpuMask affinity)
{
    public readonly Workload Work = work;
    public readonly CpuMask Home = affinity;    // where it may run if nobody moves it
    public CpuMask Affinity = affinity;         // of the domain's vCPUs, by their numbers
    public GuestCpu Cpu = cpu;                  // where it runs or waits, or last did
    public GuestThread? NextWoken;
    public GuestThread? NextWaiter;             // behind it in line for the same lock
    public GuestLock? WaitsFor;
    public long Base;                           // its virtual run time less what it has run
    public long SpinsSince;                     // what it had run when it began to spin
    public int Slot = -1;                       // in its vCPU's queue
    public int Number;                          // among the domain's threads: who goes first among equals
    public int Locks;                           // how many it holds
    public GuestThreadState State;

    /// <summary>How much CPU it has had in the eyes of its vCPU's queue, in ns. Up to date unless it runs.</summary>
    public long Virtual => Base + Work.RanNs;

    /// <summary>Is it kept on its vCPU by a lock that it has or wants?</summary>
    public bool Unpreemptible => Locks > 0 || WaitsFor != null;

    public bool MayRun(GuestCpu on) => Affinity.Contains(new(on.Index));
}
