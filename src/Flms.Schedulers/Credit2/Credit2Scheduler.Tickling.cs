using Flms.Core;

namespace Flms.Schedulers.Credit2;

// Which pCPU is asked to look when somebody is queued.
public sealed partial class Credit2Scheduler
{
    private void SetCurrent(PcpuId p, VcpuId v)
    {
        var free = IsFree(p);
        _pcpus[p.Index].Current = v;
        NoteFree(p, free);
    }

    private void SetTickled(PcpuId p, bool tickled)
    {
        var free = IsFree(p);
        _pcpus[p.Index].Tickled = tickled;
        NoteFree(p, free);
    }

    private bool IsFree(PcpuId p) => _pcpus[p.Index].Current.IsNone && !_pcpus[p.Index].Tickled;

    private void NoteFree(PcpuId p, bool before)
    {
        var now = IsFree(p);
        if (now != before) _coreFree[Host.Topology.CoreOf(p)] += now ? 1 : -1;
    }

    // A wish counts if it leaves something out and leaves something in.
    private static bool HasWish(in VcpuInfo info) =>
        info.SoftAffinity is { IsFull: false } soft && soft.Intersects(info.Affinity);

    private bool WouldRatherBeElsewhere(PcpuId p, VcpuId v)
    {
        ref readonly var info = ref Host[v];
        if (!HasWish(info) || info.SoftAffinity!.Contains(p)) return false;
        foreach (var q in _layout.Pcpus(_layout[p]))
            if (IsFree(q) && info.SoftAffinity.Contains(q) && info.Affinity.Contains(q)) return true;
        return false;
    }

    private void Tickle(VcpuId v, Instant now)
    {
        ref readonly var info = ref Host[v];
        ref var s = ref _vcpus[v.Index];
        var p = info.Affinity.Count == 1 && IsFree(s.Pcpu) ? s.Pcpu : PcpuId.None;
        var wish = HasWish(info);
        if (p.IsNone && wish) p = FreeOne(s, info, info.SoftAffinity);
        if (p.IsNone) p = FreeOne(s, info, null);
        if (p.IsNone)
        {
            p = ToPreempt(v, wish, now);
            if (p.IsNone) return;
            Host.Trace(Note.Preempt, _pcpus[p.Index].Current, p, v.Index);
        }
        s.TickledFor = p;
        SetTickled(p, true);
        Host.Kick(p);
    }

    // A pCPU of a core that is free as a whole, its own first and then those after it; else any that is free.
    private PcpuId FreeOne(in Vcpu s, in VcpuInfo info, CpuMask? within)
    {
        var any = PcpuId.None;
        var pcpus = _layout.Pcpus(s.Runqueue);
        var own = 0;
        while (own < pcpus.Length && pcpus[own] != s.Pcpu) own++;
        for (var i = 0; i < pcpus.Length; i++)
        {
            var p = pcpus[(own + i) % pcpus.Length];
            if (!IsFree(p) || !info.Affinity.Contains(p) || within?.Contains(p) == false) continue;
            if (_coreFree[Host.Topology.CoreOf(p)] == Host.Topology.CoreMask(p).Count) return p;
            if (any.IsNone) any = p;
        }
        return any;
    }

    // The runner that is furthest behind in credit; a wish for, or against, where it runs weighs as much as a whole
    // allotment.
    private PcpuId ToPreempt(VcpuId v, bool wish, Instant now)
    {
        ref readonly var s = ref _vcpus[v.Index];
        ref readonly var info = ref Host[v];
        if (info.Affinity.Contains(s.Pcpu) && _layout[s.Pcpu] == s.Runqueue && ScoreOf(v, s.Pcpu, wish, now) > 0
            && (!wish || info.SoftAffinity!.Contains(s.Pcpu))) return s.Pcpu;
        var best = PcpuId.None;
        var most = 0L;
        foreach (var p in _layout.Pcpus(s.Runqueue))
        {
            if (!info.Affinity.Contains(p)) continue;
            var score = ScoreOf(v, p, wish, now);
            if (score <= most) continue;
            most = score;
            best = p;
        }
        return best;
    }

    private long ScoreOf(VcpuId v, PcpuId p, bool wish, Instant now)
    {
        ref readonly var pcpu = ref _pcpus[p.Index];
        if (pcpu.Tickled || pcpu.Current.IsNone) return 0;
        if (now - pcpu.Dispatched <= _options.Ratelimit - _options.TickleTolerance) return 0;
        Burn(pcpu.Current, now);
        ref readonly var s = ref _vcpus[v.Index];
        var score = s.Credit - _vcpus[pcpu.Current.Index].Credit;
        if (s.Pcpu != p) score -= _options.MigrateResist.Ns;
        if (wish && Host[v].SoftAffinity!.Contains(p)) score += _options.CreditInit.Ns;
        ref readonly var current = ref Host[pcpu.Current];
        if (HasWish(current) && !current.SoftAffinity!.Contains(p)) score += _options.CreditInit.Ns;
        return score;
    }
}
