using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Testing.Tests.Tutorial;

// doc: fifo
/// <summary>First come, first served, until it blocks.</summary>
public sealed class FifoScheduler(ISchedHost host) : Scheduler(host)
{
    private readonly RunQueues _queue = new(host.VcpuCapacity, queues: 1);

    public override void VcpuAdded(VcpuId v, Instant now) { }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Wake(VcpuId v, Instant now)
    {
        _queue.Append(0, v);
        for (var p = Host.Topology.All.First(); !p.IsNone; p = Host.Topology.All.After(p)) Host.Kick(p);
    }

    public override void Sleep(VcpuId v, Instant now) => _queue.Remove(v);

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (left is Left.Runnable or Left.Yielded) return new(last, Duration.Forever);
        var next = _queue.Head(0);
        if (next.IsNone) return Decision.Idle;
        _queue.Remove(next);
        return new(next, Duration.Forever);
    }
}
// end doc
