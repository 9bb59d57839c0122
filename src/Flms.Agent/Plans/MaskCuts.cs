using Flms.Core;

namespace Flms.Agent.Plans;

/// <summary>What sets have in common, found once and shared: many threads have the same cpuset and the same
/// group.</summary>
internal sealed class MaskCuts
{
    private readonly Dictionary<(CpuMask, CpuMask), CpuMask> _cuts = [];

    /// <summary>The sets may be others from now on.</summary>
    public void Clear() => _cuts.Clear();

    /// <summary>What both have; neither is to be changed before <see cref="Clear"/>, nor is what is returned.</summary>
    public CpuMask Of(CpuMask one, CpuMask other)
    {
        if (_cuts.TryGetValue((one, other), out var cut)) return cut;
        cut = CpuMask.Copy(one);
        cut.IntersectWith(other);
        return _cuts[(one, other)] = cut;
    }
}
