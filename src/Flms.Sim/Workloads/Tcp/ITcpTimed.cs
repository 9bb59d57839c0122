using Flms.Core;

namespace Flms.Sim.Workloads.Tcp;

/// <summary>An end of a stream in a guest that must do something if nothing happens for a time.</summary>
internal interface ITcpTimed
{
    /// <summary>When; never if it waits for nothing. It may move later at any time without a word.</summary>
    Instant Deadline { get; }

    /// <summary>It has passed, and the guest's timer runs on that vCPU.</summary>
    void TimedOut(VcpuId vcpu, Instant now);
}
