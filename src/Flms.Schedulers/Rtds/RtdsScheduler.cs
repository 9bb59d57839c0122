using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Rtds;

/// <summary>Xen's real-time deferrable server: a budget in every period, global earliest deadline first.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/xen.md 4.2). Each vCPU has a budget in every period, and a deadline at the
/// period's end. All that are runnable wait in one queue, by level and then by deadline; the first of them run, one on
/// each pCPU. Running burns budget. Who has used it up goes one level down and is given another budget (extra time), or
/// waits on the side until its period is over: it is declared parked. At the deadline the budget is full and the level
/// 0 again. A blocked vCPU keeps what it has.</para>
/// <para><i>Who is kicked.</i> For a vCPU that may have become one of the first: its own pCPU if idle, else another
/// idle one, else the pCPU that runs the last in the order, if that is behind it. A pCPU that was kicked for somebody
/// is not kicked again before it has asked; if it then takes another, he is looked after anew.</para>
/// <para><i>Cost.</i> The queue, the replenishments and the pCPUs by what they run are heaps, so an event costs a
/// logarithm of the machine; Xen walks sorted lists.</para>
/// <para><i>Rejected.</i> To postpone the deadline of a vCPU that wakes late, as a constant bandwidth server does: Xen
/// does not, and so a server can take its budget twice in a row around a deadline.</para>
/// <para><i>Not modelled.</i> The global lock. Weights, caps and wishes where to run mean nothing here; there is no
/// admission control.</para>
/// </remarks>
public sealed class RtdsScheduler : Scheduler
{
    private const int Replenishments = 0;

    /// <summary>What decides who runs: the lower level, then the earlier deadline.</summary>
    private readonly record struct Urgency(int Level, Instant Deadline) : IComparable<Urgency>
    {
        public int CompareTo(Urgency other) =>
            Level != other.Level ? Level.CompareTo(other.Level) : Deadline.CompareTo(other.Deadline);
    }

    /// <summary>The order of the pCPUs: whose vCPU comes last is the first to be preempted.</summary>
    private readonly record struct Late(Urgency Of) : IComparable<Late>
    {
        public int CompareTo(Late other) => other.Of.CompareTo(Of);
    }

    /// <summary>vCPUs that may run on a pCPU.</summary>
    private readonly struct MayRunOn(ISchedHost host, PcpuId p) : IMemberFilter
    {
        public bool Allows(int member) => host[new(member)].Affinity.Contains(p);
    }

    /// <summary>pCPUs of an affinity.</summary>
    private readonly struct Among(CpuMask pcpus) : IMemberFilter
    {
        public bool Allows(int member) => pcpus.Contains(new(member));
    }

    private struct Vcpu
    {
        public Duration Period;
        public Duration Budget;
        public bool Extratime;
        public Instant Deadline;
        public Duration Left;       // of the budget
        public int Level;
        public bool Depleted;       // waits for its replenishment, declared parked
        public PcpuId Pcpu;         // where it last ran
        public readonly Urgency Urgency => new(Level, Deadline);
    }

    private struct Pcpu
    {
        public VcpuId Current;
        public Instant Since;       // up to here its running has been charged
        public VcpuId Meant;        // whom it was kicked for
    }

    private readonly RtdsOptions _options;
    private readonly Vcpu[] _vcpus;
    private readonly Pcpu[] _pcpus;
    private readonly IndexHeap<Urgency> _queue;
    private readonly IndexHeap<Instant> _replenishments;    // everybody who is not blocked, by deadline
    private readonly IndexHeap<Late> _busy;                 // busy pCPUs that nobody has kicked
    private readonly CpuMask _idle;                         // idle pCPUs that nobody has kicked
    private readonly int[] _due;
    private Instant _armed = Instant.Never;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public RtdsScheduler(ISchedHost host, RtdsOptions options) : base(host)
    {
        _options = options;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _pcpus = new Pcpu[host.Topology.Count];
        Array.Fill(_pcpus, new() { Current = VcpuId.None, Meant = VcpuId.None });
        _queue = new(host.VcpuCapacity);
        _replenishments = new(host.VcpuCapacity);
        _busy = new(_pcpus.Length);
        _idle = new CpuMask(_pcpus.Length).Fill();
        _due = new int[host.VcpuCapacity];
    }

    /// <inheritdoc />
    public override int Timers => 1;

