using System.Runtime.CompilerServices;
using Flms.Core;
using Flms.Schedulers.Linux;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Cfs;

/// <summary>Linux's CFS as it scheduled KVM's vCPUs up to 6.5: the least virtual run time goes first.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/linux-host.md section 1). A vCPU's virtual time advances while it runs, the
/// slower the greater its weight; the queue is ordered by it. Its slice is its share of the latency. Nothing but a tick
/// notices that a slice is over. Who wakes is put at most half a latency behind the least virtual time, and preempts if
/// the runner is ahead by more than the wake-up granularity. With groups all this happens among the VMs of a pCPU
/// first, and then within the VM. Where a vCPU is queued is <see cref="FairScheduler"/>'s.</para>
/// <para><i>Inferred.</i> A run that goes on after a pick continues its slice; a slice is at most one latency; a group
/// that was empty on a pCPU is placed there as a sleeper is.</para>
/// <para><i>Rejected.</i> A timer at the slice's end (HRTICK): it was off on every kernel that was measured.</para>
/// <para><i>Not modelled.</i> yield_to (the contract does not name who is yielded to), SCHED_BATCH and SCHED_IDLE,
/// bandwidth limits, throttling of real-time tasks, and what <see cref="FairScheduler"/> leaves out.</para>
/// </remarks>
public sealed class CfsScheduler : FairScheduler
{
    private struct Entity
    {
        public long Vruntime;
        public long Ran;   // in all
        public long Began; // what it had run when it was last chosen
    }

    // Entities are written as number + 1, and 0 is none: a queue that nobody ever used is a page nobody touched.
    private struct Queue
    {
        public long MinVruntime;
        public int Current;
        public int Was;   // the one that has just been put back, whose slice goes on if it is chosen again
        public int Next;  // buddies
        public int Last;
        public int Skip;
        public int Count; // entities, the current one among them
    }

    private struct Pcpu
    {
        public Instant Charged; // whoever runs has paid up to here
        public bool Called;     // a preemption is on its way
    }

    private readonly CfsOptions _options;
    private readonly VirtualTimeTree _tree;
    private Entity[] _entities;
    private Queue[] _queues;
    private readonly Pcpu[] _pcpus;
    private readonly long _latency;
    private readonly long _minGranularity;
    private readonly long _wakeupGranularity;
    private readonly int _fitting; // so many fit into one latency

    /// <summary>Makes the queues of a machine.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public CfsScheduler(ISchedHost host, CfsOptions options) : base(host, options)
    {
        _options = options;
        var factor = options.Factor(host.Topology.Count);
        _latency = options.Latency.Ns * factor;
        _minGranularity = options.MinGranularity.Ns * factor;
        _wakeupGranularity = options.WakeupGranularity.Ns * factor;
        _fitting = (int)((_latency + _minGranularity - 1) / _minGranularity);
        _tree = new(Groups.Entities, Groups.Queues);
        _entities = new Entity[Groups.Entities];
        _queues = new Queue[Groups.Queues];
        _pcpus = new Pcpu[host.Topology.Count];
    }

    /// <inheritdoc />
    protected override void Grow(int entities, int queues)
    {
        Array.Resize(ref _entities, entities);
        Array.Resize(ref _queues, queues);
        _tree.Grow(entities, queues);
    }

    /// <inheritdoc />
    protected override void Charge(PcpuId p, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        var v = Current(p);
        var ran = (now - pcpu.Charged).Ns;
        if (v.IsNone || ran <= 0) return;
        pcpu.Charged = now;
        var group = Groups.GroupOf(DomainOf(v), p);
        ChargeEntity(v.Index, group < 0 ? p.Index : Groups.QueueIn(group), ran);
        if (group >= 0) ChargeEntity(group, p.Index, ran);
    }

    /// <inheritdoc />
    protected override void Enqueue(VcpuId v, PcpuId p, PcpuId from, Arrival why, Instant now)
    {
        var d = DomainOf(v);
        var group = Groups.GroupOf(d, p);
        var queue = QueueOf(v, p);
        ref var e = ref _entities[v.Index];
        // Virtual times of two queues differ by what each has seen: a vCPU keeps its distance from the least.
        if (p != from) e.Vruntime += _queues[queue].MinVruntime - _queues[QueueOf(v, from)].MinVruntime;
        _queues[queue].Count++;
        if (group >= 0 && Groups.VcpusIn(group) == 1)
        {
            _queues[p.Index].Count++;
            PlaceSleeper(group, p.Index);
            Insert(group, p.Index);
        }
        if (why == Arrival.New)
            PlaceNew(v, p, queue);
        else if (why == Arrival.Wake)
            PlaceSleeper(v.Index, queue);
        Insert(v.Index, queue);
    }

