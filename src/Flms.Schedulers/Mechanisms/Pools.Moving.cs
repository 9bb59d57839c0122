using Flms.Core;

namespace Flms.Schedulers.Mechanisms;

// vCPUs and pCPUs that change pools.
public abstract partial class Pools
{
    /// <summary>Wishes a vCPU into a pool: it goes there as soon as it is not running, if its affinity
    /// allows.</summary>
    protected void Move(VcpuId v, int pool, Instant now)
    {
        Wish(v, pool);
        Follow(v, now);
    }

    /// <summary>Wishes a vCPU into a pool, but does not move it yet: for plans in which pCPUs move first.</summary>
    protected void Wish(VcpuId v, int pool) => _members[v.Index].Wish = pool;

    /// <summary>Moves a vCPU where it was wished.</summary>
    protected void Follow(VcpuId v, Instant now) => Settle(v, Resolve(v), now);

    /// <summary>As <see cref="Move(VcpuId, int, Instant)"/>, for a running vCPU whose pCPU is asking: it needs no
    /// kick.</summary>
    /// <remarks>To be called in <see cref="Schedule"/>, ahead of the base's.</remarks>
    protected void MoveLast(VcpuId last, int pool)
    {
        ref var m = ref _members[last.Index];
        m.Wish = pool;
        var to = Resolve(last);
        m.GoesTo = to == m.Pool ? Stays : to;
    }

    /// <summary>Puts a pCPU into another pool: at once if it idles, else when it next asks.</summary>
    /// <remarks>vCPUs that have lost every pCPU of their pool, or can now follow their wish, move too. Its cost goes by
    /// the number of vCPUs.</remarks>
    protected void Move(PcpuId p, int pool, Instant now)
    {
        _pcpuGoesTo[p.Index] = pool == _poolOfPcpu[p.Index] ? Stays : pool;
        if (_pcpuGoesTo[p.Index] == Stays) return;
        if (_running[p.Index].IsNone) Transfer(p, VcpuId.None, Left.Idle, now);
        Host.Kick(p);
    }

    private void Settle(VcpuId v, int to, Instant now)
    {
        ref var m = ref _members[v.Index];
        m.GoesTo = Stays;
        if (to == m.Pool) return;
        if (!m.RunsOn.IsNone)
        {
            m.GoesTo = to;
            Host.Kick(m.RunsOn);
            return;
        }
        Leave(v, now);
        Join(v, to, now);
    }

    private void Leave(VcpuId v, Instant now)
    {
        ref var m = ref _members[v.Index];
        ref var info = ref _info[v.Index];
        var policy = _pools[m.Pool].Policy;
        m.Waits = info.Runnable;
        if (info.Runnable)
        {
            info.Runnable = false;
            policy.Sleep(v, now);
        }
        Remove(v, now);
    }

    private void Remove(VcpuId v, Instant now)
    {
        ref var m = ref _members[v.Index];
        var policy = _pools[m.Pool].Policy;
        if (policy is IKeepsCredit accounts) m.Credit = accounts.CreditOf(v);
        policy.VcpuRemoved(v, now);
        m.Between = true;
        if (m.Parked) Host.Trace(Note.Unpark, v, PcpuId.None);
        m.Parked = false;
    }

    private void Join(VcpuId v, int to, Instant now)
    {
        ref var m = ref _members[v.Index];
        ref var info = ref _info[v.Index];
        var policy = _pools[to].Policy;
        m.Pool = to;
        m.GoesTo = Stays;
        m.Between = false;
        Narrow(v);
        info.Present = true;
        info.Runnable = false;
        policy.VcpuAdded(v, now);
        if (m.Credit != 0 && policy is IKeepsCredit accounts) accounts.SetCredit(v, m.Credit);
        if (!m.Waits) return;
        m.Waits = false;
        info.Runnable = true;
        policy.Wake(v, now);
    }

    // The pCPU that asks, or the vCPU that ran there, or both, change pools.
    private Decision ScheduleMoving(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (_pcpuGoesTo[p.Index] != Stays)
        {
            Transfer(p, last, left, now);
            return _pools[_poolOfPcpu[p.Index]].Policy.Schedule(p, VcpuId.None, Left.Idle, now);
        }
        ref var m = ref _members[last.Index];
        m.Waits = left != Left.Blocked;
        _info[last.Index].Runnable = false;
        var decision = _pools[_poolOfPcpu[p.Index]].Policy.Schedule(p, last, Left.Blocked, now);
        // Who is to run there counts as running, in case the newcomer's pool looks.
        _running[p.Index] = decision.Next;
        Remove(last, now);
        Join(last, m.GoesTo, now);
        return decision;
    }

    private void Transfer(PcpuId p, VcpuId last, Left left, Instant now)
    {
        var from = _poolOfPcpu[p.Index];
        var to = _pcpuGoesTo[p.Index];
        _pcpuGoesTo[p.Index] = Stays;
        _poolOfPcpu[p.Index] = to;
        _running[p.Index] = VcpuId.None;
        _pools[from].Pcpus.Remove(p);
        _pools[to].Pcpus.Add(p);
        for (var v = 0; v < _members.Length; v++)
            if (_info[v].Present) LeaveOrStay(new(v), last, now);
        var leaves = !last.IsNone && _members[last.Index].GoesTo != Stays;
        if (leaves)
        {
            _members[last.Index].Waits = left != Left.Blocked;
            _info[last.Index].Runnable = false;
        }
        _pools[from].Policy.PcpuTaken(p, last, leaves ? Left.Blocked : left, now);
        _pools[to].Policy.PcpuGiven(p, now);
        if (leaves) Remove(last, now);
        for (var v = 0; v < _members.Length; v++)
            if (_info[v].Present && _members[v].Between) Join(new(v), _members[v].GoesTo, now);
        Host.Trace(Note.Group, VcpuId.None, p, HasShortSlices(to) ? 1 : 0);
    }

    private void LeaveOrStay(VcpuId v, VcpuId last, Instant now)
    {
        ref var m = ref _members[v.Index];
        var to = Resolve(v);
        m.GoesTo = to == m.Pool ? Stays : to;
        if (m.GoesTo == Stays || !m.RunsOn.IsNone || v == last) Narrow(v);
        else Leave(v, now);
        if (m.GoesTo != Stays && !m.RunsOn.IsNone) Host.Kick(m.RunsOn);
    }

    /// <summary>The machine as the policy of one pool sees it.</summary>
    private sealed class PoolHost(Pools all, ISchedHost host, int firstTimer) : HostBelow(host, firstTimer)
    {
        public Scheduler Policy = null!;

        public override CpuMask Pcpus { get; } = new(host.Topology.Count);

        public override ref readonly VcpuInfo this[VcpuId v] => ref all._info[v.Index];

        public override VcpuId Running(PcpuId p) => all._running[p.Index];

        public override void Trace(Note note, VcpuId v, PcpuId p, long value)
        {
            if (note is Note.Park or Note.Unpark) all._members[v.Index].Parked = note == Note.Park;
            Host.Trace(note, v, p, value);
        }
    }
}
