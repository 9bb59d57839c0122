using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Bench;

/// <summary>
/// The policy of <see cref="VrrMode.Boost"/>: round robin on fixed homes, where an I/O vCPU that wakes takes the pCPU
/// from a hog.
/// </summary>
/// <remarks>
/// <para><i>Theory of operation.</i> Each pCPU has one queue for I/O (domains of kind <see cref="DomainKind.Latency"/>)
/// and one for hogs; I/O goes first and waits only for other I/O, the latest to wake first: so it is in the published
/// counts, where it is put at the head of the one queue. A hog that gives way goes back to the head of its queue; one
/// whose slice is over goes to the tail, also if an I/O vCPU woke at that very instant.</para>
/// <para><i>Reference.</i> spec/peers.md section 1, W-vrr, mode <c>boost</c>.</para>
/// </remarks>
/// <param name="host">The machine.</param>
/// <param name="slice">The longest run.</param>
public sealed class BoostScheduler(ISchedHost host, Duration slice) : Scheduler(host)
{
    private readonly int _pcpus = host.Topology.Count;
    private readonly RunQueues _queues = new(host.VcpuCapacity, 2 * host.Topology.Count);
    private readonly Instant[] _sliceEnd = new Instant[host.Topology.Count];

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now) { }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) { }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        var home = new PcpuId(v.Index % _pcpus);
        if (IsIo(v)) _queues.Prepend(QueueOf(v), v);
        else _queues.Append(QueueOf(v), v);
        var running = Host.Running(home);
        if (running.IsNone || (IsIo(v) && !IsIo(running))) Host.Kick(home);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now) => _queues.Remove(v);

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (left is Left.Runnable or Left.Yielded)
        {
            if (now < _sliceEnd[p.Index]) _queues.Prepend(QueueOf(last), last);
            else _queues.Append(QueueOf(last), last);
        }
        var next = _queues.Head(p.Index);
        if (next.IsNone) next = _queues.Head(_pcpus + p.Index);
        if (next.IsNone) return Decision.Idle;
        _queues.Remove(next);
        _sliceEnd[p.Index] = now + slice;
        return new(next, slice);
    }

    private bool IsIo(VcpuId v) => Host[v].Kind == DomainKind.Latency;

    private int QueueOf(VcpuId v) => (IsIo(v) ? 0 : _pcpus) + v.Index % _pcpus;
}