    /// <inheritdoc />
    protected override void Dequeue(VcpuId v, PcpuId p, Instant now)
    {
        var group = Groups.GroupOf(DomainOf(v), p);
        _tree.Remove(v.Index);
        Leave(v.Index, QueueOf(v, p));
        if (group < 0 || Groups.VcpusIn(group) > 1) return;
        _tree.Remove(group);
        Leave(group, p.Index);
    }

    /// <inheritdoc />
    protected override void Put(VcpuId v, PcpuId p, Left left, Instant now)
    {
        var group = Groups.GroupOf(DomainOf(v), p);
        var queue = QueueOf(v, p);
        PutEntity(v.Index, queue, left != Left.Blocked, left == Left.Yielded);
        if (group >= 0)
            PutEntity(group, p.Index, left != Left.Blocked || Groups.VcpusIn(group) > 1, left == Left.Yielded);
    }

    /// <inheritdoc />
    protected override Decision Next(PcpuId p, Instant now)
    {
        _pcpus[p.Index] = new() { Charged = now };
        var entity = Choose(p.Index);
        if (Groups.IsGroup(entity)) entity = Choose(Groups.QueueIn(entity));
        return new(new(entity), Duration.Forever);
    }

    /// <inheritdoc />
    protected override bool Preempts(VcpuId v, PcpuId p, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        var runner = Current(p);
        var many = _queues[QueueOf(runner, p)].Count >= _fitting;
        if (_options.NextBuddy && many) Befriend(v, p);
        if (pcpu.Called || !_options.WakeupPreemption) return false;
        var (current, waker, queue) = Rivals(runner, v, p);
        if (!IsFarAhead(_entities[current].Vruntime, waker)) return false;
        pcpu.Called = true;
        Befriend(v, p);
        if (_options.LastBuddy && many && !Groups.IsGroup(current)) _queues[queue].Last = current + 1;
        return true;
    }

    /// <inheritdoc />
    protected override bool TickEnds(PcpuId p, Instant now)
    {
        var v = Current(p);
        var group = Groups.GroupOf(DomainOf(v), p);
        if (group >= 0 && RunEnds(v.Index, Groups.QueueIn(group), v, p)) return true;
        return RunEnds(group >= 0 ? group : v.Index, p.Index, v, p);
    }

    private int QueueOf(VcpuId v, PcpuId p)
    {
        var group = Groups.GroupOf(DomainOf(v), p);
        return group < 0 ? p.Index : Groups.QueueIn(group);
    }

