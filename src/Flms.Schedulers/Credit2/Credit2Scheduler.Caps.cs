using Flms.Core;

namespace Flms.Schedulers.Credit2;

// Caps: a domain's budget for each period, from which its vCPUs take what they run.
public sealed partial class Credit2Scheduler
{
    private struct Domain
    {
        public int Vcpus;
        public int Cap;
        public long Total;      // ns of each period
        public long Budget;     // what is left of it, less what was overrun
    }

    private void SetCap(VcpuId v, int cap, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        ref var d = ref _domains[s.Domain];
        if (s.Running && s.Capped) Burn(v, now);
        if (s.Capped && cap == 0) s.Budget = 0;
        s.Capped = cap > 0;
        if (d.Cap == cap) return;
        var had = d.Cap > 0;
        d.Cap = cap;
        d.Total = _options.CapPeriod.Ns * cap / 100;
        if (cap > 0 && had) return;
        d.Budget = d.Total;
        Host.Arm(s.Domain, cap > 0 ? now + _options.CapPeriod : Instant.Never);
        UnparkAll(s.Domain, now);
    }

    // Has it any left, or can it take some from its domain's? What it has run beyond its part is paid back first.
    private bool HasBudget(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        if (!s.Capped || s.Budget > 0) return true;
        ref var d = ref _domains[s.Domain];
        d.Budget += s.Budget;
        s.Budget = 0;
        if (d.Budget <= 0) return false;
        var part = Math.Max(d.Total / d.Vcpus, _options.MinTimer.Ns);
        s.Budget = Math.Min(part, d.Budget);
        d.Budget -= s.Budget;
        return true;
    }

    private void ReturnBudget(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (s.Budget == 0) return;
        _domains[s.Domain].Budget += s.Budget;
        s.Budget = 0;
        if (_domains[s.Domain].Budget > 0) UnparkAll(s.Domain, now);
    }

    private void Park(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        s.Parked = true;
        _parked.Append(s.Domain, v.Index);
        Count(v, false, now);
        Host.Trace(Note.Park, v, s.Pcpu);
    }

    private void Unpark(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        s.Parked = false;
        _parked.Remove(v.Index);
        Host.Trace(Note.Unpark, v, s.Pcpu);
    }

    private void UnparkAll(int domain, Instant now)
    {
        for (var v = _parked.Head(domain); v >= 0; v = _parked.Head(domain))
        {
            Unpark(new(v));
            Wake(new(v), now);
        }
    }

    private void Replenish(int domain, Instant now)
    {
        ref var d = ref _domains[domain];
        if (d.Cap == 0 || d.Vcpus == 0) return;
        d.Budget = Math.Min(d.Budget + d.Total, d.Total);
        Host.Arm(domain, now + _options.CapPeriod);
        if (d.Budget > 0) UnparkAll(domain, now);
    }
}