    /// <inheritdoc />
    public override bool WorkConserving => true;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        var own = Host.ParametersOf<RtdsDomain>(info.Domain);
        var period = own?.Period ?? _options.Period;
        var home = new PcpuId(v.Index % _pcpus.Length);
        ref var s = ref _vcpus[v.Index];
        s = new()
        {
            Period = period,
            Budget = own?.Budget ?? _options.Budget,
            Extratime = own?.Extratime ?? _options.Extratime,
            Pcpu = info.Affinity.Contains(home) ? home : info.Affinity.Cycle(home),
        };
        Replenish(v, ref s, now);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) { }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (s.Deadline <= now) Replenish(v, ref s, now);
        ExpectReplenishment(v, s.Deadline);
        if (s.Depleted) return;
        _queue.Set(v.Index, s.Urgency);
        KickFor(v);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        _queue.Remove(v.Index);
        _replenishments.Remove(v.Index);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        var meant = pcpu.Meant;
        if (!last.IsNone) Charge(last, now - pcpu.Since);
        if (left == Left.Blocked) _replenishments.Remove(last.Index);
        else if (!last.IsNone && !_vcpus[last.Index].Depleted) _queue.Set(last.Index, _vcpus[last.Index].Urgency);
        var next = Choose(p, last, left);
        pcpu = new() { Current = next, Since = now, Meant = VcpuId.None };
        _idle.Set(p, next.IsNone);
        if (next.IsNone)
        {
            _busy.Remove(p.Index);
        }
        else
        {
            _queue.Remove(next.Index);
            _vcpus[next.Index].Pcpu = p;
            _busy.Set(p.Index, new(_vcpus[next.Index].Urgency));
        }
        if (last != next && !last.IsNone && _queue.Contains(last.Index)) KickFor(last);
        if (meant != last && !meant.IsNone && _queue.Contains(meant.Index)) KickFor(meant);
        // Several may have fallen behind at once, by their replenishment: one after the other is preempted.
        KickForTheFirst();
        return next.IsNone ? Decision.Idle : new(next, _vcpus[next.Index].Left);
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        _armed = Instant.Never;
        var due = 0;
        for (var v = _replenishments.First(); v >= 0 && _replenishments.KeyOf(v) <= now; v = _replenishments.First())
        {
            _replenishments.Remove(v);
            _due[due++] = v;
        }
        // All have their new deadlines before anybody is kicked: the order is the same whoever is looked at first.
        for (var i = 0; i < due; i++) Renew(new(_due[i]), now);
        for (var i = 0; i < due; i++)
            if (_queue.Contains(_due[i])) KickFor(new(_due[i]));
        KickForTheFirst();
        ArmForTheNext();
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        if (_queue.Contains(v.Index)) KickFor(v);
    }

    // The first in the queue; whoever runs goes on if nobody comes before it.
    private VcpuId Choose(PcpuId p, VcpuId last, Left left)
    {
        var next = new VcpuId(_queue.First(new MayRunOn(Host, p)));
        if (left == Left.Yielded && next == last)
        {
            _queue.Remove(last.Index);
            var other = new VcpuId(_queue.First(new MayRunOn(Host, p)));
            _queue.Set(last.Index, _vcpus[last.Index].Urgency);
            return other.IsNone ? last : other;
        }
        var goesOn = left == Left.Runnable && !next.IsNone && next != last && _queue.Contains(last.Index)
            && Host[last].Affinity.Contains(p)
            && _vcpus[last.Index].Urgency.CompareTo(_vcpus[next.Index].Urgency) <= 0;
        return goesOn ? last : next;
    }

    private void Charge(VcpuId v, Duration ran)
    {
        ref var s = ref _vcpus[v.Index];
        s.Left -= ran;
        if (s.Left > Duration.Zero) return;
        if (s.Extratime)
        {
            s.Level++;
            s.Left = s.Budget;
            return;
        }
        s.Left = Duration.Zero;
        if (s.Depleted) return;
        s.Depleted = true;
        Host.Trace(Note.Park, v, PcpuId.None);
    }

    private void Replenish(VcpuId v, ref Vcpu s, Instant now)
    {
        var periods = (now - s.Deadline).Ns / s.Period.Ns + 1;
        s.Deadline += s.Period * periods;
        s.Left = s.Budget;
        s.Level = 0;
        if (!s.Depleted) return;
        s.Depleted = false;
        Host.Trace(Note.Unpark, v, PcpuId.None);
    }

    // A new period of one that is not blocked: it runs, waits in the queue, or waits on the side.
    private void Renew(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        ref var pcpu = ref _pcpus[s.Pcpu.Index];
        var running = pcpu.Current == v;
        Replenish(v, ref s, now);
        _replenishments.Set(v.Index, s.Deadline);
        if (!running)
        {
            _queue.Set(v.Index, s.Urgency);
            return;
        }
        // What it has run so far was the old period's. Its slice ends with the old budget: then it asks, and goes on.
        pcpu.Since = now;
        if (_busy.Contains(s.Pcpu.Index)) _busy.Set(s.Pcpu.Index, new(s.Urgency));
    }

    private void ExpectReplenishment(VcpuId v, Instant deadline)
    {
        _replenishments.Set(v.Index, deadline);
        ArmForTheNext();
    }

    private void ArmForTheNext()
    {
        var first = _replenishments.First();
        if (first < 0 || _replenishments.KeyOf(first) >= _armed) return;
        _armed = _replenishments.KeyOf(first);
        Host.Arm(Replenishments, _armed);
    }

    private void KickFor(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        var affinity = Host[v].Affinity;
        var p = _idle.Contains(s.Pcpu) && affinity.Contains(s.Pcpu) ? s.Pcpu : _idle.CycleBoth(s.Pcpu, affinity);
        if (p.IsNone)
        {
            p = new(affinity.IsFull ? _busy.First() : _busy.First(new Among(affinity)));
            if (p.IsNone || _busy.KeyOf(p.Index).Of.CompareTo(s.Urgency) <= 0) return;
        }
        _idle.Remove(p);
        _busy.Remove(p.Index);
        _pcpus[p.Index].Meant = v;
        Host.Kick(p);
    }

    private void KickForTheFirst()
    {
        var first = _queue.First();
        if (first >= 0) KickFor(new(first));
    }
}
