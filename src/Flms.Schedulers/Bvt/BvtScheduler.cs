using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Bvt;

/// <summary>Borrowed virtual time: the earliest effective virtual time runs first (SOSP'99; Xen 3.0).</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/xen.md 2.2). A vCPU's actual virtual time A advances by its domain's rate for
/// each charging unit that it runs; its effective time E is A less the warp, if its domain may warp. The earliest E
/// runs, until it is ahead of the second by the context-switch allowance. Who wakes starts at the scheduler's virtual
/// time: the earliest A of those that are runnable. One queue for each pCPU, and no balancing between them.</para>
/// <para><i>Arithmetic.</i> Signed 64-bit virtual times: Xen 3.0's unsigned 32 bits wrapped, and starved a domain whose
/// warp was greater than its A. That defect is not modelled.</para>
/// <para><i>Not modelled.</i> A penalty for moving between pCPUs: nothing moves.</para>
/// </remarks>
public sealed class BvtScheduler : Scheduler
{
    private struct Vcpu
    {
        public long Actual;     // A, up to its last charge
        public Instant Charged; // when it was dispatched or last charged
        public PcpuId Pcpu;
        public int Domain;
    }

    private struct Domain
    {
        public BvtDomain Settings;
        public bool Warped;
        public bool MayWarp;
    }

    private struct Pcpu
    {
        public VcpuId Current;
        public long VirtualTime;    // SVT
        public Instant SliceEnd;
    }

    private static readonly BvtDomain Plain = new();

    private readonly BvtOptions _options;
    private readonly Vcpu[] _vcpus;
    private readonly Domain[] _domains;
    private readonly Pcpu[] _pcpus;
    private readonly RunQueues _queues;     // the running one is on it too

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public BvtScheduler(ISchedHost host, BvtOptions options) : base(host)
    {
        _options = options;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _domains = new Domain[host.DomainCapacity];
        _pcpus = new Pcpu[host.Topology.Count];
        for (var p = 0; p < _pcpus.Length; p++) _pcpus[p] = new() { Current = VcpuId.None, SliceEnd = Instant.Never };
        _queues = new(host.VcpuCapacity, host.Topology.Count);
    }

