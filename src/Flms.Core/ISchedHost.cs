namespace Flms.Core;

/// <summary>What kind of work a domain does (FLMS paper, section 2: LSVM, NLSVM, MixVM).</summary>
public enum DomainKind : byte
{
    /// <summary>Nobody has said. FLMS treats it as compute (spec A21).</summary>
    Unmarked,

    /// <summary>Latency-sensitive (LSVM): uses little CPU, must run soon.</summary>
    Latency,

    /// <summary>Compute (NLSVM): burns CPU, may wait.</summary>
    Compute,

    /// <summary>Both (MixVM): some vCPUs are reserved for latency-sensitive work.</summary>
    Mixed,

    /// <summary>Serves the others, as Xen's dom0 does: FLMS lets it run anywhere and does not count it (spec
    /// A21).</summary>
    Service,
}

/// <summary>What the host knows of a vCPU. Read-only for policies.</summary>
public struct VcpuInfo
{
    /// <summary>The domain it belongs to.</summary>
    public DomainId Domain;

    /// <summary>Its number within the domain, from 0.</summary>
    public int Number;

    /// <summary>How many vCPUs the domain has.</summary>
    public int Siblings;

    /// <summary>Hard affinity: where it may run. Never empty.</summary>
    public CpuMask Affinity;

    /// <summary>Soft affinity: where it would rather run (Xen 4.4: its domain's node affinity); null for no
    /// wish.</summary>
    public CpuMask? SoftAffinity;

    /// <summary>The domain's relative share, 1 to 65,535. Default 256.</summary>
    public int Weight;

    /// <summary>Most CPU the domain may use, in percent of one pCPU; 0 for no cap.</summary>
    public int Cap;

    /// <summary>What kind of work the domain does.</summary>
    public DomainKind Kind;

    /// <summary>Is it runnable or running (not blocked, not paused)?</summary>
    public bool Runnable;

    /// <summary>Does it exist: added, and not removed?</summary>
    public bool Present;
}

/// <summary>What a policy tells those who watch.</summary>
public enum Note : byte
{
    /// <summary>A vCPU is kept off the queues although it is runnable (its cap is used up).</summary>
    Park,

    /// <summary>A parked vCPU may be queued again.</summary>
    Unpark,

    /// <summary>A vCPU was given priority because it woke.</summary>
    Boost,

    /// <summary>An idle pCPU takes the vCPU from another's queue; the value is the pCPU it was taken from.</summary>
    Steal,

    /// <summary>A pCPU looked for work elsewhere; the value is 1 if it found some, else 0.</summary>
    Balance,

    /// <summary>The short-slice group has changed; the value is its new number of pCPUs.</summary>
    Regroup,

    /// <summary>A pCPU joined the short-slice group (value 1) or the long-slice group (value 0).</summary>
    Group,

    /// <summary>A vCPU's credit after an accounting; the value is in the policy's own unit.</summary>
    Credit,

    /// <summary>A queued or running vCPU is moved by the policy's own choice; the value is its new pCPU.</summary>
    Place,

    /// <summary>A running vCPU gives way before its slice has ended; the value is the waker's index, or -1.</summary>
    Preempt,
}

/// <summary>All that a policy can see of, and do to, the machine it schedules.</summary>
public interface ISchedHost
{
    /// <summary>The machine's shape.</summary>
    Topology Topology { get; }

    /// <summary>The pCPUs that this policy schedules: mostly all, fewer if it has one pool of several. Not to be
    /// changed by the policy; law H6 says when it changes.</summary>
    CpuMask Pcpus => Topology.All;

    /// <summary>The most vCPUs there will ever be: ids are below it. For sizing arrays at construction.</summary>
    int VcpuCapacity { get; }

    /// <summary>The most domains there will ever be: ids are below it.</summary>
    int DomainCapacity { get; }

    /// <summary>Is anybody watching? Ask before computing what only <see cref="Trace"/> needs.</summary>
    bool Watched { get; }

    /// <summary>What the host knows of a vCPU: domain, affinity, weight, cap, kind, runnable.</summary>
    ref readonly VcpuInfo this[VcpuId v] { get; }

    /// <summary>What was counted of a vCPU, up to now (law H5).</summary>
    /// <remarks>Reading brings them up to date, so read them when you need them, not at every event. The reference
    /// holds until the next reading.</remarks>
    ref readonly VcpuCounters Counters(VcpuId v);

    /// <summary>A domain's parameters for one policy, which finds them by their type; null if the user gave none.
    /// </summary>
    T? ParametersOf<T>(DomainId d) where T : class;

    /// <summary>Ask <paramref name="p"/> to call Schedule soon (Xen: tickle). Kicks coalesce; a policy may kick
    /// freely.</summary>
    void Kick(PcpuId p);

    /// <summary>Set timer number <paramref name="timer"/>, replacing its earlier setting; <see cref="Instant.Never"/>
    /// disarms it.</summary>
    void Arm(int timer, Instant at);

    /// <summary>Who runs on <paramref name="p"/>; None if it idles.</summary>
    VcpuId Running(PcpuId p);

    /// <summary>Tell those who watch. Costs one branch when nobody does.</summary>
    void Trace(Note note, VcpuId v, PcpuId p, long value = 0);
}
