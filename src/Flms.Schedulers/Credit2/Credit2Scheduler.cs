using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Credit2;

/// <summary>Xen's default scheduler since 4.12: one queue for the pCPUs of a socket, ordered by credit.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/xen.md 4.1). A vCPU burns credit while it runs, the slower the greater its
/// weight. The greatest credit runs first; when the first in the queue has none left, everybody is given the same
/// amount, and little is carried over. So who sleeps most of the time has nearly always more than the others, and
/// preempts when it wakes: that takes the place of Credit's BOOST. pCPUs that share a queue need no stealing; between
/// queues, averages of load decide who moves.</para>
/// <para><i>Rejected.</i> A heap in place of the sorted queue: those who may not run here are passed over in the order
/// of the queue, and equals keep the order of their arrival.</para>
/// <para><i>Not modelled.</i> Locks: a balance never passes over a runqueue because another pCPU holds it. Scheduling
/// by cores. The placement of a vCPU that wakes anew on every wake: it stays on its runqueue until a balance moves
/// it.</para>
/// </remarks>
public sealed partial class Credit2Scheduler : Scheduler
{
    private struct Vcpu
    {
        public long Credit;         // ns at the greatest weight of its runqueue
        public long Residual;       // of the last division by the weight
        public Instant Charged;     // running: charged up to here
        public int Weight;
        public int Domain;
        public int Runqueue;
        public int MovesTo;         // runqueue that it goes to when it stops running; -1 for none
        public PcpuId Pcpu;         // where it runs or last ran
        public PcpuId TickledFor;   // the pCPU that was asked to look because of it
        public long Load;           // average, in 1/2^18 of a vCPU
        public long LoadAt;         // up to here, in units of 2^10 ns
        public long Budget;         // of a capped domain's, taken but not yet run
        public bool Running;
        public bool Counted;        // in its runqueue's load: runnable, and not parked
        public bool Parked;
        public bool Capped;
    }

    private struct Pcpu
    {
        public VcpuId Current;
        public Instant Dispatched;
        public bool Tickled;
    }

    private readonly Credit2Options _options;
    private readonly Vcpu[] _vcpus;
    private readonly Pcpu[] _pcpus;
    private readonly Runqueue[] _runqueues;
    private readonly Domain[] _domains;
    private readonly RunqueueLayout _layout;
    private readonly RunQueues _queues;     // of each runqueue: who waits, by falling credit
    private readonly Rings _members;        // of each runqueue: everybody, whatever their state
    private readonly Rings _parked;         // of each domain
    private readonly int[] _coreFree;       // pCPUs of each core that idle and are not tickled

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public Credit2Scheduler(ISchedHost host, Credit2Options options) : base(host)
    {
        _options = options;
        _layout = new(host.Topology, options.Runqueue, options.MaxPcpus);
        _vcpus = new Vcpu[host.VcpuCapacity];
        _domains = new Domain[host.DomainCapacity];
        _pcpus = new Pcpu[host.Topology.Count];
        _runqueues = new Runqueue[_layout.Count];
        _queues = new(host.VcpuCapacity, _layout.Count);
        _members = new(host.VcpuCapacity, _layout.Count);
        _parked = new(host.VcpuCapacity, host.DomainCapacity);
        _coreFree = new int[host.Topology.Cores];
        for (var p = 0; p < _pcpus.Length; p++)
        {
            _pcpus[p].Current = VcpuId.None;
            _coreFree[host.Topology.CoreOf(new(p))]++;
        }
        for (var q = 0; q < _runqueues.Length; q++) _runqueues[q].LastPlaced = _layout.Pcpus(q)[^1];
    }

