using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Flms;

/// <summary>FLMS: the latency-sensitive on short-slice pCPUs, compute on long-slice ones, both by Credit.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> Credit is dealt and burnt as in Xen. Each isolation period the pCPUs are split
/// between the two classes in proportion to their load (eq. 1 to 4). On a short-slice pCPU (SP) the queue is ordered by
/// class of credit, then IO_Boost (eq. 5 to 7); on a long-slice one (LP) by Credit's order. A pCPU that would idle
/// takes work from its own group, the nearer the more readily (eq. 8 and 9). The parts are in this folder and know no
/// machine.</para>
/// <para><i>Ours, in the preset default:</i> load is demand; a pCPU rather helps the other group than idles, and an SP
/// drops such a guest as soon as its own group has work; who owes much credit lets the other group's creditors go
/// first, which keeps Credit's shares across the groups.</para>
/// <para><i>Not modelled.</i> Soft affinity counts only in the tick's search for a better core.</para>
/// <para><i>Reference.</i> Journal of Software 28(2), 2017, pp. 398-410; spec/xen.md section 6.</para>
/// </remarks>
public sealed partial class FlmsScheduler : Scheduler
{
    private enum State : byte { Off, Waiting, Running }

    private struct Vcpu
    {
        public PcpuId Home;         // the pCPU on whose queue it waits
        public PcpuId On;           // the pCPU that it runs on
        public PcpuId MoveTo;       // a better pCPU that the tick has found for it, while it runs
        public Instant Dispatched;  // when it was switched in
        public Instant SliceEnd;
        public Treatment Class;
        public State State;
        public bool Roams;          // its affinity leaves it no pCPU of its group
    }

    private const int AccountTimer = 0; // before the ticks, as in the genuine code's traces
    private const int TickTimer = 1;
    private const int LoadTimer = 2;
    private const int PeriodTimer = 3;

    private readonly FlmsOptions _options;
    private readonly Vcpu[] _vcpus;
    private readonly VcpuId[] _current;     // by pCPU
    private readonly RunQueues _queues;
    private readonly CreditLedger _ledger;
    private readonly PcpuGroups _groups;
    private readonly Isolation _isolation;
    private readonly LoadMeter _meter = new();
    private readonly IoBoost _ioBoost;
    private readonly Balancer _balancer;
    private readonly IdlePlacement _placement;
    private readonly IdlePcpus _idle;
    private readonly CpuMask _guests;       // SPs that run a vCPU which does not belong there
    private readonly CpuMask _yielding;     // SPs that run a vCPU in debt: a waker with credit goes there
    private readonly int[] _bound = new int[3]; // vCPUs by class
    private readonly Duration _spRatelimit;
    private PcpuId _cursor = PcpuId.None;   // where the last vCPU found a home
    private bool _helping;                  // the search now made is for anybody's work
    private bool _timing;

    /// <summary>A scheduler without vCPUs; every pCPU is an LP.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public FlmsScheduler(ISchedHost host, FlmsOptions options) : base(host)
    {
        _options = options;
        var topology = host.Topology;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _current = new VcpuId[topology.Count];
        Array.Fill(_current, VcpuId.None);
        _queues = new(host.VcpuCapacity, topology.Count);
        _ledger = new(host.VcpuCapacity, host.DomainCapacity, this)
        {
            SliceCredit = options.Accounting.Ns / CreditLedger.CreditNs,
            PoolCredit = topology.Count * (options.Accounting.Ns / CreditLedger.CreditNs),
        };
        _isolation = new(topology, options);
        _groups = _isolation.Groups;
        _ioBoost = new(host.VcpuCapacity,
            new(options.History, options.Beta, options.Newcomer, options.BoostCountsDispatches));
        _balancer = new(topology,
            new(options.A, options.B, options.Beta, options.Sibling, options.Candidates, options.LpPick), this);
        _placement = new(topology);
        _idle = new(topology);
        _guests = new(topology.Count);
        _yielding = new(topology.Count);
        _spRatelimit = Duration.Min(options.SpRatelimit, options.SpSlice);
    }

    /// <summary>The present split of the pCPUs.</summary>
    public PcpuGroups Groups => _groups;

    /// <summary>What decides the split.</summary>
    public Isolation Isolation => _isolation;

    /// <inheritdoc />
    public override int Timers => PeriodTimer + 1;

