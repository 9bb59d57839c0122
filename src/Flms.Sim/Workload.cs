using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim;

/// <summary>Which of a vCPU's pieces of work runs first, as in a guest kernel.</summary>
public enum Urgency : byte
{
    /// <summary>In interrupt context: before every thread.</summary>
    Interrupt,

    /// <summary>A thread that sleeps and wakes: first come, first served.</summary>
    Thread,

    /// <summary>A thread that never sleeps: when nothing else wants to run.</summary>
    Background,
}

/// <summary>A source of work on one vCPU: asks for CPU time, and is told when it has had it.</summary>
/// <remarks>
/// <para>A workload has at most one piece of work outstanding and one alarm set. While any workload of a vCPU wants
/// to run, the vCPU is runnable; when none does, it blocks. The machine calls <see cref="Start"/> once, then
/// <see cref="AlarmFired"/> and <see cref="WorkDone"/>, never one inside another.</para>
/// <para>Work is measured in ns on a pCPU at full speed. It is lost neither by preemption nor by waiting.</para>
/// </remarks>
public abstract class Workload
{
    /// <summary>What work without an end is written as.</summary>
    internal const long Endless = long.MaxValue;

    internal Machine? Machine;
    internal int AlarmEntity;
    internal int Number;
    internal long Remaining;
    internal long RanNs;
    internal bool Queued;
    internal bool Started;
    internal Workload? NextJob;

    /// <summary>The vCPU that it is put on.</summary>
    public VcpuId Vcpu { get; internal set; }

    /// <summary>The workloads that were made from the same entry of the domain's list, itself among them, by vCPU.
    /// </summary>
    protected internal IReadOnlyList<Workload> Group { get; internal set; } = [];

    /// <summary>Which of the vCPU's pieces of work runs first. Default: a thread.</summary>
    public virtual Urgency Urgency => Urgency.Thread;

    /// <summary>What <see cref="Samples"/> measures, as in <c>ping.rtt</c>; null if nothing is measured.</summary>
    public virtual string? Measure => null;

    /// <summary>The lengths of time that it measured; null if it measures nothing.</summary>
    public virtual Histogram? Samples => null;

    /// <summary>What it counted, to be shown as rates; none by default. Read once, at the end of a run: the same
    /// measures in the same order whatever has happened.</summary>
    public virtual IReadOnlyList<Rate> Rates => [];

    /// <summary>Requests that were never answered because the guest could not keep up.</summary>
    public virtual long Lost => 0;

    /// <summary>Its connections to the remote host; none by default. Made when it is made, and the same ever
    /// after.</summary>
    protected internal virtual IReadOnlyList<Flow> Flows => [];

    /// <summary>How often it was caught spinning so far.</summary>
    /// <param name="ran">The time during which its work was running, up to now.</param>
    protected internal virtual long SpinExits(Duration ran) => 0;

    /// <summary>The time during which its work was running on a pCPU: what the guest's own accounting shows (stolen
    /// time left out).</summary>
    protected Duration Ran => new(RanNs);

    /// <summary>Its vCPU exists from now on.</summary>
    protected internal abstract void Start(Instant now);

    /// <summary>The alarm that it set has come.</summary>
    protected internal virtual void AlarmFired(Instant now) { }

    /// <summary>The work that it asked for is done.</summary>
    protected internal virtual void WorkDone(Instant now) { }

    /// <summary>The measuring begins now: forget what was measured in the warm-up, <see cref="Rates"/>
    /// too.</summary>
    protected internal virtual void ResetSamples() => Samples?.Reset();

    /// <summary>Sets the alarm, in place of the one that was set.</summary>
    protected void AlarmAt(Instant at) => Machine!.SetAlarm(this, at);

    /// <summary>Asks for CPU time on top of what is still outstanding.</summary>
    /// <param name="work">Above zero.</param>
    protected void Want(Duration work)
    {
        Check.That(work.Ns > 0);
        Machine!.AddWork(this, work.Ns);
    }

    /// <summary>Asks for CPU time without an end.</summary>
    protected void WantForever() => Machine!.AddWork(this, Endless);

    /// <summary>A device's event is delivered to the vCPU: told to the policy, and counted. Comes before the work that
    /// it brings.</summary>
    protected void DeviceEvent() => Machine!.Deliver(this);

    /// <summary>Gives up the rest of the work that is outstanding: it is done as soon as the guest runs and
    /// notices.</summary>
    protected void Enough() => Machine!.CutWork(this);
}

/// <summary>A workload as a scenario describes it: makes one <see cref="Workload"/> for each vCPU that it is put
/// on.</summary>
public abstract record WorkloadSetup
{
    /// <summary>The vCPU that it runs on; null for one copy on each vCPU of the domain.</summary>
    public virtual int? Vcpu { get; init; }

    /// <summary>How many workloads of it run on that vCPU of the domain: mostly one or none.</summary>
    public virtual int CopiesOn(int vcpu) => (Vcpu ?? vcpu) == vcpu ? 1 : 0;

    /// <summary>The highest vCPU that the settings name; 0 if they name none.</summary>
    public virtual int HighestVcpu => Vcpu ?? 0;

    /// <summary>The measure that holds its clients' round trips, as in <c>ping.rtt</c>; null, the default, if it has
    /// no clients.</summary>
    public virtual string? RoundTrip => null;

    /// <summary>Can it only work in a domain that has a network?</summary>
    public virtual bool NeedsNetwork => false;

    /// <summary>Can it only work in a domain that has a disk?</summary>
    public virtual bool NeedsDisk => false;

    /// <summary>What is wrong with the settings taken together, in one line; null if nothing is.</summary>
    public virtual string? Problem() => null;

    /// <summary>Makes the workload of one vCPU.</summary>
    /// <param name="random">Its own stream of random numbers.</param>
    public abstract Workload Create(RandomStream random);

    /// <summary>Makes one of the workloads of one vCPU, where it matters which.</summary>
    /// <param name="random">Its own stream of random numbers.</param>
    /// <param name="vcpu">The vCPU's number within the domain.</param>
    /// <param name="copy">From 0 up to but not including <see cref="CopiesOn"/>.</param>
    public virtual Workload Create(RandomStream random, int vcpu, int copy) => Create(random);
}