    // The two entities of one queue by which two vCPUs of a pCPU are compared.
    private (int A, int B, int Queue) Rivals(VcpuId a, VcpuId b, PcpuId p)
    {
        var group = Groups.GroupOf(DomainOf(a), p);
        if (group < 0) return (a.Index, b.Index, p.Index);
        return DomainOf(a) == DomainOf(b) ? (a.Index, b.Index, Groups.QueueIn(group))
            : (group, Groups.GroupOf(DomainOf(b), p), p.Index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long Virtual(long time, int entity)
    {
        var weight = Groups.WeightOf(entity);
        return weight == FairGroups.NormalWeight ? time : time * FairGroups.NormalWeight / weight;
    }

    private void ChargeEntity(int entity, int queue, long ran)
    {
        ref var e = ref _entities[entity];
        e.Ran += ran;
        e.Vruntime += Virtual(ran, entity);
        AdvanceMin(queue);
    }

    // The least virtual time of a queue never goes back.
    private void AdvanceMin(int queue)
    {
        ref var q = ref _queues[queue];
        var first = _tree.First(queue);
        var least = first >= 0 ? _tree.KeyOf(first) : long.MaxValue;
        if (q.Current > 0) least = Math.Min(least, _entities[q.Current - 1].Vruntime);
        if (least != long.MaxValue && least > q.MinVruntime) q.MinVruntime = least;
    }

    private void PlaceNew(VcpuId v, PcpuId p, int queue)
    {
        var debit = _options.StartDebit ? Virtual(Slice(v.Index, v, p), v.Index) : 0;
        _entities[v.Index].Vruntime = _queues[queue].MinVruntime + debit;
    }

    private void PlaceSleeper(int entity, int queue)
    {
        var credit = _options.GentleSleepers ? _latency / 2 : _latency;
        ref var e = ref _entities[entity];
        e.Vruntime = Math.Max(e.Vruntime, _queues[queue].MinVruntime - credit);
    }

    private void Insert(int entity, int queue) => _tree.Insert(queue, entity, _entities[entity].Vruntime);

    private void Leave(int entity, int queue)
    {
        ref var q = ref _queues[queue];
        q.Count--;
        if (q.Was == entity + 1) q.Was = 0;
        Forget(entity, queue);
        AdvanceMin(queue);
    }

    private void Forget(int entity, int queue)
    {
        ref var q = ref _queues[queue];
        if (q.Next == entity + 1) q.Next = 0;
        if (q.Last == entity + 1) q.Last = 0;
        if (q.Skip == entity + 1) q.Skip = 0;
    }

    private void PutEntity(int entity, int queue, bool stays, bool yields)
    {
        ref var q = ref _queues[queue];
        q.Current = 0;
        q.Was = stays ? entity + 1 : 0;
        if (!stays)
        {
            Leave(entity, queue);
            return;
        }
        Insert(entity, queue);
        if (!yields) return;
        Forget(entity, queue);
        q.Skip = entity + 1;
    }

    // Who wakes is preferred at every level.
    private void Befriend(VcpuId v, PcpuId p)
    {
        _queues[QueueOf(v, p)].Next = v.Index + 1;
        var group = Groups.GroupOf(DomainOf(v), p);
        if (group >= 0) _queues[p.Index].Next = group + 1;
    }

    // The least virtual time, unless it wants to be skipped or a buddy is not much further.
    private int Choose(int queue)
    {
        ref var q = ref _queues[queue];
        var left = _tree.First(queue);
        var entity = left;
        if (q.Skip == left + 1 && _tree.After(left) is >= 0 and var second && IsClose(second, left)) entity = second;
        if (q.Next > 0 && IsClose(q.Next - 1, left)) entity = q.Next - 1;
        else if (q.Last > 0 && IsClose(q.Last - 1, left)) entity = q.Last - 1;
        Forget(entity, queue);
        _tree.Remove(entity);
        ref var e = ref _entities[entity];
        if (q.Was != entity + 1) e.Began = e.Ran;
        (q.Current, q.Was) = (entity + 1, 0);
        return entity;
    }

    private bool IsClose(int buddy, int left) => !IsFarAhead(_entities[buddy].Vruntime, left);

    private bool IsFarAhead(long vruntime, int entity)
    {
        var lead = vruntime - _entities[entity].Vruntime;
        return lead > 0 && lead > Virtual(_wakeupGranularity, entity);
    }

    private bool RunEnds(int entity, int queue, VcpuId v, PcpuId p)
    {
        ref var q = ref _queues[queue];
        if (q.Count < 2) return false;
        ref var e = ref _entities[entity];
        var slice = Math.Min(Slice(entity, v, p), _latency);
        var ran = e.Ran - e.Began;
        if (ran > slice)
        {
            Forget(entity, queue);
            return true;
        }
        return ran >= _minGranularity && e.Vruntime - _tree.KeyOf(_tree.First(queue)) > slice;
    }

    // Its share of the period, level by level: the vCPU's own, or that of its group.
    private long Slice(int entity, VcpuId v, PcpuId p)
    {
        var queue = entity == v.Index ? QueueOf(v, p) : p.Index;
        var runnable = _options.AltPeriod ? Figures.Count(p) : _queues[queue].Count;
        var slice = runnable > _fitting ? runnable * _minGranularity : _latency;
        slice = Share(slice, entity, queue);
        if (queue != p.Index) slice = Share(slice, Groups.GroupOf(DomainOf(v), p), p.Index);
        return Math.Max(slice, _minGranularity);
    }

    private long Share(long time, int entity, int queue)
    {
        var load = Groups.LoadOf(queue);
        var weight = Groups.WeightOf(entity);
        return load <= weight ? time : time * weight / load;
    }
}
