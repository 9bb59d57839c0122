using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Credit;

// Load balancing by stealing (spec/xen.md 1.11).
public partial class CreditScheduler
{
    // 1.11: the first vCPU of higher standing than mine that may run here, node by node, soft affinities first.
    private VcpuId Steal(PcpuId p, Pri mine, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        if (now < pcpu.NextSteal) return VcpuId.None;
        if (_options.StealRatelimit > Duration.Zero) pcpu.NextSteal = now + _options.StealRatelimit;
        var found = VcpuId.None;
        if (_softAffinities) found = StealStep(p, mine, true, now);
        if (found.IsNone) found = StealStep(p, mine, false, now);
        Host.Trace(Note.Balance, found, p, found.IsNone ? 0 : 1);
        if (found.IsNone) return found;
        ref var s = ref _vcpus[found.Index];
        Host.Trace(Note.Steal, found, p, s.Processor.Index);
        Dequeue(found);
        MoveTo(ref s, p);
        return found;
    }

    private VcpuId StealStep(PcpuId p, Pri mine, bool soft, Instant now)
    {
        if (_waiting.IsEmpty) return VcpuId.None;
        var own = Host.Topology.NodeOf(p);
        for (var i = 0; i < Host.Topology.Nodes; i++)
        {
            var n = (own + i) % Host.Topology.Nodes;
            var node = Host.Topology.Node(n);
            // Only queues that hold somebody are looked at: the others could give nothing.
            var start = _options.StealScan == StealScan.Rotating ? _lastRobbed[n] : new(_pcpus.Length - 1);
            var peer = node.CycleBoth(start, _waiting);
            for (var first = peer; !peer.IsNone;)
            {
                var busy = peer != p && !_pcpus[peer.Index].Current.IsNone;
                var v = busy ? Loot(peer, p, mine, soft, now) : VcpuId.None;
                if (!v.IsNone)
                {
                    _lastRobbed[n] = peer;
                    return v;
                }
                peer = node.CycleBoth(peer, _waiting);
                if (peer == first) break;
            }
        }
        return VcpuId.None;
    }

    private static bool Prefers(in VcpuInfo info, PcpuId p) =>
        IdlePlacement.Useful(info.SoftAffinity, info.Affinity) && info.SoftAffinity!.Contains(p);
}
