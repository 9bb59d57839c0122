using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Testing.Tests.Tutorial;

// doc: weighted
/// <summary>Takes turns; how long a turn is goes by weight. Keeps to affinities.</summary>
public sealed class WeightedScheduler(ISchedHost host) : Scheduler(host)
{
    private const int DefaultWeight = 256;
    private static readonly Duration Slice = 30.Ms;
    private readonly RunQueues _queue = new(host.VcpuCapacity, queues: 1);
    private readonly CpuMask _idlers = new CpuMask(host.Topology.Count).Fill();

    public override bool WorkConserving => true;

    public override void VcpuAdded(VcpuId v, Instant now) { }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Wake(VcpuId v, Instant now)
    {
        _queue.Append(0, v);
        KickOneFor(v);
    }

    public override void Sleep(VcpuId v, Instant now) => _queue.Remove(v);

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        var stays = left is Left.Runnable or Left.Yielded;
        if (stays) _queue.Append(0, last);
        var next = FirstFor(p);
        _idlers.Set(p, next.IsNone);
        if (stays && next != last) KickOneFor(last);
        if (next.IsNone) return Decision.Idle;
        _queue.Remove(next);
        return new(next, Slice * Host[next].Weight / DefaultWeight);
    }

    public override void Adjusted(VcpuId v, Instant now)
    {
        if (_queue.Contains(v)) KickOneFor(v);
    }

    private void KickOneFor(VcpuId v)
    {
        var p = _idlers.FirstBoth(Host[v].Affinity);
        if (p.IsNone) return;
        _idlers.Remove(p);
        Host.Kick(p);
    }

    private VcpuId FirstFor(PcpuId p)
    {
        var v = _queue.Head(0);
        while (!v.IsNone && !Host[v].Affinity.Contains(p)) v = _queue.After(v);
        return v;
    }
}
// end doc