    /// <inheritdoc />
    public override bool WorkConserving =>
        _options.WorkConserving && _options.WakePlacement == WakePlacement.Idle;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        StartTimers(now);
        _ledger.Add(v, Host[v]);
        _ioBoost.Reset(v);
        ref var s = ref _vcpus[v.Index];
        s = new() { Home = PcpuId.None, MoveTo = PcpuId.None, Class = ClassOf(v) };
        _bound[(int)s.Class]++;
        if (_options.RegroupAtOnce) Regroup();
        s.Roams = MustRoam(v);
        s.Home = NewHome(v);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        _ledger.Remove(v);
        _bound[(int)_vcpus[v.Index].Class]--;
        if (_options.RegroupAtOnce) Regroup();
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        if (!_ledger.IsParked(v)) WakeHere(v, boosts: true, now);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        if (_queues.Contains(v)) Dequeue(v);
        SetState(v, State.Off, now);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (!last.IsNone)
        {
            Charge(p, last, now);
            if (left == Left.Runnable && Shielded(p, last, now))
            {
                _ledger.Begin(last, now);
                return new(last, ShieldedFor(p, last, now));
            }
            Stop(p, last, left, now);
        }
        var next = Pick(p);
        if (!next.IsNone) Start(p, next, last, now);
        SetCurrent(p, next);
        if (!last.IsNone && _queues.Contains(last) && _vcpus[last.Index].Home != p) Offer(last);
        if (_options.WorkConserving) OfferLeftovers(p);
        return next.IsNone ? Decision.Idle : new(next, _vcpus[next.Index].SliceEnd - now);
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        switch (timer)
        {
            case AccountTimer: Account(now); break;
            case TickTimer: Tick(now); break;
            case LoadTimer: EndLoadPeriod(now); break;
            case PeriodTimer: EndPeriod(now); break;
        }
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        _ledger.Adjust(Host[v]);
        Reclassify(v, now);
        ref var s = ref _vcpus[v.Index];
        s.Roams = MustRoam(v);
        if (s.State != State.Waiting)
        {
            if (!MayWaitOn(v, s.Home)) s.Home = NewHome(v);
            return;
        }
        Dequeue(v);
        if (!MayWaitOn(v, s.Home)) s.Home = NewHome(v);
        Enqueue(v);
        Offer(v);
    }

    // Who has not yet run for the rate limit keeps its pCPU, unless it has no right to it or must leave.
    private bool Shielded(PcpuId p, VcpuId v, Instant now)
    {
        ref readonly var s = ref _vcpus[v.Index];
        return now - s.Dispatched < RatelimitOf(p) && s.MoveTo.IsNone && !_ledger.IsParked(v)
            && Host[v].Affinity.Contains(p) && MayStay(p, v);
    }

    // In the paper's reading nobody runs outside of its group; in ours an SP's guest stays until its own group comes.
    private bool MayStay(PcpuId p, VcpuId v) =>
        Belongs(v, p) || (_options.WorkConserving && !(_guests.Contains(p) && OwnWorkWaits(p)));

    private Duration RatelimitOf(PcpuId p) => _groups.ForIo.Contains(p) ? _spRatelimit : _options.Ratelimit;

    private Duration ShieldedFor(PcpuId p, VcpuId v, Instant now) =>
        _options.RatelimitMode == RatelimitMode.Full ? RatelimitOf(p)
        : RatelimitOf(p) - (now - _vcpus[v.Index].Dispatched);

    private void Charge(PcpuId p, VcpuId v, Instant now)
    {
        CountBurnt(p, v, _ledger.End(v, now));
    }

    private void CountBurnt(PcpuId p, VcpuId v, long credits)
    {
        if (credits == 0) return;
        _balancer.Burn(p, credits);
        _ioBoost.Burn(v, credits);
        if (_options.Activate == ActivateRule.Charge) _ledger.Activate(v);
    }

    private void Stop(PcpuId p, VcpuId v, Left left, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        _current[p.Index] = VcpuId.None;
        if (left == Left.Blocked || _ledger.IsParked(v))
        {
            SetState(v, State.Off, now);
            s.MoveTo = PcpuId.None;
            return;
        }
        // A boost lasts one slice on an SP: the tick that ends it on an LP comes too seldom for slices this short.
        if (now >= s.SliceEnd && _ledger.PriOf(v) == Pri.Boost && _groups.ForIo.Contains(p))
            Unboost(v);
        if (!s.MoveTo.IsNone && _idle.Contains(s.MoveTo) && MayWaitOn(v, s.MoveTo)) TakeOver(v, p, s.MoveTo);
        else if (MayWaitOn(v, p)) s.Home = p;
        else if (!MayWaitOn(v, s.Home)) s.Home = NewHome(v);
        s.MoveTo = PcpuId.None;
        SetState(v, State.Waiting, now);
        Enqueue(v);
    }

    private void TakeOver(VcpuId v, PcpuId from, PcpuId to)
    {
        _vcpus[v.Index].Home = to;
        _idle.Set(to, false);
        Host.Trace(Note.Place, v, from, to.Index);
        Host.Kick(to);
    }

    private void Start(PcpuId p, VcpuId v, VcpuId last, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        _ledger.Begin(v, now);
        _ioBoost.Dispatched(v);
        SetState(v, State.Running, now);
        s.On = p;
        if (v != last) s.Dispatched = now;
        s.SliceEnd = now + SliceOf(v, p);
    }

    private void SetCurrent(PcpuId p, VcpuId v)
    {
        _current[p.Index] = v;
        _idle.Set(p, v.IsNone);
        SetMasks(p, v);
    }

    private void SetMasks(PcpuId p, VcpuId v)
    {
        var sp = _groups.Isolated && !v.IsNone && _groups.ForIo.Contains(p);
        _guests.Set(p, sp && !Belongs(v, p));
        _yielding.Set(p, sp && Rank(v) < UnderRank);
    }

    private Duration SliceOf(VcpuId v, PcpuId p)
    {
        var shortly = _groups.ForIo.Contains(p);
        if (_options.Slices == SliceRule.Class)
        {
            // Where the classes cannot be kept apart, long slices would stand in the way of the latency-sensitive.
            shortly = _vcpus[v.Index].Class switch
            {
                Treatment.Latency => true,
                Treatment.Compute => _groups.Isolated ? shortly && Belongs(v, p) : _bound[(int)Treatment.Latency] > 0,
                _ => shortly || (!_groups.Isolated && _bound[(int)Treatment.Latency] > 0),
            };
        }
        return shortly ? _options.SpSlice : _options.LpSlice;
    }
}
