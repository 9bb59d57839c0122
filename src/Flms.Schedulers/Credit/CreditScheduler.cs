using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Credit;

/// <summary>Xen's Credit scheduler as of 4.4.2, quirk by quirk; later versions by options.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/xen.md section 1). Every vCPU is dealt credit each 30 ms by its domain's
/// weight and burns it while it runs: UNDER with credit in hand, OVER in debt. Each pCPU has one queue ordered by
/// standing, first come first served among equals. A vCPU that wakes while UNDER is boosted above both until a tick
/// finds it running. A pCPU about to run an OVER vCPU or to idle first looks for better work on the others.</para>
/// <para><i>Fidelity.</i> Accountings, burns, placements and dispatches equal those of the genuine code (golden data).
/// Each oddity that later versions mended is an option, Q1 to Q12, so that its effect can be measured.</para>
/// <para><i>A family.</i> Policies that change one thing of Credit derive from it: what they may change, and what they
/// may see, stands in CreditScheduler.Family.cs. Nothing there is overridden here.</para>
/// <para><i>Not modelled.</i> Locks: a search for work never skips a queue because another pCPU holds it.</para>
/// </remarks>
public partial class CreditScheduler : Scheduler
{
    private struct Vcpu
    {
        public PcpuId Processor;    // the pCPU whose queue it belongs to
        public PcpuId Home;         // where it belonged when it left this pool
        public Instant Dispatched;  // when it was switched in
        public Instant Stopped;     // when it last stopped running
        public bool Yielded;
        public bool Migrating;      // leaves its pCPU at the next occasion
    }

    private struct Pcpu
    {
        public VcpuId Current;
        public PcpuId LastTickled;
        public Instant NextSteal;
        public int SortedEpoch;
        public bool Ticking;
    }

    // Timers that fire at one instant do so in this order. That the accounting comes before the ticks can be seen in
    // the genuine code's traces: a runner is dealt its credit before it is charged for the last 10 ms.
    private const int AccountTimer = 0;
    private const int TsliceTimer = 1;
    private const int FirstTick = 2;

    private readonly CreditOptions _options;
    private readonly Vcpu[] _vcpus;
    private readonly Pcpu[] _pcpus;
    private readonly RunQueues _queues;
    private readonly CreditLedger _ledger;
    private readonly IdlePlacement _placement;
    private readonly CpuMask _idlers;
    private readonly CpuMask _waiting;      // pCPUs with somebody on their queue
    private readonly CpuMask _step;
    private readonly PcpuId[] _lastRobbed;  // of each node, by anybody
    private readonly int[] _population;     // vCPUs that belong to each pCPU, for the first placement
    private Duration _tslice;
    private Duration _tick;
    private bool _softAffinities;
    private bool _accounting;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public CreditScheduler(ISchedHost host, CreditOptions options) : base(host)
    {
        _options = options;
        var pcpus = host.Topology.Count;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _pcpus = new Pcpu[pcpus];
        for (var p = 0; p < pcpus; p++)
            _pcpus[p] = new() { Current = VcpuId.None, LastTickled = new(p) };
        _queues = new(host.VcpuCapacity, pcpus);
        _ledger = new(host.VcpuCapacity, host.DomainCapacity, this) { UnparkBeforeClearing = !options.BoostOnUnpark };
        _placement = new(host.Topology);
        _idlers = CpuMask.Copy(host.Pcpus);
        _waiting = new(pcpus);
        _step = new(pcpus);
        _population = new int[pcpus];
        _lastRobbed = new PcpuId[host.Topology.Nodes];
        Array.Fill(_lastRobbed, new(pcpus - 1));
        SetTslice(options.Tslice);
        _ledger.PoolCredit = host.Pcpus.Count * _ledger.SliceCredit;
        Array.Fill(_vcpus, new() { Processor = PcpuId.None, Home = PcpuId.None });
    }

