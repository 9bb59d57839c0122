using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers;

/// <summary>Where a runnable vCPU waits under <see cref="RoundRobinScheduler"/>.</summary>
public enum QueueLayout : byte
{
    /// <summary>In one queue, which every pCPU takes from.</summary>
    Shared,

    /// <summary>In the queue of its home pCPU, which never changes: vCPU v lives on pCPU v modulo their
    /// number.</summary>
    PerPcpu,
}

/// <summary>Settings of <see cref="RoundRobinScheduler"/>.</summary>
public sealed record RoundRobinOptions : SchedulerOptions
{
    /// <summary>Longest run before the next has its turn. Default 30 ms.</summary>
    [Option("Longest run before the next vCPU has its turn.", "Credit's slice, spec/xen.md 1.1",
        Min = "1us", Max = "10s")]
    public Duration Slice { get; init; } = 30.Ms;

    /// <summary>Where runnable vCPUs wait. Default: one shared queue.</summary>
    [Option("One shared queue, or one queue for each pCPU with fixed homes.", "spec/peers.md 1: glob and part")]
    public QueueLayout Queues { get; init; } = QueueLayout.Shared;
}

/// <summary>First come, first served, a slice at a time: the smallest policy, and the baseline of the others.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> A vCPU that wakes or has used its slice goes to the tail; a pCPU that asks takes
/// the head. A wake-up kicks the lowest idle pCPU. With affinities, a pCPU takes the first vCPU that may run
/// there.</para>
/// <para><i>Not modelled.</i> Weights, caps, preemption, and any thought of where a vCPU ran last.</para>
/// </remarks>
/// <param name="host">The machine.</param>
/// <param name="options">The settings.</param>
public sealed class RoundRobinScheduler(ISchedHost host, RoundRobinOptions options) : Scheduler(host)
{
    private readonly int _pcpus = host.Topology.Count;
    private readonly RunQueues _queues =
        new(host.VcpuCapacity, options.Queues == QueueLayout.Shared ? 1 : host.Topology.Count);
    private readonly CpuMask _idlers = CpuMask.Copy(host.Pcpus);

    /// <inheritdoc />
    public override bool WorkConserving => options.Queues == QueueLayout.Shared;

    /// <inheritdoc />
    public override bool PcpusMayChange => options.Queues == QueueLayout.Shared;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now) { }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) { }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        _queues.Append(QueueOf(v), v);
        KickOneFor(v);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now) => _queues.Remove(v);

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        var stays = left is Left.Runnable or Left.Yielded;
        if (stays) _queues.Append(QueueOf(last), last);
        var next = FirstFor(p);
        _idlers.Set(p, next.IsNone);
        // With affinities another pCPU may idle that could not take the next, but can take the last.
        if (stays && next != last) KickOneFor(last);
        if (next.IsNone) return Decision.Idle;
        _queues.Remove(next);
        return new(next, options.Slice);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        if (_queues.Contains(v)) KickOneFor(v);
    }

    /// <inheritdoc />
    public override void PcpuGiven(PcpuId p, Instant now)
    {
        // It will ask, and take the first who fits: as one that was kicked, it is not idle for the next who wakes.
    }

    /// <inheritdoc />
    public override void PcpuTaken(PcpuId p, VcpuId last, Left left, Instant now)
    {
        _idlers.Remove(p);
        if (left is Left.Runnable or Left.Yielded) _queues.Append(0, last);
        // It may have been kicked for somebody who waits.
        for (var v = _queues.Head(0); !v.IsNone && !_idlers.IsEmpty; v = _queues.After(v)) KickOneFor(v);
    }

    private int QueueOf(VcpuId v) => options.Queues == QueueLayout.Shared ? 0 : v.Index % _pcpus;

    // An idle pCPU that is kicked counts as busy at once, so that the next wake-up finds another.
    private void KickOneFor(VcpuId v)
    {
        if (_idlers.IsEmpty) return;
        var home = new PcpuId(v.Index % _pcpus);
        var p = options.Queues == QueueLayout.Shared ? _idlers.FirstBoth(Host[v].Affinity)
            : _idlers.Contains(home) ? home
            : PcpuId.None;
        if (p.IsNone) return;
        _idlers.Remove(p);
        Host.Kick(p);
    }

    private VcpuId FirstFor(PcpuId p)
    {
        var v = _queues.Head(options.Queues == QueueLayout.Shared ? 0 : p.Index);
        while (!v.IsNone && !Host[v].Affinity.Contains(p)) v = _queues.After(v);
        return v;
    }
}
