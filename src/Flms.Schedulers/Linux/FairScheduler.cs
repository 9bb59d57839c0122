using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Linux;

/// <summary>How a vCPU comes to a pCPU's queue.</summary>
public enum Arrival : byte
{
    /// <summary>It wakes for the first time.</summary>
    New,

    /// <summary>It wakes.</summary>
    Wake,

    /// <summary>It is moved while it waits, or its weight has changed.</summary>
    Move,
}

/// <summary>What Linux's fair class does alike under CFS and EEVDF: queues by pCPU, wake placement, load balancing,
/// ticks, groups. Who runs next is the policy's.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> Each pCPU has its own queue. A vCPU that wakes is placed
/// (<see cref="WakePlacement"/>), queued, and asked about: does it preempt? A busy pCPU ticks; the tick may end the run
/// and, at longer intervals, evens out load with other pCPUs. A pCPU that runs dry looks for work at once, if its idle
/// times are long enough to be worth it.</para>
/// <para><i>For those who derive.</i> The base keeps who is runnable where, the loads and the groups
/// (<see cref="Groups"/>); the derived class keeps the order. <see cref="Charge"/> is called before anything changes on
/// a pCPU. On <see cref="Enqueue"/> the vCPU is already counted in its group; on <see cref="Dequeue"/> and
/// <see cref="Put"/> it still is. Timers 0 to the number of pCPUs less one are the ticks.</para>
/// <para><i>Not modelled.</i> Bandwidth limits (caps), throttling of real-time tasks, capacity that differs between
/// pCPUs, NUMA balancing of memory, soft affinities.</para>
/// </remarks>
public abstract partial class FairScheduler : Scheduler
{
    private enum State : byte { Off, Waiting, Running }

    private struct Vcpu
    {
        public PcpuId Pcpu;       // where it is, or was when it blocked
        public PcpuId Recent;     // where it was before that
        public DomainId Domain;
        public int Weight;        // the domain's, as last seen
        public State State;
        public bool Started;      // has woken before
        public Instant Stopped;   // when it last ran
        public DecayedAverage Average;
    }

    private struct Pcpu
    {
        public VcpuId Current;
        public bool Ticking;
        public PcpuId PushTo;     // active balance: whoever runs here goes there at the next occasion
        public Instant IdleSince;
        public Duration IdleTimes; // on average
        public int Homes;         // vCPUs that were put here when they were added
    }

    private readonly Vcpu[] _vcpus;
    private readonly Pcpu[] _pcpus;
    private readonly RunQueues _waiting;
    private readonly WakePlacement _placement;
    private readonly FairOptions _options;
    private PcpuId _asking = PcpuId.None;

    /// <summary>Makes the queues of a machine.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings that both policies have.</param>
    protected FairScheduler(ISchedHost host, FairOptions options) : base(host)
    {
        _options = options;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _pcpus = new Pcpu[host.Topology.Count];
        _waiting = new(_vcpus.Length, _pcpus.Length);
        Groups = new(_vcpus.Length, host.DomainCapacity, _pcpus.Length, options.Grouping);
        Domains = new(host.Topology);
        Figures = new(Domains, _pcpus.Length);
        _placement = new(Domains, Figures, options);
        for (var p = 0; p < _pcpus.Length; p++)
            _pcpus[p] = new() { Current = VcpuId.None, PushTo = PcpuId.None, IdleTimes = options.MigrationCost * 2 };
        (_lastPass, _failures) = PassState();
    }

    /// <summary>Who competes with whom, and with what weight.</summary>
    protected FairGroups Groups { get; }

    /// <summary>The machine's scheduling domains.</summary>
    protected SchedDomains Domains { get; }

    /// <summary>How loaded each pCPU is.</summary>
    protected RunqueueFigures Figures { get; }

    /// <inheritdoc />
    public override int Timers => _pcpus.Length;

    /// <summary>Who runs on a pCPU; None if it idles or is just being asked.</summary>
    protected VcpuId Current(PcpuId p) => _pcpus[p.Index].Current;

    /// <summary>Where a vCPU is, or was when it blocked.</summary>
    protected PcpuId PcpuOf(VcpuId v) => _vcpus[v.Index].Pcpu;

    /// <summary>The domain of a vCPU.</summary>
    protected DomainId DomainOf(VcpuId v) => _vcpus[v.Index].Domain;

    /// <summary>Whoever runs on the pCPU pays for its time up to now; nothing if nobody does.</summary>
    protected abstract void Charge(PcpuId p, Instant now);

    /// <summary>A vCPU that does not run joins a pCPU's queue.</summary>
    /// <param name="v">Who.</param>
    /// <param name="p">Where.</param>
    /// <param name="from">Where it was before; the same if it stays.</param>
    /// <param name="why">How it comes.</param>
    /// <param name="now">The time.</param>
    protected abstract void Enqueue(VcpuId v, PcpuId p, PcpuId from, Arrival why, Instant now);

    /// <summary>A waiting vCPU leaves a pCPU's queue.</summary>
    protected abstract void Dequeue(VcpuId v, PcpuId p, Instant now);

