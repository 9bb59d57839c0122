using Flms.Core;

namespace Flms.Sim;

/// <summary>What happened on the host.</summary>
public enum HostEventKind : byte
{
    /// <summary>A pCPU turned from <c>Other</c> to <c>Vcpu</c> (either may be idle); the value is the slice in
    /// ns.</summary>
    Switch,

    /// <summary>A pCPU asked, and goes on with the same vCPU; the value is the new slice in ns.</summary>
    Continue,

    /// <summary>A blocked vCPU became runnable; the pCPU is where it last ran.</summary>
    Wake,

    /// <summary>A vCPU stopped being runnable: it has nothing more to do, or was paused.</summary>
    Block,

    /// <summary>A vCPU runs on another pCPU than before; the value is the pCPU it came from.</summary>
    Migrate,

    /// <summary>A remark of the policy: <c>Note</c> says which, the value is the note's.</summary>
    Note,

    /// <summary>The guest has finished a piece of work that a workload asked for.</summary>
    Done,

    /// <summary>An operator changed something: weight, cap, affinity, pause; the value is the operation's
    /// number.</summary>
    Operate,

    /// <summary>A vCPU loses its pCPU while its guest's thread holds a spinlock (lock-holder preemption).</summary>
    HolderPreempted,
}

/// <summary>One thing that happened, as it is told to those who watch.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Note">For remarks of the policy: which.</param>
/// <param name="Pcpu">Where; None if it has no place.</param>
/// <param name="Vcpu">Who; None for idle.</param>
/// <param name="Other">For a switch: who ran before.</param>
/// <param name="Value">As the kind says.</param>
public readonly record struct HostEvent(
    Instant At, HostEventKind Kind, Note Note, PcpuId Pcpu, VcpuId Vcpu, VcpuId Other, long Value);

/// <summary>Somebody who watches a host: the event log, the timeline, the chart.</summary>
public interface IWatcher
{
    /// <summary>Told of each event in the order of its happening. Must not call the host.</summary>
    void On(in HostEvent e);
}
