using Flms.Core;

namespace Flms.Schedulers.Linux;

/// <summary>Where a vCPU that wakes is queued: near where it ran, or near its waker, on an idle pCPU if one is found.
/// </summary>
/// <remarks>
/// <para>Two steps (spec/linux-host.md section 1, wake placement). The first picks the neighbourhood: the waker's pCPU
/// if it is idle and shares the cache with the previous one (which is preferred if idle too); else the previous one if
/// idle; else whichever is less loaded, the previous one given half the imbalance percentage. The second looks for an
/// idle pCPU there: the target, the previous one, the one used before that, then a scan of the cache, idle cores
/// first.</para>
/// <para>Inferred: the scan's limit, a share 1 - (busy/85 %)² of the cache's pCPUs, none beyond.</para>
/// </remarks>
public sealed class WakePlacement(SchedDomains domains, RunqueueFigures figures, FairOptions options)
{
    /// <summary>The waker's pCPU as the options have it.</summary>
    public PcpuId WakerOf(VcpuId v, PcpuId previous, int pcpus) => options.Waker switch
    {
        WakerRule.Spread => new(v.Index % pcpus),
        WakerRule.First => new(0),
        _ => previous,
    };

    /// <summary>Where a vCPU goes that wakes.</summary>
    /// <param name="previous">Where it was; allowed.</param>
    /// <param name="waker">Where the wake-up comes from.</param>
    /// <param name="recent">Where it was before; None for nowhere.</param>
    /// <param name="allowed">Where it may run.</param>
    /// <param name="load">Its average load; of no account if the waker is where it was.</param>
    /// <param name="now">The time.</param>
    public PcpuId Choose(
        PcpuId previous, PcpuId waker, PcpuId recent, CpuMask allowed, long load, Instant now)
    {
        var target = waker != previous && allowed.Contains(waker)
            ? Affine(previous, waker, load, now) : previous;
        return IdleSibling(previous, target, recent, allowed, now);
    }

    private PcpuId Affine(PcpuId previous, PcpuId waker, long load, Instant now)
    {
        if (figures.Idle.Contains(waker) && domains.ShareCache(waker, previous))
            return figures.Idle.Contains(previous) ? previous : waker;
        if (figures.Idle.Contains(previous)) return previous;
        // The heaviest domain's percentage: all but the one within a core have the same.
        const long pct = 100 + (117 - 100) / 2;
        var here = (figures.Average(waker, now) + load) * 100;
        var there = Math.Max(0, figures.Average(previous, now) - load) * pct;
        return here < there ? waker : previous;
    }

    private PcpuId IdleSibling(PcpuId previous, PcpuId target, PcpuId recent, CpuMask allowed, Instant now)
    {
        if (Free(target, allowed)) return target;
        if (previous != target && domains.ShareCache(previous, target) && Free(previous, allowed)) return previous;
        if (!recent.IsNone && recent != previous && recent != target && domains.ShareCache(recent, target)
            && Free(recent, allowed)) return recent;
        return Scan(target, allowed, now);
    }

    private bool Free(PcpuId p, CpuMask allowed) => figures.Idle.Contains(p) && allowed.Contains(p);

    private PcpuId Scan(PcpuId target, CpuMask allowed, Instant now)
    {
        var idle = figures.IdleNear(target);
        if (idle.IsEmpty) return target;
        var core = figures.IdleCoresNear(target).CycleBoth(target, allowed);
        // Cores of one thread are found by the limited scan, as one knows of idle cores only where there is SMT.
        if (!core.IsNone && domains.CoreMask(core).Count > 1) return core;
        var found = idle.CycleBoth(target, allowed);
        if (found.IsNone) return target;
        return domains.StepsBetween(target, found) <= Steps(target, now) ? found : target;
    }

    private int Steps(PcpuId target, Instant now)
    {
        var size = domains.LlcMask(target).Count;
        if (!options.ScanLimit) return size;
        var busy = figures.BusyNear(target, now) * 100 / 85;
        // A limit of at least one: the kernel looks at the threads of the target's own core besides.
        return busy >= 1024 ? 1 : (int)Math.Max(1, size * (1024 * 1024 - busy * busy) / (1024 * 1024));
    }
}
