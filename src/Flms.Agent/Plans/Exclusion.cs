namespace Flms.Agent.Plans;

/// <summary>Why a thread is left as it is, whatever FLMS would like (spec host-agent 4.2, rule 2).</summary>
public enum Exclusion : byte
{
    /// <summary>It is not excluded.</summary>
    None,

    /// <summary>The operator has said: ignore.</summary>
    Ignored,

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
}