    /// <summary>The vCPU that ran stops, and is queued again unless it blocked. It was charged.</summary>
    protected abstract void Put(VcpuId v, PcpuId p, Left left, Instant now);

    /// <summary>Chooses among the waiting vCPUs of a pCPU, at least one, and takes the chosen one off its queue.
    /// </summary>
    protected abstract Decision Next(PcpuId p, Instant now);

    /// <summary>Does a vCPU that has just been queued preempt the one that runs there?</summary>
    protected abstract bool Preempts(VcpuId v, PcpuId p, Instant now);

    /// <summary>A busy pCPU ticks; whoever runs was charged. Does its run end?</summary>
    protected abstract bool TickEnds(PcpuId p, Instant now);

    /// <summary>A vCPU's weight has changed while it runs. Default: nothing; weights are read when they are needed.
    /// </summary>
    protected virtual void Reweighed(VcpuId v, PcpuId p, Instant now) { }

    /// <summary>There is room for more entities and queues now (<see cref="FairGroups.Open"/>).</summary>
    protected abstract void Grow(int entities, int queues);

    /// <summary>A vCPU wakes that the policy has kept on its queue while it slept: does it stay where it is? Default:
    /// no. If so the policy has made it an ordinary member of the queue.</summary>
    protected virtual bool WakesInPlace(VcpuId v, Instant now) => false;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        var home = PcpuId.None;
        for (var p = info.Affinity.First(); !p.IsNone; p = info.Affinity.After(p))
            if (home.IsNone || _pcpus[p.Index].Homes < _pcpus[home.Index].Homes) home = p;
        _pcpus[home.Index].Homes++;
        _vcpus[v.Index] = new()
        {
            Pcpu = home,
            Recent = PcpuId.None,
            Domain = info.Domain,
            Weight = info.Weight,
        };
        Groups.SetWeight(v, info.Domain, info.Weight);
        Open(info.Domain, home);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) => _vcpus[v.Index].State = State.Off;

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        var allowed = Host[v].Affinity;
        if (allowed.Contains(s.Pcpu) && WakesInPlace(v, now))
        {
            Count(v, ref s, s.Pcpu, now);
            Announce(v, s.Pcpu, now);
            return;
        }
        var from = s.Pcpu;
        var previous = allowed.Contains(from) ? from : Fallback(from, allowed);
        s.Average.Update(0, now);
        var waker = _placement.WakerOf(v, previous, _pcpus.Length);
        // What it weighs is asked only of a waker elsewhere.
        var load = waker == previous ? 0 : Groups.InQueue(s.Average.Value, s.Domain, from);
        var p = _placement.Choose(previous, waker, s.Recent, allowed, load, now);
        var why = s.Started ? Arrival.Wake : Arrival.New;
        s.Started = true;
        if (p != from) Carry(v, ref s, from, p, now);
        Arrive(v, ref s, p, from, why, now);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        Charge(s.Pcpu, now);
        Depart(v, ref s, now);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        _asking = p;
        if (!last.IsNone) Stop(p, ref pcpu, last, left, now);
        var dry = Figures.Count(p) == 0;
        if (dry)
        {
            if (!last.IsNone) pcpu.IdleSince = now;
            dry = !PullWhenDry(p, ref pcpu, now);
        }
        _asking = PcpuId.None;
        if (dry) return Decision.Idle;
        var decision = Next(p, now);
        var v = decision.Next;
        _waiting.Remove(v);
        ref var s = ref _vcpus[v.Index];
        s.State = State.Running;
        pcpu.Current = v;
        if (!pcpu.Ticking)
        {
            pcpu.Ticking = true;
            Host.Arm(p.Index, new((now.Ns / _options.Tick.Ns + 1) * _options.Tick.Ns));
        }
        return decision;
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        var p = new PcpuId(timer);
        ref var pcpu = ref _pcpus[timer];
        if (Figures.Count(p) == 0)
        {
            pcpu.Ticking = false;
            return;
        }
        Host.Arm(timer, now + _options.Tick);
        if (pcpu.Current.IsNone) return;
        Charge(p, now);
        Groups.Reweigh(_vcpus[pcpu.Current.Index].Domain, p, now);
        Figures.SetLoad(p, Groups.LoadOf(p.Index), now);
        if (TickEnds(p, now)) Host.Kick(p);
        BalanceAtTick(p, now);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        ref readonly var info = ref Host[v];
        if (info.Weight != s.Weight) Reweigh(v, ref s, info.Weight, now);
        if (s.State == State.Waiting && !info.Affinity.Contains(s.Pcpu))
            Move(v, ref s, Fallback(s.Pcpu, info.Affinity), now);
    }

    // Where a vCPU goes that may not stay: an idle pCPU if there is one, else the next, its own node first.
    private PcpuId Fallback(PcpuId from, CpuMask allowed)
    {
        var idle = allowed.CycleBoth(from, Figures.Idle);
        if (!idle.IsNone) return idle;
        var near = allowed.CycleBoth(from, Host.Topology.NodeMask(from));
        return near.IsNone ? allowed.Cycle(from) : near;
    }

    private void Reweigh(VcpuId v, ref Vcpu s, int weight, Instant now)
    {
        s.Weight = weight;
        if (s.State == State.Off)
        {
            Groups.SetWeight(v, s.Domain, weight);
            return;
        }
        Charge(s.Pcpu, now);
        if (s.State == State.Waiting) Dequeue(v, s.Pcpu, now);
        Groups.Leave(v, s.Domain, s.Pcpu, now);
        Groups.SetWeight(v, s.Domain, weight);
        Groups.Join(v, s.Domain, s.Pcpu, now);
        Figures.SetLoad(s.Pcpu, Groups.LoadOf(s.Pcpu.Index), now);
        if (s.State == State.Waiting) Enqueue(v, s.Pcpu, s.Pcpu, Arrival.Move, now);
        else Reweighed(v, s.Pcpu, now);
    }

    private void Stop(PcpuId p, ref Pcpu pcpu, VcpuId last, Left left, Instant now)
    {
        ref var s = ref _vcpus[last.Index];
        Charge(p, now);
        pcpu.Current = VcpuId.None;
        var pushTo = pcpu.PushTo;
        pcpu.PushTo = PcpuId.None;
        s.Stopped = now;
        Put(last, p, left, now);
        if (left == Left.Blocked)
        {
            s.State = State.Off;
            Discount(last, ref s, now);
            return;
        }
        s.State = State.Waiting;
        _waiting.Append(p.Index, last);
        var allowed = Host[last].Affinity;
        if (!allowed.Contains(p)) Move(last, ref s, Fallback(p, allowed), now);
        else if (!pushTo.IsNone && allowed.Contains(pushTo)) Move(last, ref s, pushTo, now);
    }

    // From queue to queue, at once.
    private void Move(VcpuId v, ref Vcpu s, PcpuId to, Instant now)
    {
        var from = s.Pcpu;
        Charge(from, now);
        Depart(v, ref s, now);
        Carry(v, ref s, from, to, now);
        if (Figures.Count(to) == 0) Host.Trace(Note.Steal, v, to, from.Index);
        else Host.Trace(Note.Place, v, from, to.Index);
        Arrive(v, ref s, to, from, Arrival.Move, now);
    }

    private void Carry(VcpuId v, ref Vcpu s, PcpuId from, PcpuId to, Instant now)
    {
        Open(s.Domain, to);
        s.Recent = from;
        Figures.MoveAverage(from, to, Groups.InQueue(s.Average.Fine, s.Domain, from), now);
        Groups.Carry(s.Domain, from, to, s.Average.Fine, now);
    }

    private void Open(DomainId d, PcpuId p)
    {
        if (Groups.Open(d, p)) Grow(Groups.Entities, Groups.Queues);
    }

    private void Depart(VcpuId v, ref Vcpu s, Instant now)
    {
        Dequeue(v, s.Pcpu, now);
        _waiting.Remove(v);
        s.State = State.Off;
        Discount(v, ref s, now);
    }

    private void Discount(VcpuId v, ref Vcpu s, Instant now)
    {
        s.Average.Update(Groups.WeightOf(v.Index), now);
        Groups.Leave(v, s.Domain, s.Pcpu, now);
        Figures.Remove(s.Pcpu, now);
        Figures.SetLoad(s.Pcpu, Groups.LoadOf(s.Pcpu.Index), now);
    }

    private void Arrive(VcpuId v, ref Vcpu s, PcpuId p, PcpuId from, Arrival why, Instant now)
    {
        Charge(p, now);
        s.Pcpu = p;
        Count(v, ref s, p, now);
        Enqueue(v, p, from, why, now);
        Announce(v, p, now);
    }

    private void Count(VcpuId v, ref Vcpu s, PcpuId p, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        if (Figures.Count(p) == 0 && p != _asking)
        {
            // The average idle time, a new one counting for an eighth; more than two gates make no difference.
            pcpu.IdleTimes += ((now - pcpu.IdleSince) - pcpu.IdleTimes) / 8;
            pcpu.IdleTimes = Duration.Min(pcpu.IdleTimes, _options.MigrationCost * 2);
        }
        s.State = State.Waiting;
        s.Average.Update(0, now);
        _waiting.Append(p.Index, v);
        Groups.Join(v, s.Domain, p, now);
        Figures.Add(p, now);
        Figures.SetLoad(p, Groups.LoadOf(p.Index), now);
    }

    // Tells the pCPU, if it idles or the newcomer preempts.
    private void Announce(VcpuId v, PcpuId p, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        if (pcpu.Current.IsNone)
        {
            // A pCPU that is being asked finds the newcomer by itself.
            if (p != _asking) Host.Kick(p);
        }
        else if (Preempts(v, p, now))
        {
            Host.Trace(Note.Preempt, pcpu.Current, p, v.Index);
            Host.Kick(p);
        }
    }
}
