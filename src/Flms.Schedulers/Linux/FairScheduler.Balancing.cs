using Flms.Core;

namespace Flms.Schedulers.Linux;

// Load balancing (spec/linux-host.md section 1). The spec names the rules; how the busiest group and the imbalance are
// found is inferred: groups are compared by whether somebody waits in them, then by average load for each pCPU.
public abstract partial class FairScheduler
{
    private enum Pass : byte { Dry, Idle, Busy }

    private enum Fill : byte { Spare, Full, Over }

    private struct Group
    {
        public Fill Fill;
        public int Pcpus;
        public int Idle;
        public int Runnable;
        public long Load;
    }

    // A pCPU that runs dry looks at this many queues at most, so that the price of a look is the same on every machine.
    private const int DryLooks = 32;
    private readonly Instant[][] _lastPass;
    private readonly int[][] _failures;
    private Instant _nextIdlePass;

    private (Instant[][] LastPass, int[][] Failures) PassState()
    {
        var passes = new Instant[_pcpus.Length][];
        var failures = new int[_pcpus.Length][];
        for (var p = 0; p < _pcpus.Length; p++)
        {
            var levels = Domains.Of(new(p)).Length;
            (passes[p], failures[p]) = (new Instant[levels], new int[levels]);
        }
        return (passes, failures);
    }

    // A pCPU is about to idle. The smallest domain in which somebody waits is searched first.
    private bool PullWhenDry(PcpuId p, ref Pcpu pcpu, Instant now)
    {
        if (Figures.Waiting.IsEmpty || pcpu.IdleTimes < _options.MigrationCost) return false;
        var found = false;
        var domains = Domains.Of(p);
        for (var i = 0; i < domains.Length && !found; i++)
        {
            var from = LongestWaiting(domains[i].Span, p);
            found = !from.IsNone && Pull(from, p, i, Pass.Dry, 1, long.MaxValue, now) > 0;
        }
        Host.Trace(Note.Balance, VcpuId.None, p, found ? 1 : 0);
        return found;
    }

    private PcpuId LongestWaiting(CpuMask span, PcpuId p)
    {
        var best = PcpuId.None;
        var first = span.CycleBoth(p, Figures.Waiting);
        var q = first;
        for (var looks = 0; looks < DryLooks && !q.IsNone; looks++)
        {
            if (best.IsNone || Figures.Count(q) > Figures.Count(best)) best = q;
            q = span.CycleBoth(q, Figures.Waiting);
            if (q == first) break;
        }
        return best;
    }

    // The tick of a busy pCPU: its own passes, rarely; and for idle pCPUs, which do not tick, theirs.
    private void BalanceAtTick(PcpuId p, Instant now)
    {
        // A busy pCPU takes only those that wait.
        if (!Figures.Waiting.IsEmpty) Balance(p, Pass.Busy, now);
        if (now < _nextIdlePass || Figures.Idle.IsEmpty) return;
        if (Figures.Count(p) < 2 && !SharesItsCore(p)) return;
        _nextIdlePass = now + _options.Tick;
        for (var q = Figures.Idle.First(); !q.IsNone; q = Figures.Idle.After(q)) Balance(q, Pass.Idle, now);
    }

    private bool SharesItsCore(PcpuId p)
    {
        var core = Domains.CoreMask(p);
        return core.Count - core.CountBoth(Figures.Idle) > 1;
    }

    private void Balance(PcpuId p, Pass kind, Instant now)
    {
        var domains = Domains.Of(p);
        var longest = 100.Ms * _pcpus.Length;
        for (var i = 0; i < domains.Length; i++)
        {
            var interval = domains[i].MinInterval;
            // A tick less, lest all busy pCPUs balance at the same ticks, and in step with the turns of their queues.
            if (kind == Pass.Busy)
                interval = Duration.Max(interval * _options.BusyFactor - _options.Tick, _options.Tick);
            if (now - _lastPass[p.Index][i] < Duration.Min(interval, longest)) continue;
            _lastPass[p.Index][i] = now;
            if (IsSpokesman(p, domains[i])) Balance(p, i, kind, now);
        }
    }

    // One pCPU balances for its group: the first idle one, or the first.
    private bool IsSpokesman(PcpuId p, SchedDomain domain)
    {
        var group = domain.Groups[domain.GroupOf(p)];
        var idle = group.FirstBoth(Figures.Idle);
        return p == (idle.IsNone ? group.First() : idle);
    }

    private void Balance(PcpuId p, int level, Pass kind, Instant now)
    {
        var domain = Domains.Of(p)[level];
        var (own, busiest, all, which) = Survey(domain, domain.GroupOf(p), now);
        var (tasks, load) = Imbalance(domain, own, busiest, all, kind);
        Host.Trace(Note.Balance, VcpuId.None, p, tasks > 0 ? 1 : 0);
        if (tasks == 0) return;
        var from = Busiest(domain.Groups[which], load < long.MaxValue, now);
        ref var failures = ref _failures[p.Index][level];
        if (Pull(from, p, level, kind, tasks, load, now) > 0)
        {
            failures = 0;
        }
        else if (++failures > domain.CacheNiceTries + 2)
        {
            Push(from, p);
            failures = domain.CacheNiceTries + 1;
        }
    }

