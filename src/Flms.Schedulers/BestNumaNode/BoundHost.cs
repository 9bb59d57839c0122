using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.BestNumaNode;

/// <summary>The machine as the policy below sees it: affinities are narrowed to nodes, timers come after ours.
/// </summary>
internal sealed class BoundHost : HostBelow
{
    private readonly VcpuInfo[] _info;

    public BoundHost(ISchedHost host) : base(host, firstTimer: 1)
    {
        _info = new VcpuInfo[host.VcpuCapacity];
        for (var v = 0; v < _info.Length; v++) _info[v].Affinity = new(host.Topology.Count);
    }

    public override ref readonly VcpuInfo this[VcpuId v] => ref _info[v.Index];

    /// <summary>Reads what the host knows of a vCPU, and narrows its affinity.</summary>
    public void Read(VcpuId v, CpuMask? span)
    {
        ref var info = ref _info[v.Index];
        var affinity = info.Affinity;
        info = Host[v];
        affinity.CopyFrom(info.Affinity);
        if (span != null) affinity.IntersectWith(span);
        info.Affinity = affinity;
    }

    public void SetRunnable(VcpuId v, bool runnable) => _info[v.Index].Runnable = runnable;

    public void Forget(VcpuId v) => _info[v.Index].Present = false;
}
