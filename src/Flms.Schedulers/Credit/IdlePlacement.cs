using Flms.Core;

namespace Flms.Schedulers.Credit;

/// <summary>Credit's choice of a pCPU for a vCPU among the idle ones, with its resistance to migration.</summary>
/// <remarks>
/// Exactly spec/xen.md 1.12: stay, unless another core of the socket has more idle threads, or another socket more than
/// twice as many idle pCPUs. Each pCPU remembers where in its group it last sent somebody (its idle bias), so that
/// arrivals spread.
/// </remarks>
internal sealed class IdlePlacement
{
    private readonly Topology _topology;
    private readonly PcpuId[] _bias;
    private readonly CpuMask _candidates;
    private readonly CpuMask _idle;
    private readonly CpuMask _step;
    private readonly CpuMask _group;

    public IdlePlacement(Topology topology)
    {
        _topology = topology;
        _bias = new PcpuId[topology.Count];
        Array.Fill(_bias, new(topology.Count - 1));
        _candidates = new(topology.Count);
        _idle = new(topology.Count);
        _step = new(topology.Count);
        _group = new(topology.Count);
    }

    /// <summary>Where each pCPU last sent somebody within its group.</summary>
    public PcpuId[] Bias => _bias;

    /// <summary>The pCPU whose bias the last <see cref="Pick"/> changed; None if it changed none.</summary>
    public PcpuId BiasChanged { get; private set; }

    /// <summary>A soft affinity counts if it leaves something out and leaves something in.</summary>
    public static bool Useful(CpuMask? soft, CpuMask hard) => soft is { IsFull: false } && soft.Intersects(hard);

    /// <summary>Chooses.</summary>
    /// <param name="hard">Where it may run.</param>
    /// <param name="soft">Where it would rather run; null for no wish.</param>
    /// <param name="current">The pCPU that it belongs to now.</param>
    /// <param name="idlers">The idle pCPUs.</param>
    /// <param name="aloneThere">Does nobody else wait on <paramref name="current"/>?</param>
    /// <param name="commit">Remember the choice in the bias?</param>
    public PcpuId Pick(CpuMask hard, CpuMask? soft, PcpuId current, CpuMask idlers, bool aloneThere, bool commit)
    {
        BiasChanged = PcpuId.None;
        // The common case on a busy machine, decided without touching whole sets.
        if (idlers.IsEmpty && hard.Contains(current) && !Useful(soft, hard)) return current;
        _idle.CopyFrom(idlers);
        if (Useful(soft, hard))
        {
            _step.CopyFrom(soft!);
            _step.IntersectWith(hard);
            var p = PickWithin(_step, current, aloneThere, commit);
            if (_idle.Contains(p)) return p;
        }
        return PickWithin(hard, current, aloneThere, commit);
    }

    private PcpuId PickWithin(CpuMask allowed, PcpuId current, bool aloneThere, bool commit)
    {
        var p = allowed.Contains(current) ? current : allowed.Cycle(current);
        if (p == current && aloneThere) _idle.Add(p);
        _candidates.CopyFrom(allowed);
        _candidates.IntersectWith(_idle);
        if (!_candidates.IsEmpty && !_candidates.Contains(p)) p = _candidates.Cycle(p);
        _candidates.Remove(p);
        var best = PcpuId.None;
        while (!_candidates.IsEmpty)
        {
            var next = _candidates.Cycle(p);
            var sameSocket = _topology.SocketOf(p) == _topology.SocketOf(next);
            var here = sameSocket ? _topology.CoreMask(p) : _topology.SocketMask(p);
            var there = sameSocket ? _topology.CoreMask(next) : _topology.SocketMask(next);
            var resistance = sameSocket ? 1 : 2;
            if (_idle.CountBoth(here) * resistance >= _idle.CountBoth(there))
            {
                _group.CopyFrom(there);
                _group.IntersectWith(_idle);
                _candidates.ExceptWith(_group);
                continue;
            }
            _group.CopyFrom(_candidates);
            _group.IntersectWith(there);
            p = _group.Cycle(_bias[next.Index]);
            best = next;
            _candidates.ExceptWith(_topology.CoreMask(p));
        }
        if (commit && !best.IsNone && _idle.Contains(p)) RememberBias(best, p);
        return p;
    }

    private void RememberBias(PcpuId best, PcpuId chosen)
    {
        if (_bias[best.Index] != chosen) BiasChanged = best;
        _bias[best.Index] = chosen;
    }
}
