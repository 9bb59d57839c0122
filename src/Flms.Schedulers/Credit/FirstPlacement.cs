using Flms.Core;

namespace Flms.Schedulers.Credit;

/// <summary>Where the first vCPU of a new domain is put (spec/xen.md 1.3).</summary>
internal static class FirstPlacement
{
    /// <summary>The allowed pCPU with the fewest vCPUs; not a core's first thread if it has several; ties go up.
    /// </summary>
    public static PcpuId LeastPopulated(Topology topology, CpuMask allowed, ReadOnlySpan<int> population)
    {
        var best = Least(topology, allowed, population, secondaryOnly: topology.Cores < topology.Count);
        return best.IsNone ? Least(topology, allowed, population, secondaryOnly: false) : best;
    }

    private static PcpuId Least(Topology topology, CpuMask allowed, ReadOnlySpan<int> population, bool secondaryOnly)
    {
        var best = PcpuId.None;
        for (var p = allowed.First(); !p.IsNone; p = allowed.After(p))
        {
            if (secondaryOnly && topology.CoreMask(p).First() == p) continue;
            if (best.IsNone || population[p.Index] <= population[best.Index]) best = p;
        }
        return best;
    }
}