    /// <inheritdoc />
    public override int Timers => FirstTick + _pcpus.Length;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        _ledger.Add(v, info);
        _softAffinities |= info.SoftAffinity != null;
        var home = _vcpus[v.Index].Home;
        // In a pool of several the vCPU before it may be elsewhere, and it may have been here before.
        var p = !home.IsNone && info.Affinity.Contains(home) ? home
            : info.Number == 0 || _vcpus[v.Index - 1].Processor.IsNone
            ? FirstPlacement.LeastPopulated(Host.Topology, info.Affinity, _population)
            : info.Affinity.Cycle(_vcpus[v.Index - 1].Processor);
        _population[p.Index]++;
        _vcpus[v.Index] = new() { Processor = p, Home = PcpuId.None };
        if (_accounting) return;
        _accounting = true;
        Host.Arm(AccountTimer, now + _tslice);
        if (_options.NewTslice > Duration.Zero) Host.Arm(TsliceTimer, now + _options.NewTsliceAt);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        _ledger.Remove(v);
        ref var s = ref _vcpus[v.Index];
        _population[s.Processor.Index]--;
        (s.Home, s.Processor) = (s.Processor, PcpuId.None);
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        if (!_ledger.IsParked(v)) WakeHere(v, _options.Boost == BoostRule.EveryWake, now);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        if (_queues.Contains(v)) Dequeue(v);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        var runnable = left is Left.Runnable or Left.Yielded;
        if (!last.IsNone)
        {
            ref var s = ref _vcpus[last.Index];
            Charge(last, now);
            if (left == Left.Yielded) s.Yielded = true;
            runnable &= !s.Migrating && !_ledger.IsParked(last);
            if (runnable && IsShielded(last, now - s.Dispatched, left))
            {
                _ledger.Begin(last, now);
                return new(last, ShieldedFor(now - s.Dispatched));
            }
            RunEnded(p, last, left, now);
            if (runnable) Enqueue(p, last);
            if (!_options.StealSkipsYielded) s.Yielded = false;
        }
        var next = Pick(p, now);
        if (_ledger.PriOf(next) <= Pri.Over)
        {
            var stolen = Steal(p, _ledger.PriOf(next), now);
            if (!stolen.IsNone) next = stolen;
        }
        if (!next.IsNone)
        {
            if (_queues.Contains(next)) Dequeue(next);
            _ledger.Begin(next, now);
            _vcpus[next.Index].Yielded = false;
            if (next != last) _vcpus[next.Index].Dispatched = now;
        }
        if (!last.IsNone && next != last) _vcpus[last.Index].Stopped = now;
        SetCurrent(p, ref pcpu, next, now);
        if (!last.IsNone && next != last && _vcpus[last.Index].Migrating)
            FinishMigration(last, left != Left.Blocked, now);
        return next.IsNone ? Decision.Idle : new(next, SliceOf(p, next, now));
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        if (timer >= FirstTick) Tick(new(timer - FirstTick), now);
        else if (timer == AccountTimer) Account(now);
        else if (timer == TsliceTimer) SetTslice(_options.NewTslice);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        _ledger.Adjust(info);
        ref var s = ref _vcpus[v.Index];
        if (info.Affinity.Contains(s.Processor)) return;
        if (_pcpus[s.Processor.Index].Current == v)
        {
            s.Migrating = true;
            Host.Kick(s.Processor);
            return;
        }
        var queued = _queues.Contains(v);
        if (queued) Dequeue(v);
        FinishMigration(v, queued, now);
    }

    private Duration ShieldedFor(Duration ran) =>
        _options.RatelimitMode == RatelimitMode.Full ? _options.Ratelimit : _options.Ratelimit - ran;

    private void Charge(VcpuId v, Instant now)
    {
        var burned = _ledger.End(v, now);
        if (_options.Activate == ActivateRule.Charge && burned > 0) _ledger.Activate(v);
    }

    private void SetCurrent(PcpuId p, ref Pcpu pcpu, VcpuId next, Instant now)
    {
        pcpu.Current = next;
        _idlers.Set(p, next.IsNone);
        if (next.IsNone == !pcpu.Ticking) return;
        // Ticks stop while a pCPU idles and go on at the next multiple of the tick in host time (1.3).
        pcpu.Ticking = !next.IsNone;
        Host.Arm(FirstTick + p.Index, pcpu.Ticking ? new(now.Ns - now.Ns % _tick.Ns + _tick.Ns) : Instant.Never);
    }

    // 1.9: boost if the rule says so, queue where it belongs, and look whom that concerns.
    private void WakeHere(VcpuId v, bool boost, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (IsBoosted(v, boost, now))
        {
            _ledger.SetPri(v, Pri.Boost);
            Host.Trace(Note.Boost, v, s.Processor);
        }
        var p = QueueFor(v, s.Processor);
        if (p != s.Processor)
        {
            Host.Trace(Note.Place, v, s.Processor, p.Index);
            MoveTo(ref s, p);
        }
        Enqueue(p, v);
        Tickle(p, v);
    }

    private void Tickle(PcpuId p, VcpuId waker)
    {
        ref var pcpu = ref _pcpus[p.Index];
        var current = pcpu.Current;
        var outranks = (_options.Tickle || current.IsNone) && Outranks(waker, current);
        // An idle pCPU that was kicked for somebody else already will not look for this one.
        var idle = current.IsNone && (!_options.TickledCountsAsBusy || _idlers.Contains(p));
        if (idle || (_idlers.IsEmpty && outranks))
        {
            KickFor(p, waker);
            return;
        }
        if (_idlers.IsEmpty) return;
        ref readonly var info = ref Host[waker];
        if (IdlePlacement.Useful(info.SoftAffinity, info.Affinity))
        {
            _step.CopyFrom(info.SoftAffinity!);
            _step.IntersectWith(info.Affinity);
            if (TickleOneOf(_step, ref pcpu, waker)) return;
        }
        if (TickleOneOf(info.Affinity, ref pcpu, waker) || !outranks || current.IsNone) return;
        _vcpus[current.Index].Migrating |= _options.KickAway;
        KickFor(p, waker);
    }

    private bool TickleOneOf(CpuMask allowed, ref Pcpu pcpu, VcpuId waker)
    {
        var idle = _idlers.CycleBoth(pcpu.LastTickled, allowed);
        if (idle.IsNone) return false;
        pcpu.LastTickled = idle;
        KickFor(idle, waker);
        return true;
    }

    private void KickFor(PcpuId p, VcpuId waker)
    {
        if (_options.TickledCountsAsBusy) _idlers.Remove(p);
        var current = _pcpus[p.Index].Current;
        if (!current.IsNone) Host.Trace(Note.Preempt, current, p, waker.Index);
        Host.Kick(p);
    }

    private void Enqueue(PcpuId p, VcpuId v)
    {
        var place = PlaceIn(p, v);
        if (place.IsNone) _queues.Append(p.Index, v);
        else _queues.InsertBefore(place, v);
        _waiting.Add(p);
    }

    private bool IsSorted(PcpuId p) => _pcpus[p.Index].SortedEpoch == _ledger.Epoch;

    private void Dequeue(VcpuId v)
    {
        var p = _vcpus[v.Index].Processor;
        _queues.Remove(v);
        if (_queues.IsEmpty(p.Index)) _waiting.Remove(p);
    }

    // 1.6
    private void Tick(PcpuId p, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        var v = pcpu.Current;
        if (v.IsNone) return;
        if (_ledger.PriOf(v) == Pri.Boost) BoostEnds(p, v);
        _ledger.Burn(v, now);
        if (!_ledger.Activate(v)) MoveIfBetter(p, v);
        if (!IsSorted(p)) Sort(p);
        Host.Arm(FirstTick + p.Index, now + _tick);
    }

    private void MoveIfBetter(PcpuId p, VcpuId v)
    {
        if (Placement(v, p, false) == p) return;
        _vcpus[v.Index].Migrating = true;
        Host.Kick(p);
    }

    private void FinishMigration(VcpuId v, bool runnable, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        s.Migrating = false;
        var from = s.Processor;
        var to = Placement(v, from, true);
        MoveTo(ref s, to);
        if (to != from) Host.Trace(Note.Place, v, from, to.Index);
        if (!runnable || _ledger.IsParked(v)) return;
        WakeHere(v, _options.Boost == BoostRule.EveryWake && _options.BoostOnMigrate, now);
    }

    private void MoveTo(ref Vcpu s, PcpuId to)
    {
        _population[s.Processor.Index]--;
        _population[to.Index]++;
        s.Processor = to;
    }
}
