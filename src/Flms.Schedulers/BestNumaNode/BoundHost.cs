using Flms.Core;

namespace Flms.Schedulers.BestNumaNode;

/// <summary>The machine as the policy below sees it: affinities are narrowed to nodes, timers come after ours.
/// </summary>
internal sealed class BoundHost : ISchedHost
{
    private readonly ISchedHost _host;
    private readonly VcpuInfo[] _info;

    public BoundHost(ISchedHost host)
    {
        _host = host;
        _info = new VcpuInfo[host.VcpuCapacity];
        for (var v = 0; v < _info.Length; v++) _info[v].Affinity = new(host.Topology.Count);
    }

    public Topology Topology => _host.Topology;

    public CpuMask Pcpus => _host.Pcpus;

    public int VcpuCapacity => _host.VcpuCapacity;

    public int DomainCapacity => _host.DomainCapacity;

    public bool Watched => _host.Watched;

    public ref readonly VcpuInfo this[VcpuId v] => ref _info[v.Index];

    public ref readonly VcpuCounters Counters(VcpuId v) => ref _host.Counters(v);

    public T? ParametersOf<T>(DomainId d) where T : class => _host.ParametersOf<T>(d);

    public void Kick(PcpuId p) => _host.Kick(p);

    public void Arm(int timer, Instant at) => _host.Arm(timer + 1, at);

    public VcpuId Running(PcpuId p) => _host.Running(p);

    public void Trace(Note note, VcpuId v, PcpuId p, long value) => _host.Trace(note, v, p, value);

    /// <summary>Reads what the host knows of a vCPU, and narrows its affinity.</summary>
    public void Read(VcpuId v, CpuMask? span)
    {
        ref var info = ref _info[v.Index];
        var affinity = info.Affinity;
        info = _host[v];
        affinity.CopyFrom(info.Affinity);
        if (span != null) affinity.IntersectWith(span);
        info.Affinity = affinity;
    }

    public void SetRunnable(VcpuId v, bool runnable) => _info[v.Index].Runnable = runnable;

    public void Forget(VcpuId v) => _info[v.Index].Present = false;
}
