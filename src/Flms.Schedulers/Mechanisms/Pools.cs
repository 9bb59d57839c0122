using Flms.Core;

namespace Flms.Schedulers.Mechanisms;

/// <summary>Several policies on one machine, each on its own pCPUs: Xen's cpupools, by composition.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> Each pool is a complete policy behind a host of its own that shows it its pCPUs
/// only: affinities are narrowed to them, timers renumbered, kicks passed through. A policy that is built of pools says
/// which pool a vCPU should be in (its wish) and which pCPUs a pool has, and may change both at any time.</para>
/// <para><i>Moving a vCPU.</i> Blocked: it is removed here and added there. Waiting: it sleeps here first, and wakes
/// there. Running: its pCPU is kicked, and it moves when that asks; here it blocks. So a move counts as a wake-up, as
/// in Xen 4.4.2 (spec/xen.md 1.14, Q7). Between policies that keep credit, credit goes along (inferred: Xen gives a new
/// pool's members none, and a vCPU that moves often would never pay).</para>
/// <para><i>Moving a pCPU.</i> Idle: at once. Busy: when it next asks, after a kick; who ran there is put elsewhere in
/// the old pool.</para>
/// <para><i>Affinity goes before a wish.</i> Xen refuses to move a vCPU to a pool that its hard affinity does not meet.
/// Here it stays in its pool if that meets the affinity, else goes to the first pool that does; and follows its wish as
/// soon as it can.</para>
/// <para><i>Not modelled.</i> Caps and weights over pools: a domain whose vCPUs are in two pools has its cap and its
/// weight in each. What guests switch to is not passed on. Within one instant a policy may be told of a move after
/// its timers (law H3).</para>
/// </remarks>
public abstract partial class Pools : Scheduler
{
    private const int Stays = -1;

    private struct Member
    {
        public int Pool;
        public int Wish;
        public int GoesTo;      // the pool it moves to when its pCPU asks, or is on its way to; or Stays
        public long Credit;     // what it took along from the last policy that keeps credit
        public PcpuId RunsOn;
        public bool Waits;      // between pools: wakes when it arrives
        public bool Between;    // has left one pool and not joined another
        public bool Parked;
    }

    private readonly PoolHost[] _pools;
    private readonly int _ownTimers;
    private readonly int[] _poolOfTimer;
    private readonly Member[] _members;
    private readonly VcpuInfo[] _info;
    private readonly int[] _poolOfPcpu;
    private readonly int[] _pcpuGoesTo;
    private readonly VcpuId[] _running;

    /// <summary>Pools without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="ownTimers">Timers 0 to this less one are the derived policy's; those of the pools come
    /// after.</param>
    /// <param name="poolOfPcpu">For each pCPU, the pool that it begins in.</param>
    /// <param name="policies">What schedules each pool; pools are 0 to their number less one. A policy whose pCPUs may
    /// not change serves a pool whose pCPUs do not.</param>
    protected Pools(ISchedHost host, int ownTimers, ReadOnlySpan<int> poolOfPcpu,
        params ReadOnlySpan<Func<ISchedHost, Scheduler>> policies) : base(host)
    {
        _ownTimers = ownTimers;
        _members = new Member[host.VcpuCapacity];
        _info = new VcpuInfo[host.VcpuCapacity];
        _poolOfPcpu = [.. poolOfPcpu];
        _pcpuGoesTo = new int[_poolOfPcpu.Length];
        Array.Fill(_pcpuGoesTo, Stays);
        _running = new VcpuId[_poolOfPcpu.Length];
        Array.Fill(_running, VcpuId.None);
        for (var v = 0; v < _info.Length; v++) _info[v].Affinity = new(host.Topology.Count);
        _pools = new PoolHost[policies.Length];
        var timers = ownTimers;
        for (var i = 0; i < _pools.Length; i++)
        {
            var pool = _pools[i] = new(this, host, timers);
            for (var p = 0; p < _poolOfPcpu.Length; p++)
                if (_poolOfPcpu[p] == i) pool.Pcpus.Add(new(p));
            pool.Policy = policies[i](pool);
            timers += pool.Policy.Timers;
        }
        _poolOfTimer = new int[timers - ownTimers];
        for (var i = 0; i < _pools.Length; i++)
            Array.Fill(_poolOfTimer, i, _pools[i].FirstTimer - ownTimers, _pools[i].Policy.Timers);
    }

    /// <inheritdoc />
    public sealed override int Timers => _ownTimers + _poolOfTimer.Length;

    /// <summary>The pool that a vCPU is in.</summary>
    protected int PoolOf(VcpuId v) => _members[v.Index].Pool;

    /// <summary>The pool that a pCPU is in; where it goes, if it is about to move.</summary>
    protected int PoolOf(PcpuId p) =>
        _pcpuGoesTo[p.Index] == Stays ? _poolOfPcpu[p.Index] : _pcpuGoesTo[p.Index];

