using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Bvt;

// Who runs next: from the queue of a pCPU as in Xen 3.0, or from one order for all as in the paper.
public sealed partial class BvtScheduler
{
    // When the virtual time of a pCPU is so great, all on its queue are set back by so much (32 bits only).
    private const long SetBackAt = 0xF000_0000;
    private const long SetBackBy = 0xE000_0000;

    private const int MostTried = 8;

    private readonly VirtualTimeTree _waiting;      // all who wait, by E; the value is A
    private readonly VirtualTimeTree _waitingAt;    // the same, of each pCPU where they last ran
    private readonly VirtualTimeTree _running;      // by E at their last charge; the value is A
    private readonly CpuMask _idlers;
    private readonly long _penalty;
    private long _virtualTime;

    // The earliest E, the first in the queue among equals; and the second E. SVT becomes the earliest A.
    private VcpuId PickOwn(PcpuId p, ref Pcpu pcpu, VcpuId last, out long second)
    {
        if (!last.IsNone) _queues.Append(p.Index, last);
        var next = VcpuId.None;
        var first = long.MaxValue;
        second = long.MaxValue;
        var earliest = long.MaxValue;
        for (var v = _queues.Head(p.Index); !v.IsNone; v = _queues.After(v))
        {
            var e = _vcpus[v.Index].Effective;
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
        if (_options.VirtualTime == BvtVirtualTime.Unsigned32 && pcpu.VirtualTime >= SetBackAt)
        {
            SetBack(p, ref pcpu);
            first = Wrapped(first - SetBackBy);
            if (second != long.MaxValue) second = Wrapped(second - SetBackBy);
        }
        if (!_options.AllowanceOnWake || last.IsNone || next == last || IsFarBehind(last, first)) return next;
        second = first;
        return last;
    }

    private void SetBack(PcpuId p, ref Pcpu pcpu)
    {
        pcpu.VirtualTime -= SetBackBy;
        for (var v = _queues.Head(p.Index); !v.IsNone; v = _queues.After(v))
        {
            ref var s = ref _vcpus[v.Index];
            s.Actual = Wrapped(s.Actual - SetBackBy);
            s.Effective = Wrapped(s.Effective - SetBackBy);
        }
    }

    // Has the runner used up its allowance against one with this effective time?
    private bool IsFarBehind(VcpuId runner, long other)
    {
        ref readonly var s = ref _vcpus[runner.Index];
        var allowance = (Int128)_options.ContextAllowance.Ns * _domains[s.Domain].Advance;
        return (Int128)(s.Effective - other) * _options.Mcu.Ns >= allowance;
    }

    private void AddShared(VcpuId v)
    {
        ref readonly var s = ref _vcpus[v.Index];
        _waiting.Insert(0, v.Index, s.Effective, s.Actual);
        _waitingAt.Insert(s.Pcpu.Index, v.Index, s.Effective);
    }

    private void RemoveShared(VcpuId v)
    {
        _waiting.Remove(v.Index);
        _waitingAt.Remove(v.Index);
    }

    private VcpuId PickShared(PcpuId p, VcpuId last, out long second)
    {
        var best = FirstFor(p, out var e);
        if (!last.IsNone && (best.IsNone || !IsFarBehind(last, e)))
        {
            second = e;
            return last;
        }
        second = long.MaxValue;
        if (best.IsNone) return best;
        RemoveShared(best);
        if (!last.IsNone) AddShared(last);
        FirstFor(p, out second);
        return best;
    }

    // The earliest that may run here; who last ran elsewhere counts as later by the penalty.
    private VcpuId FirstFor(PcpuId p, out long effective)
    {
        var own = _waitingAt.First(p.Index);
        while (own >= 0 && !Host[new(own)].Affinity.Contains(p)) own = _waitingAt.After(own);
        var any = _waiting.First(0);
        while (any >= 0 && !Host[new(any)].Affinity.Contains(p)) any = _waiting.After(any);
        effective = long.MaxValue;
        if (any < 0) return VcpuId.None;
        effective = _vcpus[any].Effective + (_vcpus[any].Pcpu == p ? 0 : _penalty);
        if (own < 0 || _vcpus[own].Effective > effective) return new(any);
        effective = _vcpus[own].Effective;
        return new(own);
    }

    private void AfterShared(PcpuId p, VcpuId last, VcpuId next, Instant now)
    {
        _idlers.Set(p, next.IsNone);
        if (!next.IsNone)
        {
            ref var s = ref _vcpus[next.Index];
            s.Pcpu = p;
            _running.Insert(0, next.Index, s.Effective, s.Actual);
        }
        FindVirtualTime();
        // With affinities another pCPU may idle that could not take the next, but can take the last. And a kick does
        // not say whom it is for: who was passed over here may fit another that idles. A few are looked at.
        if (!last.IsNone && next != last) KickIdle(last);
        var tried = 0;
        for (var v = _waiting.First(0); v >= 0 && !_idlers.IsEmpty && tried < MostTried; v = _waiting.After(v), tried++)
            if (v != last.Index) KickIdle(new(v));
    }

    private void FindVirtualTime()
    {
        var earliest = Math.Min(_waiting.LeastValue(0), _running.LeastValue(0));
        if (earliest != long.MaxValue) _virtualTime = earliest;
    }

    // Who wakes is measured against those who run by what they have run up to now; here at least on its own pCPU.
    private void BringUpToDate(PcpuId p, Instant now)
    {
        var runner = _pcpus[p.Index].Current;
        if (runner.IsNone || _options.Charging == BvtCharging.RoundUp || !_running.Contains(runner.Index)) return;
        Charge(runner, now);
        _running.Remove(runner.Index);
        _running.Insert(0, runner.Index, _vcpus[runner.Index].Effective, _vcpus[runner.Index].Actual);
        FindVirtualTime();
    }

    private bool KickIdle(VcpuId v)
    {
        var home = _vcpus[v.Index].Pcpu;
        var p = _idlers.Contains(home) && Host[v].Affinity.Contains(home) ? home
            : _idlers.CycleBoth(home, Host[v].Affinity);
        if (p.IsNone) return false;
        // It counts as busy at once, so that the next wake-up finds another.
        _idlers.Remove(p);
        Host.Kick(p);
        return true;
    }

    // An idle pCPU; else its own if its runner has to give way; else that of the latest runner of all.
    private void FindPcpuFor(VcpuId v, Instant now)
    {
        if (KickIdle(v)) return;
        ref readonly var info = ref Host[v];
        var home = _vcpus[v.Index].Pcpu;
        var allowedHome = info.Affinity.Contains(home);
        if (allowedHome && !_pcpus[home.Index].Current.IsNone && Challenge(v, home, 0, now)) return;
        var latest = _running.Last(0);
        var p = latest < 0 ? PcpuId.None : _vcpus[latest].Pcpu;
        if (p.IsNone || !info.Affinity.Contains(p)) p = allowedHome ? PcpuId.None : info.Affinity.Cycle(home);
        if (p.IsNone || p == home || _pcpus[p.Index].Current.IsNone) return;
        Challenge(v, p, _penalty, now);
    }
}