    private (Group Own, Group Busiest, Group All, int Which) Survey(SchedDomain domain, int own, Instant now)
    {
        var (local, busiest, all, which) = (default(Group), default(Group), default(Group), -1);
        for (var g = 0; g < domain.Groups.Count; g++)
        {
            var group = FiguresOf(domain.Groups[g], now);
            all.Load += group.Load;
            all.Pcpus += group.Pcpus;
            if (g == own) local = group;
            else if (which < 0 || Busier(group, busiest)) (busiest, which) = (group, g);
        }
        return (local, busiest, all, which);
    }

    private Group FiguresOf(CpuMask mask, Instant now)
    {
        var group = default(Group);
        for (var p = mask.First(); !p.IsNone; p = mask.After(p))
        {
            var count = Figures.Count(p);
            group.Pcpus++;
            group.Runnable += count;
            group.Load += Figures.Average(p, now);
            if (count == 0) group.Idle++;
        }
        group.Fill = group.Runnable > group.Pcpus ? Fill.Over : group.Idle == 0 ? Fill.Full : Fill.Spare;
        return group;
    }

    private static bool Busier(in Group a, in Group b) =>
        a.Fill != b.Fill ? a.Fill > b.Fill
        : a.Fill == Fill.Spare ? a.Idle < b.Idle || (a.Idle == b.Idle && a.Runnable > b.Runnable)
        : a.Load * b.Pcpus > b.Load * a.Pcpus;

    // How many vCPUs, and how much load, should come here; (0, 0) if all is well.
    private static (int Tasks, long Load) Imbalance(
        SchedDomain domain, in Group own, in Group busiest, in Group all, Pass kind)
    {
        if (busiest.Runnable <= 1 || busiest.Fill < own.Fill) return (0, 0);
        if (own.Fill == Fill.Spare)
        {
            if (busiest.Fill == Fill.Over) return (Math.Max(1, (busiest.Runnable - own.Runnable) / 2), long.MaxValue);
            if (kind == Pass.Busy || own.Idle <= busiest.Idle + 1) return (0, 0);
            return ((own.Idle - busiest.Idle) / 2, long.MaxValue);
        }
        if (busiest.Fill != Fill.Over) return (0, 0);
        var here = own.Load / own.Pcpus;
        var there = busiest.Load / busiest.Pcpus;
        var everywhere = all.Load / all.Pcpus;
        if (here >= there || here >= everywhere || there * 100 <= here * domain.ImbalancePct) return (0, 0);
        var load = Math.Min((there - everywhere) * busiest.Pcpus, (everywhere - here) * own.Pcpus);
        return load > 0 ? (int.MaxValue, load) : (0, 0);
    }

    private PcpuId Busiest(CpuMask group, bool byLoad, Instant now)
    {
        var best = PcpuId.None;
        for (var p = group.First(); !p.IsNone; p = group.After(p))
        {
            if (best.IsNone)
            {
                best = p;
                continue;
            }
            var (here, there) = (Figures.Count(p), Figures.Count(best));
            // A queue in which nobody waits can give nothing.
            var more = byLoad && here > 1 && there > 1
                ? Figures.Average(p, now) > Figures.Average(best, now) : here > there;
            if (more) best = p;
        }
        return best;
    }

    // Moves waiting vCPUs, those first that have not run for longest.
    private int Pull(PcpuId from, PcpuId to, int level, Pass kind, int tasks, long load, Instant now)
    {
        var domain = Domains.Of(to)[level];
        var failures = _failures[to.Index][level];
        var moved = 0;
        var looks = 0;
        VcpuId next;
        for (var v = _waiting.Head(from.Index); !v.IsNone && looks < _options.MigrateAtOnce; v = next, looks++)
        {
            next = _waiting.After(v);
            if (Figures.Count(from) < 2) break;
            ref var s = ref _vcpus[v.Index];
            if (!Host[v].Affinity.Contains(to)) continue;
            var hot = domain.Level != DomainLevel.Smt && now - s.Stopped < _options.MigrationCost;
            if (hot && failures <= domain.CacheNiceTries) continue;
            var weight = Groups.LoadOfVcpu(v, s.Domain, from);
            if (load < long.MaxValue && weight >> Math.Min(failures, 30) > load) continue;
            Move(v, ref s, to, now);
            moved++;
            if (load < long.MaxValue) load -= weight;
            if (kind == Pass.Dry || moved >= tasks || load <= 0) break;
        }
        return moved;
    }

    // Active balance: nobody who waits there can be moved, so the one that runs there is.
    private void Push(PcpuId from, PcpuId to)
    {
        var v = _pcpus[from.Index].Current;
        if (v.IsNone || !Host[v].Affinity.Contains(to)) return;
        _pcpus[from.Index].PushTo = to;
        Host.Kick(from);
    }
}