    /// <summary>The pCPUs of a pool. Not to be changed.</summary>
    protected CpuMask PcpusOf(int pool) => _pools[pool].Pcpus;

    /// <summary>The policy of a pool.</summary>
    protected Scheduler PolicyOf(int pool) => _pools[pool].Policy;

    /// <summary>Is the vCPU there: added, and not removed?</summary>
    protected bool IsMember(VcpuId v) => _info[v.Index].Present;

    /// <summary>The pool of each pCPU when the lowest are pool 0 and all others pool 1.</summary>
    protected static int[] LowestFirst(ISchedHost host, int inPool0)
    {
        var pools = new int[host.Topology.Count];
        for (var p = inPool0; p < pools.Length; p++) pools[p] = 1;
        return pools;
    }

    /// <summary>The pool in which a vCPU that was just created should be.</summary>
    protected abstract int FirstPool(VcpuId v, Instant now);

    /// <summary>The pool in which a vCPU should be whose affinity, weight, cap or kind has changed. Default: as
    /// before.</summary>
    protected virtual int PoolAfterChange(VcpuId v) => _members[v.Index].Wish;

    /// <summary>Is the pool one for short slices? Only those who watch are told (<see cref="Note.Group"/>). Default:
    /// no.
    /// </summary>
    protected virtual bool HasShortSlices(int pool) => false;

    /// <summary>One of the derived policy's own timers fired.</summary>
    protected virtual void OwnTimer(int timer, Instant now) { }

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        _members[v.Index] = new() { GoesTo = Stays, RunsOn = PcpuId.None };
        CopyInfo(v);
        ref var m = ref _members[v.Index];
        m.Wish = FirstPool(v, now);
        m.Pool = m.Wish;
        Join(v, Resolve(v), now);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        _pools[_members[v.Index].Pool].Policy.VcpuRemoved(v, now);
        _info[v.Index].Present = false;
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        _info[v.Index].Runnable = true;
        _pools[_members[v.Index].Pool].Policy.Wake(v, now);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        _info[v.Index].Runnable = false;
        _pools[_members[v.Index].Pool].Policy.Sleep(v, now);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        var moves = _pcpuGoesTo[p.Index] != Stays;
        if (!last.IsNone)
        {
            ref var m = ref _members[last.Index];
            m.RunsOn = PcpuId.None;
            if (left == Left.Blocked) _info[last.Index].Runnable = false;
            moves |= m.GoesTo != Stays;
        }
        var decision = moves ? ScheduleMoving(p, last, left, now)
            : _pools[_poolOfPcpu[p.Index]].Policy.Schedule(p, last, left, now);
        _running[p.Index] = decision.Next;
        if (!decision.Next.IsNone) _members[decision.Next.Index].RunsOn = p;
        return decision;
    }

    /// <inheritdoc />
    public override void IoEvent(VcpuId v, int source, Instant now) =>
        _pools[_members[v.Index].Pool].Policy.IoEvent(v, source, now);

    /// <inheritdoc />
    public sealed override void Timer(int timer, Instant now)
    {
        if (timer < _ownTimers)
        {
            OwnTimer(timer, now);
            return;
        }
        var pool = _pools[_poolOfTimer[timer - _ownTimers]];
        pool.Policy.Timer(timer - pool.FirstTimer, now);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        ref var m = ref _members[v.Index];
        CopyInfo(v);
        m.Wish = PoolAfterChange(v);
        var to = Resolve(v);
        if (to == m.Pool || !m.RunsOn.IsNone)
        {
            Narrow(v);
            _pools[m.Pool].Policy.Adjusted(v, now);
        }
        Settle(v, to, now);
    }

    // All that the host knows, but where it may run and whether it is runnable is the pool's view.
    private void CopyInfo(VcpuId v)
    {
        ref var info = ref _info[v.Index];
        var (affinity, runnable, present) = (info.Affinity, info.Runnable, info.Present);
        info = Host[v];
        (info.Affinity, info.Runnable, info.Present) = (affinity, runnable, present);
    }

    // One whose affinity the pool no longer meets is on its way out, and until then may be anywhere in it.
    private void Narrow(VcpuId v)
    {
        var pcpus = _pools[_members[v.Index].Pool].Pcpus;
        var affinity = _info[v.Index].Affinity;
        affinity.CopyFrom(pcpus);
        affinity.IntersectWith(Host[v].Affinity);
        if (affinity.IsEmpty) affinity.CopyFrom(pcpus);
    }

    // The pool that it should be in and may be in.
    private int Resolve(VcpuId v)
    {
        var affinity = Host[v].Affinity;
        ref readonly var m = ref _members[v.Index];
        if (_pools[m.Wish].Pcpus.Intersects(affinity)) return m.Wish;
        if (_pools[m.Pool].Pcpus.Intersects(affinity)) return m.Pool;
        for (var i = 0; i < _pools.Length; i++)
            if (_pools[i].Pcpus.Intersects(affinity)) return i;
        throw new PolicyFault("H6", $"{v} may run on {affinity} only, which no pool has");
    }
}
