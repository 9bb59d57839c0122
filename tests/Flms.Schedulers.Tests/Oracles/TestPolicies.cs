using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Tests.Oracles;

/// <summary>The first domain goes before all others, on one pCPU: the server of the priority and vacation models.
/// </summary>
/// <param name="host">The machine.</param>
/// <param name="preempt">Does a wake-up of the first domain stop the others at once?</param>
/// <param name="slices">How long the others run at a time, in turn: vacations, if nobody preempts them.</param>
internal sealed class TwoClassScheduler(ISchedHost host, bool preempt, params Duration[] slices) : Scheduler(host)
{
    private readonly RunQueues _queues = new(host.VcpuCapacity, 2);
    private int _slice;

    public override bool WorkConserving => true;

    public override void VcpuAdded(VcpuId v, Instant now) { }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Wake(VcpuId v, Instant now)
    {
        _queues.Append(Class(v), v);
        var running = Host.Running(new(0));
        if (running.IsNone || preempt && Class(v) < Class(running)) Host.Kick(new(0));
    }

    public override void Sleep(VcpuId v, Instant now) => _queues.Remove(v);

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        // Who was stopped goes on where it was: preemptive resume.
        if (left is Left.Runnable or Left.Yielded) _queues.Prepend(Class(last), last);
        var next = _queues.IsEmpty(0) ? _queues.Head(1) : _queues.Head(0);
        if (next.IsNone) return Decision.Idle;
        _queues.Remove(next);
        if (Class(next) == 0 || slices.Length == 0) return new(next, Duration.Forever);
        _slice = (_slice + 1) % slices.Length;
        return new(next, slices[_slice]);
    }

    private int Class(VcpuId v) => Host[v].Domain.Index == 0 ? 0 : 1;
}

/// <summary>Round robin on one pCPU that puts who wakes at the head of the queue, and stops nobody for it.</summary>
internal sealed class HeadInsertionScheduler(ISchedHost host, Duration slice) : Scheduler(host)
{
    private readonly RunQueues _queue = new(host.VcpuCapacity, 1);

    public override void VcpuAdded(VcpuId v, Instant now) { }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Wake(VcpuId v, Instant now)
    {
        _queue.Prepend(0, v);
        if (Host.Running(new(0)).IsNone) Host.Kick(new(0));
    }

    public override void Sleep(VcpuId v, Instant now) => _queue.Remove(v);

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (left is Left.Runnable or Left.Yielded) _queue.Append(0, last);
        var next = _queue.Head(0);
        if (next.IsNone) return Decision.Idle;
        _queue.Remove(next);
        return new(next, slice);
    }
}
