using Flms.Core;
using Flms.Sim.Guests;
using Flms.Sim.Network;

namespace Flms.Sim;

/// <summary>Which of a vCPU's pieces of work runs first, as in a guest kernel.</summary>
public enum Urgency : byte
{
    /// <summary>In interrupt context: before every thread.</summary>
    Interrupt,

    /// <summary>What an interrupt leaves to be done soon: after interrupts, before every thread.</summary>
    SoftInterrupt,

    /// <summary>A thread that sleeps and wakes: first come, first served.</summary>
    Thread,

    /// <summary>A thread that never sleeps: when nothing else wants to run. In a guest with a kernel
    /// (<see cref="DomainSetup.Guest"/>) it is a thread like any other.</summary>
    Background,
}

/// <summary>A source of work on one vCPU: asks for CPU time, and is told when it has had it.</summary>
/// <remarks>
/// <para>A workload has at most one piece of work outstanding and one alarm set. While any workload of a vCPU wants
/// to run, the vCPU is runnable; when none does, it blocks. The machine calls <see cref="Start"/> once, then
/// <see cref="AlarmFired"/> and <see cref="WorkDone"/>, never one inside another.</para>
/// <para>Work is measured in ns on a pCPU at full speed. It is lost neither by preemption nor by waiting.</para>
/// <para>In a domain with a guest kernel (<see cref="DomainSetup.Guest"/>) a workload that is not an interrupt is a
/// thread: the kernel decides when and on which of the domain's vCPUs it runs.</para>
/// </remarks>
public abstract class Workload
{
    /// <summary>What work without an end is written as.</summary>
    internal const long Endless = long.MaxValue;

    internal Machine? Machine;
    internal int AlarmEntity;
    internal int Number;
    internal int Copy;              // which of those of its entry on its vCPU
    internal long Remaining;
    internal long RanNs;
    internal bool Queued;
    internal bool Started;
    internal Workload? NextJob;
    internal GuestThread? Thread;   // what the guest's kernel knows of it; null for interrupts and without a kernel
    internal GuestCpu? RousedBy;    // the vCPU that set its alarm to wake it at that instant
    internal bool Roused;           // its alarm stands for a wake-up

    /// <summary>The vCPU that it is put on; of a guest kernel's thread, where it runs or last ran.</summary>
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

    /// <summary>Its domain's disk; null if it has none.</summary>
    protected Devices.GuestDisk? Disk => Machine!.DiskOf(Machine[Vcpu].Domain.Index);

    /// <summary>How often it was caught spinning so far.</summary>
    /// <param name="ran">The time during which its work was running, up to now.</param>
    protected internal virtual long SpinExits(Duration ran) => 0;

    /// <summary>The time during which its work was running on a pCPU: what the guest's own accounting shows (stolen
    /// time left out).</summary>
    protected Duration Ran => new(Thread == null ? RanNs : RanNs + Machine!.AheadOf(Thread));

    /// <summary>Its vCPU exists from now on.</summary>
    protected internal abstract void Start(Instant now);

    /// <summary>The alarm that it set has come.</summary>
    protected internal virtual void AlarmFired(Instant now) { }

    /// <summary>The work that it asked for is done.</summary>
    protected internal virtual void WorkDone(Instant now) { }

    /// <summary>Another workload of its domain woke it (<see cref="Wake"/>): here it asks for work.</summary>
    /// <remarks>No alarm is set any more. Wake-ups of one instant are told once.</remarks>
    protected internal virtual void Woken(Instant now) { }

    /// <summary>It has the lock that it had to spin for.</summary>
    protected internal virtual void Locked(Instant now) { }

    /// <summary>The measuring begins now: forget what was measured in the warm-up, <see cref="Rates"/>
    /// too.</summary>
    protected internal virtual void ResetSamples() => Samples?.Reset();

    /// <summary>Sets the alarm, in place of the one that was set.</summary>
    protected void AlarmAt(Instant at) => Machine!.SetAlarm(this, at);

