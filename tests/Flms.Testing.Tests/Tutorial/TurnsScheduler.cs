using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Testing.Tests.Tutorial;

/// <summary>First come, first served, a slice at a time.</summary>
public sealed class TurnsScheduler(ISchedHost host) : Scheduler(host)
{
    private readonly RunQueues _queue = new(host.VcpuCapacity, queues: 1);

    public override void VcpuAdded(VcpuId v, Instant now) { }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Sleep(VcpuId v, Instant now) => _queue.Remove(v);

    // doc: turns
    private static readonly Duration Slice = 30.Ms;
    private readonly CpuMask _idlers = new CpuMask(host.Topology.Count).Fill();

    public override void Wake(VcpuId v, Instant now)
    {
        _queue.Append(0, v);
        var p = _idlers.First();
        if (p.IsNone) return;
        _idlers.Remove(p);
        Host.Kick(p);
    }

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (left is Left.Runnable or Left.Yielded) _queue.Append(0, last);
        var next = _queue.Head(0);
        _idlers.Set(p, next.IsNone);
        if (next.IsNone) return Decision.Idle;
        _queue.Remove(next);
        return new(next, Slice);
    }
    // end doc
}