    // One a domain fills its budget.
    /// <inheritdoc />
    public override int Timers => _domains.Length;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        _vcpus[v.Index] = new()
        {
            Weight = info.Weight,
            Domain = info.Domain.Index,
            Credit = _options.CreditInit.Ns,
            Load = OneVcpu / 2,
            LoadAt = UnitsOf(now),
            MovesTo = -1,
            TickledFor = PcpuId.None,
        };
        Join(v, LeastLoaded(info.Affinity, now), now);
        _domains[info.Domain.Index].Vcpus++;
        SetCap(v, info.Cap, now);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        Leave(v, now);
        _domains[_vcpus[v.Index].Domain].Vcpus--;
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        Count(v, true, now);
        Enqueue(v);
        Tickle(v, now);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        if (_vcpus[v.Index].Parked) Unpark(v);
        else _queues.Remove(v);
        Count(v, false, now);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        SetTickled(p, false);
        var runnable = left is Left.Runnable or Left.Yielded;
        var stays = VcpuId.None;
        if (!last.IsNone)
        {
            ref var s = ref _vcpus[last.Index];
            Burn(last, now);
            s.Running = false;
            if (runnable && s.MovesTo < 0 && Host[last].Affinity.Contains(p) && HasBudget(last)) stays = last;
        }
        var next = Candidate(p, stays, left == Left.Yielded, now);
        if (!next.IsNone) Take(p, next, last, now);
        SetCurrent(p, next);
        if (!last.IsNone && next != last) Stop(last, runnable, now);
        if (next.IsNone) return Decision.Idle;
        if (Math.Max(_vcpus[next.Index].Credit, HeadCredit(p)) <= 0)
        {
            Reset(_layout[p], next, now);
            Balance(_layout[p], now);
        }
        return new(next, RunTime(p, next, now));
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now) => Replenish(timer, now);

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        ref var s = ref _vcpus[v.Index];
        if (s.Weight != info.Weight)
        {
            if (s.Running) Burn(v, now);
            ForgetWeight(s.Runqueue, s.Weight);
            s.Weight = info.Weight;
            NoteWeight(s.Runqueue, s.Weight);
            s.Residual = 0;
        }
        SetCap(v, info.Cap, now);
        if (!info.Affinity.Intersects(_layout.Mask(s.Runqueue)))
        {
            Move(v, LeastLoaded(info.Affinity, now), now);
        }
        else if (!s.Running && !info.Affinity.Contains(s.Pcpu))
        {
            s.Pcpu = PlaceIn(s.Runqueue, info.Affinity);
            if (_queues.Contains(v)) Tickle(v, now);
        }
        else if (_queues.Contains(v))
        {
            Tickle(v, now);
        }
    }

    private void Take(PcpuId p, VcpuId next, VcpuId last, Instant now)
    {
        ref var s = ref _vcpus[next.Index];
        if (_queues.Contains(next)) _queues.Remove(next);
        s.Running = true;
        s.TickledFor = PcpuId.None;
        s.Charged = now;
        if (next == last) return;
        if (s.Pcpu != p)
        {
            s.Credit += _options.MigrateCompensation.Ns;
            s.Pcpu = p;
        }
        _pcpus[p.Index].Dispatched = now;
    }

    // Where the last one goes: nowhere, to another runqueue, off the queues for want of budget, or into the queue.
    private void Stop(VcpuId v, bool runnable, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (!runnable) Count(v, false, now);
        ReturnBudget(v, now);
        if (s.MovesTo >= 0) ChangeRunqueue(v, s.MovesTo, now);
        if (!runnable) return;
        ref readonly var info = ref Host[v];
        if (!info.Affinity.Contains(s.Pcpu)) s.Pcpu = PlaceIn(s.Runqueue, info.Affinity);
        if (s.Capped && _domains[s.Domain].Budget <= 0)
        {
            Park(v, now);
            return;
        }
        Enqueue(v);
        Tickle(v, now);
    }

    private void Burn(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        var ran = (now - s.Charged).Ns;
        s.Charged = now;
        var value = ran * _runqueues[s.Runqueue].MaxWeight + s.Residual;
        var credit = value / s.Weight;
        s.Residual = value - credit * s.Weight;
        s.Credit = Math.Max(s.Credit - credit, -_options.MaxDebt.Ns);
        if (s.Capped) s.Budget -= ran;
    }

    // Behind all who have as much. Hogs come back with little and wakers with much: look from the nearer end.
    private void Enqueue(VcpuId v)
    {
        ref readonly var s = ref _vcpus[v.Index];
        var head = _queues.Head(s.Runqueue);
        if (head.IsNone)
        {
            _queues.Append(s.Runqueue, v);
            return;
        }
        var tail = _queues.Tail(s.Runqueue);
        VcpuId place;
        if (_vcpus[head.Index].Credit - s.Credit < s.Credit - _vcpus[tail.Index].Credit)
        {
            place = head;
            while (!place.IsNone && _vcpus[place.Index].Credit >= s.Credit) place = _queues.After(place);
        }
        else
        {
            place = VcpuId.None;
            for (; !tail.IsNone && _vcpus[tail.Index].Credit < s.Credit; tail = _queues.Before(tail)) place = tail;
        }
        if (place.IsNone) _queues.Append(s.Runqueue, v);
        else _queues.InsertBefore(place, v);
    }

    // Who runs next: the last one, unless somebody in the queue has more credit and may run here.
    private VcpuId Candidate(PcpuId p, VcpuId last, bool yields, Instant now)
    {
        if (!last.IsNone && !yields && now - _pcpus[p.Index].Dispatched < _options.Ratelimit) return last;
        var best = last;
        if (!last.IsNone && WouldRatherBeElsewhere(p, last)) best = VcpuId.None;
        // To beat nobody, or one who yields, takes no credit at all.
        var bar = best.IsNone || yields ? -_options.MaxDebt.Ns - _options.MigrateResist.Ns - 1
            : _vcpus[best.Index].Credit;
        VcpuId after;
        for (var v = _queues.Head(_layout[p]); !v.IsNone; v = after)
        {
            after = _queues.After(v);
            ref readonly var s = ref _vcpus[v.Index];
            if (s.Credit <= bar) break;
            if (!Host[v].Affinity.Contains(p)) continue;
            if (!s.TickledFor.IsNone && s.TickledFor != p && _pcpus[s.TickledFor.Index].Tickled) continue;
            if (s.Pcpu != p && s.Credit < bar + _options.MigrateResist.Ns) continue;
            if (HasBudget(v)) return v;
            _queues.Remove(v);
            Park(v, now);
        }
        return best;
    }

    private long HeadCredit(PcpuId p)
    {
        var head = _queues.Head(_layout[p]);
        return head.IsNone ? long.MinValue : _vcpus[head.Index].Credit;
    }

    // Everybody is given the same, so the order of the queue stays.
    private void Reset(int runqueue, VcpuId next, Instant now)
    {
        var times = _vcpus[next.Index].Credit <= -_options.MaxDebt.Ns ? 2 : 1;
        var most = (_options.CreditInit + _options.CarryoverMax).Ns;
        for (var v = _members.Head(runqueue); v >= 0; v = _members.After(v))
        {
            if (_vcpus[v].Running) Burn(new(v), now);
            _vcpus[v].Credit = Math.Min(_vcpus[v].Credit + times * _options.CreditInit.Ns, most);
        }
    }

    // Until it has no more than the first who waits, or nothing.
    private Duration RunTime(PcpuId p, VcpuId v, Instant now)
    {
        ref readonly var s = ref _vcpus[v.Index];
        var least = Duration.Max(_options.MinTimer, _options.Ratelimit - (now - _pcpus[p.Index].Dispatched));
        var credit = s.Credit - Math.Max(HeadCredit(p), 0);
        var time = new Duration(credit * s.Weight / _runqueues[s.Runqueue].MaxWeight);
        if (s.Capped) time = Duration.Min(time, new(s.Budget));
        return Duration.Max(least, Duration.Min(time, _options.MaxTimer));
    }
}
