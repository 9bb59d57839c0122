namespace Flms.Agent.Plans;

/// <summary>Why a thread is left as it is, whatever FLMS would like (spec host-agent 4.2, rule 2).</summary>
public enum Exclusion : byte
{
    /// <summary>It is not excluded.</summary>
    None,

    /// <summary>The operator has said: ignore.</summary>
    Ignored,

    /// <summary>The operator has paused it, or all VMs.</summary>
    Paused,

    /// <summary>Its control group belongs to somebody who places its threads: <c>kubepods</c>, <c>docker</c>,
    /// <c>lxc</c>.</summary>
    Container,

    /// <summary>It is a real-time or deadline thread.</summary>
    RealTime,

    /// <summary>Somebody has bound it: it may use fewer pCPUs than its cpuset has, and not by us.</summary>
    Bound,

    /// <summary>Its cpuset has no pCPU of the pool.</summary>
    OutsidePool,

    /// <summary>Somebody has changed what we had set: they have taken it over.</summary>
    TakenOver,

    /// <summary>How it is scheduled cannot be read.</summary>
    Unreadable,

    /// <summary>Its VM's operator has pinned threads of it by libvirt (<c>vcpupin</c> and the like).</summary>
    Pinned,

    /// <summary>Its VM's operator has given it pCPUs by libvirt (<c>vcpu cpuset</c>).</summary>
    Cpuset,

    /// <summary>Its VM's memory is bound to NUMA nodes by libvirt (<c>numatune</c>).</summary>
    Numatune,

    /// <summary>libvirt runs its VM and has not told yet what its operator says of it.</summary>
    NotTold,
}