    // One timer a pCPU cuts slices short, one a domain ends its warp, one a domain lets it warp again.
    /// <inheritdoc />
    public override int Timers => _pcpus.Length + 2 * _domains.Length;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        var d = info.Domain.Index;
        var settings = Host.ParametersOf<BvtDomain>(info.Domain) ?? Plain;
        _domains[d] = new() { Settings = settings, Warped = settings.Warp, MayWarp = settings.Warp };
        var home = new PcpuId(v.Index % _pcpus.Length);
        var p = info.Affinity.Contains(home) ? home : info.Affinity.Cycle(home);
        _vcpus[v.Index] = new() { Pcpu = p, Domain = d, Actual = _pcpus[p.Index].VirtualTime };
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) { }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        var p = s.Pcpu;
        ref var pcpu = ref _pcpus[p.Index];
        _queues.Prepend(p.Index, v);
        s.Actual = Math.Max(s.Actual, pcpu.VirtualTime);
        s.Charged = now;
        if (pcpu.Current.IsNone)
        {
            Host.Kick(p);
            return;
        }
        var lead = Effective(v) - EffectiveAt(pcpu.Current, now);
        if (lead <= 0)
        {
            Host.Trace(Note.Preempt, pcpu.Current, p, v.Index);
            Host.Kick(p);
            return;
        }
        // The runner keeps the pCPU until it is ahead of the newcomer by the allowance.
        var end = _vcpus[pcpu.Current.Index].Charged + Slice(lead, pcpu.Current);
        if (end >= pcpu.SliceEnd) return;
        pcpu.SliceEnd = end;
        Host.Arm(p.Index, end);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now) => _queues.Remove(v);

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        if (!last.IsNone)
        {
            Charge(last, now);
            StopWarpTimer(_vcpus[last.Index].Domain);
            // It counts as queued until now; if it runs on it goes behind its equals.
            if (_queues.Contains(last)) _queues.Remove(last);
            if (left is Left.Runnable or Left.Yielded)
            {
                if (Host[last].Affinity.Contains(p)) _queues.Append(p.Index, last);
                else MoveElsewhere(last, now);
            }
        }
        var next = PickEarliest(p, ref pcpu, out var second);
        pcpu.Current = next;
        Host.Arm(p.Index, Instant.Never);
        if (next.IsNone)
        {
            pcpu.SliceEnd = now + _options.ContextAllowance;
            return new(VcpuId.None, _options.ContextAllowance);
        }
        _vcpus[next.Index].Charged = now;
        StartWarpTimer(_vcpus[next.Index].Domain, now);
        var slice = second == long.MaxValue
            ? _options.ContextAllowance * _options.AloneAllowances
            : Slice(second - Effective(next), next);
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
        var d = (timer - _pcpus.Length) / 2;
        if ((timer - _pcpus.Length) % 2 == 0) EndWarp(d, now);
        else BeginWarp(d);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        if (_queues.Contains(v) && _pcpus[_vcpus[v.Index].Pcpu.Index].Current != v
            && !Host[v].Affinity.Contains(_vcpus[v.Index].Pcpu))
        {
            _queues.Remove(v);
            MoveElsewhere(v, now);
        }
        else if (!_queues.Contains(v) && !Host[v].Affinity.Contains(_vcpus[v.Index].Pcpu))
        {
            Rehome(v);
        }
    }

    private void Rehome(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        s.Pcpu = Host[v].Affinity.Cycle(s.Pcpu);
        // Virtual times of different pCPUs cannot be compared.
        s.Actual = _pcpus[s.Pcpu.Index].VirtualTime;
    }

    private void MoveElsewhere(VcpuId v, Instant now)
    {
        Rehome(v);
        Wake(v, now);
    }

    private long Effective(VcpuId v)
    {
        ref readonly var s = ref _vcpus[v.Index];
        ref readonly var d = ref _domains[s.Domain];
        return d.Warped ? s.Actual - d.Settings.WarpValue : s.Actual;
    }

    private long EffectiveAt(VcpuId v, Instant now) => Effective(v) + Advance(v, now);

    // Whole charging units, rounded up, at the domain's rate.
    private long Advance(VcpuId v, Instant now)
    {
        ref readonly var s = ref _vcpus[v.Index];
        var units = ((now - s.Charged).Ns + _options.Mcu.Ns - 1) / _options.Mcu.Ns;
        return units * _domains[s.Domain].Settings.Advance;
    }

    private void Charge(VcpuId v, Instant now)
    {
        var advance = Advance(v, now);
        ref var s = ref _vcpus[v.Index];
        s.Actual += advance;
        s.Charged = now;
    }

    // How long the runner takes to fall behind by the lead, and the allowance on top.
    private Duration Slice(long lead, VcpuId runner)
    {
        var units = lead / _domains[_vcpus[runner.Index].Domain].Settings.Advance;
        var until = _options.LeadInNanoseconds ? new Duration(units) : _options.Mcu * units;
        return until + _options.ContextAllowance;
    }

    // The earliest E, the first in the queue among equals; and the second E. SVT becomes the earliest A.
    private VcpuId PickEarliest(PcpuId p, ref Pcpu pcpu, out long second)
    {
        var next = VcpuId.None;
        var first = long.MaxValue;
        second = long.MaxValue;
        var earliest = long.MaxValue;
        for (var v = _queues.Head(p.Index); !v.IsNone; v = _queues.After(v))
        {
            var e = Effective(v);
            if (e < first)
            {
                second = first;
                first = e;
                next = v;
            }
            else if (e < second)
            {
                second = e;
            }
            earliest = Math.Min(earliest, _vcpus[v.Index].Actual);
        }
        if (earliest != long.MaxValue) pcpu.VirtualTime = earliest;
        return next;
    }

    private int WarpTimer(int domain) => _pcpus.Length + 2 * domain;

    private void StartWarpTimer(int domain, Instant now)
    {
        ref readonly var d = ref _domains[domain];
        if (d.Warped && d.Settings.WarpLimit > Duration.Zero) Host.Arm(WarpTimer(domain), now + d.Settings.WarpLimit);
    }

    private void StopWarpTimer(int domain)
    {
        if (_domains[domain].MayWarp) Host.Arm(WarpTimer(domain), Instant.Never);
    }

    private void EndWarp(int domain, Instant now)
    {
        ref var d = ref _domains[domain];
        d.Warped = false;
        if (d.Settings.Unwarp == Duration.Zero) d.MayWarp = false;
        else Host.Arm(WarpTimer(domain) + 1, now + d.Settings.Unwarp);
        KickPcpusOf(domain);
    }

    private void BeginWarp(int domain)
    {
        ref var d = ref _domains[domain];
        if (!d.MayWarp) return;
        d.Warped = true;
        KickPcpusOf(domain);
    }

    private void KickPcpusOf(int domain)
    {
        for (var v = 0; v < _vcpus.Length; v++)
            if (Host[new(v)].Present && _vcpus[v].Domain == domain && Host[new(v)].Runnable)
                Host.Kick(_vcpus[v].Pcpu);
    }
}