    /// <summary>Wakes another workload of the same domain: its <see cref="Woken"/> is told at this instant, after all
    /// that is done now (law H3). An alarm that it had set is dropped.</summary>
    /// <remarks>In a guest with a kernel the vCPU on which this is called from <see cref="WorkDone"/> or
    /// <see cref="Locked"/> finds a thread its place, and sends the interrupt that this takes.</remarks>
    protected void Wake(Workload other) => Machine!.Rouse(other);

    /// <summary>Has its domain a guest kernel?</summary>
    protected bool HasKernel => Machine!.KernelOf(Vcpu) != null;

    /// <summary>How many vCPUs its domain has.</summary>
    protected int DomainVcpus => Machine![Vcpu].Siblings;

    /// <summary>Changes on which of its domain's vCPUs it may run. Only a guest kernel's thread can.</summary>
    /// <param name="vcpus">Numbers within the domain; not empty. Not to be changed afterwards.</param>
    protected void SetAffinity(CpuMask vcpus)
    {
        Check.That(Thread != null && !vcpus.IsEmpty && vcpus.Size == DomainVcpus);
        Machine!.SetThreadAffinity(Thread!, vcpus);
    }

    /// <summary>Takes a spinlock, or begins to spin for it. Only a guest kernel's thread can, from its own
    /// <see cref="WorkDone"/> or <see cref="Locked"/>, with no work outstanding.</summary>
    /// <returns>Whether it has it. If not, it burns CPU until <see cref="Locked"/> is told.</returns>
    /// <remarks>While it has or wants a lock its guest does not take it off its vCPU, but the hypervisor may. It must
    /// not run out of work while it has one: a thread cannot sleep with a spinlock.</remarks>
    protected bool Lock(GuestLock spinlock)
    {
        Check.That(Thread != null);
        return Thread!.Cpu.Kernel.Lock(Thread, spinlock);
    }

    /// <summary>Gives up a spinlock that it has, from its own <see cref="WorkDone"/> or <see cref="Locked"/>.</summary>
    protected void Unlock(GuestLock spinlock)
    {
        Check.That(Thread != null);
        Thread!.Cpu.Kernel.Unlock(Thread, spinlock);
    }

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

    /// <summary>How many threads it makes, dealt over the vCPUs in turn (all on <see cref="Vcpu"/>, if that is given);
    /// null, the default, for one on each of them.</summary>
    public virtual int? Threads { get; init; }

    /// <summary>Where its threads may run, by the numbers of the domain's vCPUs; null, the default, for anywhere. Only
    /// in a domain with a guest kernel.</summary>
    public CpuMask? Affinity { get; init; }

    /// <summary>Was it started by a user, so that the process monitor of a mixed domain may move it? Default:
    /// no.</summary>
    public bool User { get; init; }

    /// <summary>Can it run in a domain with a guest kernel only? Default: no.</summary>
    public virtual bool NeedsKernel => false;

    /// <summary>How many workloads of it run on that vCPU of the domain: mostly one or none.</summary>
    public virtual int CopiesOn(int vcpu) => (Vcpu ?? vcpu) == vcpu ? 1 : 0;

    /// <summary>How many workloads of it begin on that vCPU of a domain with so many.</summary>
    /// <remarks>Made of <see cref="Threads"/>, or of <see cref="CopiesOn(int)"/> if that is null.</remarks>
    public int CopiesOn(int vcpu, int vcpus) =>
        Threads is not { } threads ? CopiesOn(vcpu)
        : Vcpu is { } one ? (one == vcpu ? threads : 0)
        : threads / vcpus + (vcpu < threads % vcpus ? 1 : 0);

    /// <summary>Does a guest kernel leave this one on its vCPU? Default: if <see cref="Vcpu"/> is given.</summary>
    /// <param name="vcpu">The vCPU that it is made for.</param>
    /// <param name="copy">Which of those on that vCPU.</param>
    public virtual bool Pins(int vcpu, int copy) => Vcpu != null;

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
    /// <param name="copy">From 0 up to but not including <see cref="CopiesOn(int, int)"/>.</param>
    public virtual Workload Create(RandomStream random, int vcpu, int copy) => Create(random);
}
