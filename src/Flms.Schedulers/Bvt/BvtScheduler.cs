using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Bvt;

/// <summary>Borrowed virtual time: the earliest effective virtual time runs first (SOSP'99; Xen 3.0).</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/xen.md section 2). A vCPU's actual virtual time A advances by its domain's
/// rate for each charging unit that it runs; its effective time E is A less the warp, while it warps. The earliest E
/// runs, until it is ahead of the second by the context-switch allowance. Who wakes starts at the scheduler's virtual
/// time: the earliest A of those that are runnable.</para>
/// <para><i>Two profiles.</i> Xen 3.0's has one queue for each pCPU, no balancing, and its quirks, each an option. The
/// paper's has one order for all pCPUs, a penalty for moving, weights, and warps of single vCPUs.</para>
/// <para><i>Arithmetic.</i> Virtual times are signed 64-bit. With weights they are counted in 1/65,536, and a charging
/// unit of 100 us costs at most 2^32 of these, so that 39 hours stay below 2^63.</para>
/// <para><i>Rejected.</i> Trees for Xen's queues: the order among equals is that of the list, and can be seen.</para>
/// <para><i>Not modelled.</i> Changing a domain's advance and warp while it runs. A guest that asks for a warp itself.
/// </para>
/// </remarks>
public sealed partial class BvtScheduler : Scheduler
{
    private struct Vcpu
    {
        public long Actual;         // A, up to its last charge
        public long Effective;      // E, as of the last time it was computed
        public Instant Charged;     // when it was dispatched or last charged
        public Duration Carried;    // run but not charged, less than a unit
        public PcpuId Pcpu;
        public int Domain;
        public bool Paused;         // stopped while it waited: not by its own will
    }

    private struct Domain
    {
        public BvtDomain Settings;
        public long Advance;
        public long WarpValue;
    }

    private struct Pcpu
    {
        public VcpuId Current;
        public long VirtualTime;    // SVT
        public Instant SliceEnd;
    }

    private const int WeightScale = 65_536;
    private const long MostAdvancePerNs = 42_949;   // 2^32 for each 100 us
    private static readonly BvtDomain Plain = new();

    private readonly BvtOptions _options;
    private readonly Vcpu[] _vcpus;
    private readonly Domain[] _domains;
    private readonly Pcpu[] _pcpus;
    private readonly RunQueues _queues;     // of each pCPU; the running one is on it too
    private readonly Rings _members;        // of each domain
    private readonly bool _shared;
    private readonly long _scale;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public BvtScheduler(ISchedHost host, BvtOptions options) : base(host)
    {
        _options = options;
        _shared = options.Queues == BvtQueues.Shared;
        _scale = options.AdvanceByWeight ? WeightScale : 1;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _domains = new Domain[host.DomainCapacity];
        _warps = new Warp[options.WarpScope == BvtWarpScope.Domain ? host.DomainCapacity : host.VcpuCapacity];
        _pcpus = new Pcpu[host.Topology.Count];
        for (var p = 0; p < _pcpus.Length; p++) _pcpus[p] = new() { Current = VcpuId.None, SliceEnd = Instant.Never };
        _queues = new(host.VcpuCapacity, host.Topology.Count);
        _members = new(host.VcpuCapacity, host.DomainCapacity);
        var capacity = _shared ? host.VcpuCapacity : 1;
        _waiting = new(capacity, 1);
        _waitingAt = new(capacity, host.Topology.Count);
        _running = new(capacity, 1);
        _idlers = new CpuMask(host.Topology.Count).Fill();
        _penalty = (long)((Int128)options.MigrationPenalty.Ns * Plain.Advance * _scale / options.Mcu.Ns);
    }

