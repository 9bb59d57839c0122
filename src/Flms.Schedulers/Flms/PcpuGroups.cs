using System.Diagnostics;
using Flms.Core;

namespace Flms.Schedulers.Flms;

/// <summary>How the number of short-slice pCPUs becomes whole (spec A1).</summary>
public enum Rounding : byte
{
    /// <summary>To the nearest; a half goes up.</summary>
    HalfUp,

    /// <summary>Down, as an integer division in C does.</summary>
    Down,

    /// <summary>Up, in favour of the latency-sensitive.</summary>
    Up,
}

/// <summary>In which order pCPUs join the short-slice group (spec A6).</summary>
public enum GroupOrder : byte
{
    /// <summary>All threads of a core, then the next core of the socket, then the next socket.</summary>
    WholeCores,

    /// <summary>The first thread of each core of a socket, then the second ones, then the next socket.</summary>
    SingleThreads,
}

/// <summary>What happens to the split in a period without any load (spec A4).</summary>
public enum NoLoad : byte
{
    /// <summary>The split stays as it is.</summary>
    Keep,

    /// <summary>The short-slice group shrinks to its minimum.</summary>
    Minimum,
}

/// <summary>How <see cref="PcpuGroups"/> decides.</summary>
/// <param name="Rounding">Spec A1.</param>
/// <param name="Hysteresis">Spec A7: the ideal number must lie this much beyond the point of rounding before the split
/// changes; 0 (the paper) or more, in pCPUs.</param>
/// <param name="Order">Spec A6.</param>
/// <param name="NoLoad">Spec A4.</param>
/// <param name="KeepOne">Spec A2: a group that has vCPUs keeps at least one pCPU.</param>
public readonly record struct GroupRules(
    Rounding Rounding, Fraction Hysteresis, GroupOrder Order, NoLoad NoLoad, bool KeepOne);

/// <summary>The split of the pCPUs into short-slice (SP) and long-slice (LP): equations 3 and 4, ForIO and ForCPU.
/// </summary>
/// <remarks>
/// The SPs are always the first so many of one fixed order, so the group grows and shrinks last in, first out, and as
/// few vCPUs as possible have to move. At the beginning ForIO is empty (paper, 3.1).
/// </remarks>
public sealed class PcpuGroups
{
    private readonly GroupRules _rules;
    private readonly PcpuId[] _order;

    /// <summary>All pCPUs in the long-slice group.</summary>
    public PcpuGroups(Topology topology, GroupRules rules)
    {
        _rules = rules;
        _order = OrderOf(topology, rules.Order);
        ForIo = new(topology.Count);
        ForCpu = new CpuMask(topology.Count).Fill();
    }

    /// <summary>The short-slice pCPUs. Not to be changed.</summary>
    public CpuMask ForIo { get; }

    /// <summary>The long-slice pCPUs: always the complement of <see cref="ForIo"/>. Not to be changed.</summary>
    public CpuMask ForCpu { get; }

    /// <summary>SPNum: how many short-slice pCPUs there are.</summary>
    public int SpCount => ForIo.Count;

    /// <summary>Are both groups there? If not, all pCPUs are one group and every vCPU may run on any.</summary>
    public bool Isolated => !ForIo.IsEmpty && !ForCpu.IsEmpty;

    /// <summary>Equations 3 and 4: how many SPs there should be.</summary>
    /// <param name="estimatedIo">EstimatedIO, 0 or more, in any unit.</param>
    /// <param name="estimatedCpu">EstimatedCPU in the same unit.</param>
    /// <param name="anyIo">Is any vCPU bound to SPs?</param>
    /// <param name="anyCpu">Is any vCPU bound to LPs?</param>
    /// <returns>0 to the number of pCPUs.</returns>
    public int Target(long estimatedIo, long estimatedCpu, bool anyIo, bool anyCpu)
    {
        Debug.Assert(estimatedIo >= 0 && estimatedCpu >= 0);
        var pcpus = _order.Length;
        if (!anyIo) return 0;
        if (!anyCpu) return pcpus;
        if (pcpus == 1) return 0;
        var least = _rules.KeepOne ? 1 : 0;
        var most = pcpus - least;
        var sum = (Int128)estimatedIo + estimatedCpu;
        // What was one group is not a split that could be kept.
        if (sum == 0) return Math.Clamp(_rules.NoLoad == NoLoad.Keep && Isolated ? SpCount : 0, least, most);
        // The ideal number as a fraction, ideal / sum; products stay below 2^95.
        var ideal = (Int128)estimatedIo * pcpus;
        return Math.Clamp(Stays(ideal, sum) ? SpCount : Round(ideal, sum), least, most);
    }

    /// <summary>Makes the first <paramref name="count"/> pCPUs of the order the SPs.</summary>
    /// <returns>How many pCPUs changed their group.</returns>
    public int Resize(int count)
    {
        Debug.Assert(count >= 0 && count <= _order.Length);
        var changed = 0;
        for (; SpCount < count; changed++)
        {
            var p = _order[SpCount];
            ForCpu.Remove(p);
            ForIo.Add(p);
        }
        for (; SpCount > count; changed++)
        {
            var p = _order[SpCount - 1];
            ForIo.Remove(p);
            ForCpu.Add(p);
        }
        return changed;
    }

    private int Round(Int128 ideal, Int128 sum) => (int)(_rules.Rounding switch
    {
        Rounding.Down => ideal / sum,
        Rounding.Up => (ideal + sum - 1) / sum,
        _ => (2 * ideal + sum) / (2 * sum),
    });

    // Within the interval that rounds to the present number, widened by the hysteresis at both ends?
    private bool Stays(Int128 ideal, Int128 sum)
    {
        if (_rules.Hysteresis.Num == 0) return false;
        // In units of 1 / (2 * den * sum): the interval of n is [n - below, n + above).
        Int128 den = _rules.Hysteresis.Den;
        var at = 2 * den * ideal;
        var middle = 2 * den * sum * SpCount;
        var slack = 2 * _rules.Hysteresis.Num * sum;
        var (below, above) = _rules.Rounding switch
        {
            Rounding.Down => (0, 2 * den * sum),
            Rounding.Up => (2 * den * sum, 0),
            _ => (den * sum, den * sum),
        };
        return at >= middle - below - slack && at <= middle + above + slack;
    }

    private static PcpuId[] OrderOf(Topology topology, GroupOrder order)
    {
        // Sorted by socket, then (for single threads) by place in the core, then core, then number.
        var keys = new long[topology.Count];
        var ids = new PcpuId[topology.Count];
        for (var p = 0; p < ids.Length; p++)
        {
            var id = new PcpuId(p);
            ids[p] = id;
            long place = 0;
            if (order == GroupOrder.SingleThreads)
                for (var q = topology.CoreMask(id).First(); q != id; q = topology.CoreMask(id).After(q)) place++;
            keys[p] = (((long)topology.SocketOf(id) << 10 | place) << 20 | (long)topology.CoreOf(id)) << 20 | (long)p;
        }
        Array.Sort(keys, ids);
        return ids;
    }
}
