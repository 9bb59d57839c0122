using Flms.Core;

namespace Flms.Schedulers.Linux;

/// <summary>What the pCPUs of a scheduling domain share.</summary>
public enum DomainLevel : byte
{
    /// <summary>A core (SMT).</summary>
    Smt,

    /// <summary>A last-level cache (MC).</summary>
    Mc,

    /// <summary>A memory node (PKG; DIE in older kernels).</summary>
    Pkg,

    /// <summary>The machine (NUMA).</summary>
    Numa,
}

/// <summary>A set of pCPUs among which load is balanced, in groups that are each balanced at the level below.</summary>
/// <remarks>The numbers are Linux's (spec/linux-host.md section 1, load balance).</remarks>
public sealed class SchedDomain
{
    internal SchedDomain(DomainLevel level, CpuMask span, IReadOnlyList<CpuMask> groups)
    {
        Level = level;
        Span = span;
        Groups = [.. groups];
        var n = span.Count;
        MinInterval = n.Ms;
        ImbalancePct = level == DomainLevel.Smt ? 110 : 117;
        CacheNiceTries = level switch { DomainLevel.Smt => 0, DomainLevel.Numa => 2, _ => 1 };
    }

    /// <summary>What its pCPUs share.</summary>
    public DomainLevel Level { get; }

    /// <summary>Its pCPUs. Not to be changed.</summary>
    public CpuMask Span { get; }

    /// <summary>Disjoint sets that together are the span, by their lowest pCPU. Not to be changed.</summary>
    public IReadOnlyList<CpuMask> Groups { get; }

    /// <summary>How far the busiest may be above the local load before it counts, in percent: 110 within a core, else
    /// 117.</summary>
    public int ImbalancePct { get; }

    /// <summary>After so many failures even cache-hot vCPUs are moved: 0 in a core, 1, 2 between nodes.</summary>
    public int CacheNiceTries { get; }

    /// <summary>Shortest time between two passes of one pCPU: as many ms as there are pCPUs.</summary>
    public Duration MinInterval { get; }

    /// <summary>Which group a pCPU of the span is in.</summary>
    public int GroupOf(PcpuId p)
    {
        for (var g = 0; g < Groups.Count; g++)
            if (Groups[g].Contains(p)) return g;
        return -1;
    }
}

/// <summary>Each pCPU's scheduling domains from small to large, made from the machine's topology.</summary>
/// <remarks>
/// A level that would hold no more pCPUs than the one below is left out, as in Linux. The last-level cache is taken
/// to be what one socket and one memory node have in common; a node may hold several sockets.
/// </remarks>
public sealed class SchedDomains
{
    private readonly SchedDomain[][] _domains;
    private readonly int[] _llc;
    private readonly int[] _place;
    private readonly CpuMask[] _llcMasks;
    private readonly CpuMask[] _coreMasks;

    /// <summary>Derives the domains of every pCPU.</summary>
    public SchedDomains(Topology t)
    {
        var n = t.Count;
        _domains = new SchedDomain[n][];
        _llc = new int[n];
        _place = new int[n];
        _coreMasks = new CpuMask[n];
        var llcs = 0;
        for (var p = 0; p < n; p++) _domains[p] = [];
        for (var i = 0; i < n; i++)
        {
            var p = new PcpuId(i);
            if (Llc(t, p).First() == p) llcs++;
            if (Core(t, p).First() == p) Share(Core(t, p), Core(t, p));
        }
        _llcMasks = new CpuMask[llcs];
        llcs = 0;
        for (var i = 0; i < n; i++)
        {
            var p = new PcpuId(i);
            var mask = Llc(t, p);
            if (mask.First() == p) Number(mask, llcs++);
        }
        for (var level = DomainLevel.Smt; level <= DomainLevel.Numa; level++) Build(t, level);
    }

    /// <summary>A pCPU's domains, from the smallest to the largest; none on a machine of one pCPU.</summary>
    public ReadOnlySpan<SchedDomain> Of(PcpuId p) => _domains[p.Index];

    /// <summary>How many last-level caches there are.</summary>
    public int Llcs => _llcMasks.Length;

    /// <summary>Which last-level cache a pCPU uses.</summary>
    public int LlcOf(PcpuId p) => _llc[p.Index];

    /// <summary>All pCPUs that share a pCPU's last-level cache. Not to be changed.</summary>
    public CpuMask LlcMask(PcpuId p) => _llcMasks[_llc[p.Index]];

    /// <summary>All pCPUs of a last-level cache. Not to be changed.</summary>
    public CpuMask Llc(int llc) => _llcMasks[llc];

    /// <summary>All threads of a pCPU's core. Not to be changed.</summary>
    public CpuMask CoreMask(PcpuId p) => _coreMasks[p.Index];

    /// <summary>Do both use one last-level cache?</summary>
    public bool ShareCache(PcpuId a, PcpuId b) => _llc[a.Index] == _llc[b.Index];

    /// <summary>How many steps a scan of the last-level cache that begins behind <paramref name="from"/> takes to come
    /// to <paramref name="to"/>; both share it.</summary>
    public int StepsBetween(PcpuId from, PcpuId to)
    {
        var size = LlcMask(from).Count;
        var steps = _place[to.Index] - _place[from.Index];
        return steps <= 0 ? steps + size : steps;
    }

    private void Build(Topology t, DomainLevel level)
    {
        for (var i = 0; i < t.Count; i++)
        {
            var p = new PcpuId(i);
            var span = SpanOf(t, p, level);
            var below = _domains[i].Length > 0 ? _domains[i][^1].Span.Count : 1;
            if (span.First() != p || span.Count == below) continue;
            var groups = new List<CpuMask>();
            for (var q = span.First(); !q.IsNone; q = span.After(q))
            {
                var lower = _domains[q.Index];
                var group = lower.Length > 0 ? lower[^1].Span : Single(t, q);
                if (group.First() == q) groups.Add(group);
            }
            var domain = new SchedDomain(level, span, groups);
            for (var q = span.First(); !q.IsNone; q = span.After(q))
                _domains[q.Index] = [.. _domains[q.Index], domain];
        }
    }

    private void Number(CpuMask mask, int llc)
    {
        _llcMasks[llc] = mask;
        var place = 0;
        for (var q = mask.First(); !q.IsNone; q = mask.After(q)) (_llc[q.Index], _place[q.Index]) = (llc, place++);
    }

    private void Share(CpuMask members, CpuMask mask)
    {
        for (var q = members.First(); !q.IsNone; q = members.After(q)) _coreMasks[q.Index] = mask;
    }

    private static CpuMask SpanOf(Topology t, PcpuId p, DomainLevel level) => level switch
    {
        DomainLevel.Smt => Core(t, p),
        DomainLevel.Mc => Llc(t, p),
        DomainLevel.Pkg => t.NodeMask(p),
        _ => t.All,
    };

    private static CpuMask Core(Topology t, PcpuId p) => Both(t, t.CoreMask(p), t.NodeMask(p));

    private static CpuMask Llc(Topology t, PcpuId p) => Both(t, t.SocketMask(p), t.NodeMask(p));

    private static CpuMask Both(Topology t, CpuMask a, CpuMask b)
    {
        var both = new CpuMask(t.Count);
        both.CopyFrom(a);
        both.IntersectWith(b);
        return both;
    }

    private static CpuMask Single(Topology t, PcpuId p)
    {
        var mask = new CpuMask(t.Count);
        mask.Add(p);
        return mask;
    }
}