    // One timer a pCPU cuts slices short, one of each that can warp ends its warp, one lets it warp again.
    /// <inheritdoc />
    public override int Timers => _pcpus.Length + 2 * _warps.Length;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        var d = info.Domain.Index;
        var settings = Host.ParametersOf<BvtDomain>(info.Domain) ?? Plain;
        _domains[d] = new() { Settings = settings, WarpValue = settings.WarpValue * _scale };
        SetAdvance(d, info.Weight);
        _members.Append(d, v.Index);
        var home = new PcpuId(v.Index % _pcpus.Length);
        var p = info.Affinity.Contains(home) ? home : info.Affinity.Cycle(home);
        _vcpus[v.Index] = new() { Pcpu = p, Domain = d, Actual = VirtualTimeOf(p) };
        _warps[WarpOf(v)] = new() { On = settings.Warp, Allowed = settings.Warp };
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) => _members.Remove(v.Index);

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (_shared) BringUpToDate(s.Pcpu, now);
        if (_options.RaiseAfterPause || !s.Paused) s.Actual = Math.Max(s.Actual, VirtualTimeOf(s.Pcpu));
        s.Paused = false;
        s.Charged = now;
        ComputeEffective(v);
        if (_shared)
        {
            AddShared(v);
            FindPcpuFor(v, now);
            return;
        }
        if (_options.WakeAtHead) _queues.Prepend(s.Pcpu.Index, v);
        else _queues.Append(s.Pcpu.Index, v);
        Challenge(v, s.Pcpu, 0, now);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        _vcpus[v.Index].Paused = true;
        if (_shared) RemoveShared(v);
        else _queues.Remove(v);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        var stays = VcpuId.None;
        if (!last.IsNone)
        {
            Charge(last, now);
            if (_options.WarpLimitFrom == BvtWarpLimit.LastDecision) StopWarpTimer(last);
            if (_shared) _running.Remove(last.Index);
            // It counts as queued until now; if it runs on it goes behind its equals.
            else if (_queues.Contains(last)) _queues.Remove(last);
            if (left is Left.Runnable or Left.Yielded)
            {
                if (Host[last].Affinity.Contains(p)) stays = last;
                else MoveElsewhere(last, now);
            }
        }
        var next = _shared ? PickShared(p, stays, out var second) : PickOwn(p, ref pcpu, stays, out second);
        if (!last.IsNone && next != last && _options.WarpLimitFrom == BvtWarpLimit.Dispatch) StopWarpTimer(last);
        pcpu.Current = next;
        Host.Arm(p.Index, Instant.Never);
        if (_shared) AfterShared(p, stays, next, now);
        if (next.IsNone)
        {
            pcpu.SliceEnd = now + _options.ContextAllowance;
            return new(VcpuId.None, _shared ? Duration.Forever : _options.ContextAllowance);
        }
        _vcpus[next.Index].Charged = now;
        if (next != last || _options.WarpLimitFrom == BvtWarpLimit.LastDecision) StartWarpTimer(next, now);
        var slice = second == long.MaxValue
            ? _options.ContextAllowance * _options.AloneAllowances
            : Duration.Max(_options.Mcu, Slice(second - _vcpus[next.Index].Effective, next));
        pcpu.SliceEnd = now + slice;
        return new(next, slice);
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        if (timer < _pcpus.Length)
        {
            Host.Kick(new(timer));
            return;
        }
        var warp = (timer - _pcpus.Length) / 2;
        if ((timer - _pcpus.Length) % 2 == 0) EndWarp(warp, now);
        else BeginWarp(warp, now);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        SetAdvance(_vcpus[v.Index].Domain, info.Weight);
        var p = _vcpus[v.Index].Pcpu;
        if (_shared)
        {
            if (_waiting.Contains(v.Index)) FindPcpuFor(v, now);
            return;
        }
        if (info.Affinity.Contains(p) || _pcpus[p.Index].Current == v) return;
        if (_queues.Contains(v))
        {
            _queues.Remove(v);
            MoveElsewhere(v, now);
        }
        else
        {
            Rehome(v);
        }
    }

    /// <summary>A and E of a vCPU as they were last computed: for tests of their spread.</summary>
    internal (long Actual, long Effective) TimesOf(VcpuId v) => (_vcpus[v.Index].Actual, _vcpus[v.Index].Effective);

    private void SetAdvance(int domain, int weight)
    {
        ref var d = ref _domains[domain];
        d.Advance = d.Settings.Advance;
        if (!_options.AdvanceByWeight) return;
        d.Advance = (d.Settings.Advance * (256L * WeightScale) + weight / 2) / weight;
        d.Advance = Math.Clamp(d.Advance, 1, Math.Max(1, _options.Mcu.Ns * MostAdvancePerNs));
    }

    private long VirtualTimeOf(PcpuId p) => _shared ? _virtualTime : _pcpus[p.Index].VirtualTime;

    private void Rehome(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        s.Pcpu = Host[v].Affinity.Cycle(s.Pcpu);
        // Virtual times of different pCPUs cannot be compared.
        s.Actual = VirtualTimeOf(s.Pcpu);
    }

    private void MoveElsewhere(VcpuId v, Instant now)
    {
        if (!_shared) Rehome(v);
        Wake(v, now);
    }

    // Who is queued may take the pCPU at once, or when the runner has fallen behind it far enough.
    private bool Challenge(VcpuId v, PcpuId p, long penalty, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        var runner = pcpu.Current;
        if (runner.IsNone)
        {
            Host.Kick(p);
            return true;
        }
        var lead = _vcpus[v.Index].Effective + penalty - EffectiveAt(runner, now);
        var patience = _options.AllowanceOnWake ? Slice(lead, runner) : lead <= 0 ? Duration.Zero : Duration.Forever;
        if (patience <= Duration.Zero)
        {
            Host.Trace(Note.Preempt, runner, p, v.Index);
            Host.Kick(p);
            return true;
        }
        // The runner keeps the pCPU until it is ahead of the newcomer by the allowance.
        var end = _options.AllowanceOnWake ? now + patience : _vcpus[runner.Index].Charged + Slice(lead, runner);
        if (end >= pcpu.SliceEnd) return false;
        pcpu.SliceEnd = end;
        Host.Arm(p.Index, end);
        return false;
    }

    private void ComputeEffective(VcpuId v) => _vcpus[v.Index].Effective = EffectiveOf(v, _vcpus[v.Index].Actual);

    private long EffectiveOf(VcpuId v, long actual)
    {
        var e = _warps[WarpOf(v)].On ? actual - _domains[_vcpus[v.Index].Domain].WarpValue : actual;
        return _options.VirtualTime == BvtVirtualTime.Unsigned32 ? Wrapped(e) : e;
    }

    private static long Wrapped(long time) => unchecked((uint)time);

    private long EffectiveAt(VcpuId v, Instant now)
    {
        ref readonly var s = ref _vcpus[v.Index];
        return EffectiveOf(v, s.Actual + Units(s, now, out _) * _domains[s.Domain].Advance);
    }

    // Whole charging units since the last charge, and what is left over; that may be where the last rest was kept.
    private long Units(in Vcpu s, Instant now, out Duration left)
    {
        var ran = (now - s.Charged).Ns + s.Carried.Ns;
        var up = _options.Charging == BvtCharging.RoundUp;
        left = up ? Duration.Zero : new(ran % _options.Mcu.Ns);
        return (up ? ran + _options.Mcu.Ns - 1 : ran) / _options.Mcu.Ns;
    }

    private void Charge(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        s.Actual += Units(s, now, out s.Carried) * _domains[s.Domain].Advance;
        if (_options.VirtualTime == BvtVirtualTime.Unsigned32) s.Actual = Wrapped(s.Actual);
        s.Charged = now;
        ComputeEffective(v);
    }

    // How long the runner takes to fall behind by the lead, and the allowance on top.
    private Duration Slice(long lead, VcpuId runner)
    {
        var advance = _domains[_vcpus[runner.Index].Domain].Advance;
        if (_options.LeadInNanoseconds) return new Duration(lead / advance) + _options.ContextAllowance;
        // Rounded up, so that it has fallen behind when it is asked.
        var units = lead >= 0 ? (lead + advance - 1) / advance : -(-lead / advance);
        // A lead may be a warp of many hours.
        return _options.Mcu * Math.Min(units, 3_600_000_000_000 / _options.Mcu.Ns) + _options.ContextAllowance;
    }
}
