using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Null;

/// <summary>Settings of <see cref="NullScheduler"/>: it has none.</summary>
public sealed record NullOptions : SchedulerOptions;

/// <summary>One vCPU for each pCPU, for good: nothing is scheduled (Xen 4.9 and later).</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/xen.md 4.3). A vCPU that is created is given a free pCPU, which it keeps; the
/// pCPU runs it whenever it is runnable, without a slice and without a timer, and idles otherwise. Where there is no
/// free pCPU left the vCPU waits, and runs only if one of those ahead of it goes: it is declared parked
/// meanwhile.</para>
/// <para><i>Rejected.</i> To share a pCPU among those that wait: then it would be round robin.</para>
/// <para><i>Not modelled.</i> pCPUs that are unplugged. Weights and caps mean nothing here.</para>
/// </remarks>
public sealed class NullScheduler : Scheduler
{
    private const int Waiting = 0;

    private readonly VcpuId[] _tenant;          // of each pCPU
    private readonly PcpuId[] _home;            // of each vCPU: where it is the tenant
    private readonly PcpuId[] _runsOn;
    private readonly CpuMask _free;
    private readonly RunQueues _waiting;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    public NullScheduler(ISchedHost host) : base(host)
    {
        _tenant = new VcpuId[host.Topology.Count];
        _home = new PcpuId[host.VcpuCapacity];
        _runsOn = new PcpuId[host.VcpuCapacity];
        Array.Fill(_tenant, VcpuId.None);
        Array.Fill(_home, PcpuId.None);
        Array.Fill(_runsOn, PcpuId.None);
        _free = new CpuMask(host.Topology.Count).Fill();
        _waiting = new(host.VcpuCapacity, 1);
    }

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now) => Settle(v);

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        if (_home[v.Index].IsNone) _waiting.Remove(v);
        else Leave(v);
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        if (!_home[v.Index].IsNone) Host.Kick(_home[v.Index]);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now) { }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (!last.IsNone)
        {
            _runsOn[last.Index] = PcpuId.None;
            var home = _home[last.Index];
            // It was given another pCPU while it ran here: now it can begin there.
            if (left != Left.Blocked && home != p && !home.IsNone) Host.Kick(home);
        }
        var next = _tenant[p.Index];
        if (next.IsNone || !Host[next].Runnable || !_runsOn[next.Index].IsNone) return Decision.Idle;
        _runsOn[next.Index] = p;
        return new(next, Duration.Forever);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        if (_home[v.Index].IsNone)
        {
            if (Choose(v).IsNone) return;
            _waiting.Remove(v);
            Host.Trace(Note.Unpark, v, PcpuId.None);
            Settle(v);
        }
        else if (!Host[v].Affinity.Contains(_home[v.Index]))
        {
            Leave(v);
            Settle(v);
        }
    }

    private void Settle(VcpuId v)
    {
        var p = Choose(v);
        if (p.IsNone)
        {
            _waiting.Append(Waiting, v);
            Host.Trace(Note.Park, v, PcpuId.None);
            return;
        }
        MoveIn(v, p);
    }

    private void MoveIn(VcpuId v, PcpuId p)
    {
        _tenant[p.Index] = v;
        _home[v.Index] = p;
        _free.Remove(p);
        if (Host[v].Runnable) Host.Kick(p);
    }

    // Its pCPU goes to the first of those who wait that would rather run there, or else may.
    private void Leave(VcpuId v)
    {
        var p = _home[v.Index];
        _home[v.Index] = PcpuId.None;
        _tenant[p.Index] = VcpuId.None;
        _free.Add(p);
        var heir = FirstWaiting(p, soft: true);
        if (heir.IsNone) heir = FirstWaiting(p, soft: false);
        if (heir.IsNone) return;
        _waiting.Remove(heir);
        Host.Trace(Note.Unpark, heir, p);
        MoveIn(heir, p);
    }

    private VcpuId FirstWaiting(PcpuId p, bool soft)
    {
        var v = _waiting.Head(Waiting);
        while (!v.IsNone && !(Host[v].Affinity.Contains(p) && (!soft || Host[v].SoftAffinity?.Contains(p) == true)))
            v = _waiting.After(v);
        return v;
    }

    // A free pCPU: among those where it would rather run, then among those where it may; its own before others.
    private PcpuId Choose(VcpuId v)
    {
        ref readonly var info = ref Host[v];
        var own = new PcpuId(v.Index % _tenant.Length);
        if (info.SoftAffinity is { } soft)
        {
            var wish = FirstFree(own, info.Affinity, soft);
            if (!wish.IsNone) return wish;
        }
        return FirstFree(own, info.Affinity, info.Affinity);
    }

    private PcpuId FirstFree(PcpuId own, CpuMask hard, CpuMask wish)
    {
        if (_free.Contains(own) && hard.Contains(own) && wish.Contains(own)) return own;
        var p = _free.FirstBoth(hard);
        while (!p.IsNone && !(wish.Contains(p) && hard.Contains(p) && _free.Contains(p))) p = _free.After(p);
        return p;
    }
}
