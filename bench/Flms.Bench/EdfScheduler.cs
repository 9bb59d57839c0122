using Flms.Core;

namespace Flms.Bench;

/// <summary>Partitioned preemptive earliest deadline first: the policy of <see cref="Pedf"/>.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> vCPU v lives on pCPU v modulo their number. What wakes has its deadline
/// <see cref="EdfTask.Deadline"/> later; the earliest deadline runs, until it blocks or an earlier one wakes. Equal
/// deadlines: the earlier release, then the lower vCPU.</para>
/// <para><i>Not modelled.</i> A deadline that is missed: a task that is still at work when its next job is released
/// keeps its old deadline.</para>
/// <para><i>Reference.</i> spec/peers.md section 1, W-pedf.</para>
/// </remarks>
public sealed class EdfScheduler : Scheduler
{
    private readonly int _pcpus;
    private readonly Duration[] _relative;
    private readonly Instant[] _deadline;
    private readonly Instant[] _release;

    /// <summary>The policy of one host, each of whose domains has an <see cref="EdfTask"/>.</summary>
    public EdfScheduler(ISchedHost host) : base(host)
    {
        _pcpus = host.Topology.Count;
        _relative = new Duration[host.VcpuCapacity];
        _deadline = new Instant[host.VcpuCapacity];
        _release = new Instant[host.VcpuCapacity];
        Array.Fill(_deadline, Instant.Never);
    }

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        var task = Host.ParametersOf<EdfTask>(Host[v].Domain);
        Check.That(task != null);
        _relative[v.Index] = task!.Deadline;
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) => _deadline[v.Index] = Instant.Never;

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        _deadline[v.Index] = now + _relative[v.Index];
        _release[v.Index] = now;
        var home = new PcpuId(v.Index % _pcpus);
        var running = Host.Running(home);
        if (running.IsNone || Before(v, running)) Host.Kick(home);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now) => _deadline[v.Index] = Instant.Never;

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (left == Left.Blocked) _deadline[last.Index] = Instant.Never;
        // A pCPU has a handful of tasks: looking at each is simpler than a queue in order of deadlines, and as fast.
        var first = p.Index;
        for (var v = first + _pcpus; v < _deadline.Length; v += _pcpus)
            if (Before(new(v), new(first))) first = v;
        return _deadline[first] == Instant.Never ? Decision.Idle : new(new(first), Duration.Forever);
    }

    private bool Before(VcpuId a, VcpuId b)
    {
        var (x, y) = (_deadline[a.Index], _deadline[b.Index]);
        return x != y ? x < y : _release[a.Index] < _release[b.Index];
    }
}
