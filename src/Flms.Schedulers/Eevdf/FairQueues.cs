using System.Runtime.CompilerServices;
using Flms.Core;
using Flms.Schedulers.Linux;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Eevdf;

/// <summary>Who shares a pCPU under EEVDF: a vCPU, or a domain's group on one pCPU.</summary>
internal struct FairEntity
{
    public long Vruntime;   // ns at the weight of nice 0
    public long Deadline;   // virtual; while Relative, the distance from Vruntime
    public long Slice;      // ns
    public long Lag;        // while it is off the queue: virtual time owed to it
    public long Protected;  // up to this virtual time the runner is not preempted
    public int Weight;
    public int Queue;       // on which it is, or was last
    public bool Queued;
    public bool Delayed;    // asleep, but still queued
    public bool Relative;
}

/// <summary>Virtual time, lag and deadlines of EEVDF: queues of entities, and no thought of who they are.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/linux-host.md 2.1). An entity's virtual time v advances by its run time over
/// its weight. The queue's V is the weighted mean of the v of all on it, the runner included; lag = V − v; eligible is
/// who has v &lt;= V; of those the earliest deadline is picked, where deadline = v + slice / weight.</para>
/// <para><i>Arithmetic.</i> Sums of weight x (v − zero) are kept relative to a zero that follows V, in 128 bits: with
/// weights up to 2^18 of 2^16 entities and distances up to 2^63 they cannot overflow, and are not checked for
/// it. V is rounded toward negative infinity, and as v is whole, v &lt;= V means the same with and without
/// rounding.</para>
/// </remarks>
internal sealed class FairQueues
{
    public const int NiceZero = 1024;

    private struct Queue
    {
        public Int128 Sum;      // of weight x (v - Zero), of those in the tree
        public long Zero;
        public long Load;       // weights of those in the tree
        public int Current;     // the runner, which is not in the tree, or -1
        public int Count;       // with the runner
        public int Buddy;       // to be picked first, or -1
    }

    private FairEntity[] _entities;
    private Queue[] _queues;
    private readonly VirtualTimeTree _tree;
    private readonly EevdfOptions _options;

    public FairQueues(int entities, int queues, EevdfOptions options)
    {
        _options = options;
        _entities = [];
        _queues = [];
        _tree = new(0, 0);
        Grow(entities, queues);
    }

    /// <summary>Makes room for more. No reference to an entity may be held meanwhile.</summary>
    public void Grow(int entities, int queues)
    {
        var q = _queues.Length;
        Array.Resize(ref _entities, entities);
        Array.Resize(ref _queues, queues);
        for (; q < queues; q++) (_queues[q].Current, _queues[q].Buddy) = (-1, -1);
        _tree.Grow(entities, queues);
    }

    public ref FairEntity this[int e] => ref _entities[e];

    public int Current(int q) => _queues[q].Current;

    public int Count(int q) => _queues[q].Count;

    public void SetBuddy(int q, int e) => _queues[q].Buddy = e;

    public static long Virtual(long ns, int weight) => weight == NiceZero ? ns : ns * NiceZero / weight;

    /// <summary>V, rounded toward negative infinity.</summary>
    public long Average(int queue)
    {
        ref readonly var q = ref _queues[queue];
        // Within groups, one is mostly alone: then V is its own v, and needs no division.
        if (q.Count <= 1)
            return q.Count == 0 ? q.Zero : _entities[q.Current >= 0 ? q.Current : _tree.First(queue)].Vruntime;
        var (sum, load) = Total(in q);
        return q.Zero + FloorDiv(sum, load);
    }

    /// <summary>Is the v of an entity that is queued at most V?</summary>
    public bool Eligible(int e)
    {
        ref readonly var s = ref _entities[e];
        ref readonly var q = ref _queues[s.Queue];
        if (q.Count <= 1) return true;
        var (sum, load) = Total(in q);
        return Math.BigMul(s.Vruntime - q.Zero, load) <= sum;
    }

    // The runner included.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Int128 Sum, long Load) Total(in Queue q)
    {
        if (q.Current < 0) return (q.Sum, q.Load);
        ref readonly var c = ref _entities[q.Current];
        return (unchecked(q.Sum + Math.BigMul(c.Vruntime - q.Zero, (long)c.Weight)), q.Load + c.Weight);
    }

    /// <summary>The shortest slice on the queue, the runner's included.</summary>
    public long ShortestSlice(int queue)
    {
        var least = _tree.LeastSlice(queue);
        var c = _queues[queue].Current;
        return c < 0 ? least : Math.Min(least, _entities[c].Slice);
    }

    private long LongestSlice(int queue)
    {
        var most = _tree.GreatestSlice(queue);
        var c = _queues[queue].Current;
        return c < 0 ? most : Math.Max(most, _entities[c].Slice);
    }

    /// <summary>Puts an entity that is on no queue into one, with the lag that it left with.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="e">The entity: its weight and slice are set.</param>
    /// <param name="isNew">Has it never been on a queue?</param>
    /// <param name="runs">Is it the queue's runner at once? Then there must be none.</param>
    public void Enqueue(int queue, int e, bool isNew, bool runs = false)
    {
        ref var s = ref _entities[e];
        Place(queue, ref s, isNew);
        s.Queue = queue;
        s.Queued = true;
        _queues[queue].Count++;
        if (runs) _queues[queue].Current = e;
        else Insert(e);
    }

    /// <summary>Takes an entity off its queue for good, and keeps its lag.</summary>
    /// <param name="e">The entity.</param>
    /// <param name="moves">Does it go to another queue at once? Then it keeps the distance to its deadline.</param>
    public void Dequeue(int e, bool moves)
    {
        ref var s = ref _entities[e];
        ref var q = ref _queues[s.Queue];
        s.Lag = LagOf(e);
        if (s.Delayed && _options.DelayZero) s.Lag = Math.Min(s.Lag, 0);
        if (q.Current == e) q.Current = -1;
        else Remove(e);
        if (q.Buddy == e) q.Buddy = -1;
        q.Count--;
        if (q.Count == 0) q.Zero = s.Vruntime;
        s.Queued = false;
        s.Delayed = false;
        s.Relative = moves;
        if (moves) s.Deadline -= s.Vruntime;
    }

    /// <summary>A sleeper that stayed queued is awake again: what it gained meanwhile it forfeits.</summary>
    public void Rouse(int e)
    {
        ref var s = ref _entities[e];
        s.Delayed = false;
        if (!_options.DelayZero || !Eligible(e)) return;
        if (s.Vruntime == Average(s.Queue)) return;
        Remove(e);
        s.Lag = 0;
        Place(s.Queue, ref s, isNew: false);
        Insert(e);
    }

    /// <summary>The entity becomes the queue's runner.</summary>
    public void SetCurrent(int e)
    {
        Remove(e);
        ref var q = ref _queues[_entities[e].Queue];
        q.Current = e;
        if (q.Buddy == e) q.Buddy = -1;
    }

    /// <summary>The runner waits again.</summary>
    public void PutCurrent(int queue)
    {
        var e = _queues[queue].Current;
        _queues[queue].Current = -1;
        Insert(e);
    }

    /// <summary>The runner has run for so long. Its next request begins when one is served.</summary>
    /// <returns>Whether its deadline was reached, and is a new one now.</returns>
    public bool Charge(int e, long ns)
    {
        ref var s = ref _entities[e];
        s.Vruntime += Virtual(ns, s.Weight);
        if (s.Vruntime < s.Deadline) return false;
        s.Deadline = s.Vruntime + Virtual(s.Slice, s.Weight);
        return true;
    }

    /// <summary>Which is next: the earliest deadline of the eligible, unless the runner is protected; -1 if nobody is
    /// queued.</summary>
    public int Pick(int queue, bool protect)
    {
        ref readonly var q = ref _queues[queue];
        var c = q.Current;
        if (q.Count <= 1) return c >= 0 ? c : _tree.First(queue);
        var average = Average(queue);
        if (q.Buddy >= 0 && _entities[q.Buddy].Vruntime <= average) return q.Buddy;
        var stays = c >= 0 && _entities[c].Vruntime <= average;
        if (stays && protect && IsProtected(c, average)) return c;
        var best = _tree.FirstAtMost(queue, average);
        return best < 0 || (stays && _entities[c].Deadline < _entities[best].Deadline) ? c : best;
    }

    /// <summary>The runner is protected from now on, for as long as the rule says.</summary>
    public void Protect(int e)
    {
        ref var s = ref _entities[e];
        s.Protected = s.Deadline;
        if (_options.Parity == ParityRule.ShortestSlice) Shorten(e);
    }

    /// <summary>Somebody was queued: with that rule, the shortest slice bounds the runner's protection.</summary>
    public void Shorten(int e)
    {
        ref var s = ref _entities[e];
        var slice = ShortestSlice(s.Queue);
        if (slice < s.Slice) s.Protected = Math.Min(s.Protected, s.Vruntime + Virtual(slice, s.Weight));
    }

    /// <summary>Who yields gives up its request, and its protection.</summary>
    public void Forgo(int e)
    {
        ref var s = ref _entities[e];
        s.Deadline += Virtual(s.Slice, s.Weight);
        Expose(e);
    }

    public void Expose(int e) => _entities[e].Protected = long.MinValue;

    /// <summary>Must somebody be picked because the runner's protection is over, although its deadline is not
    /// reached?</summary>
    public bool Lapsed(int e)
    {
        ref readonly var s = ref _entities[e];
        return _options.Parity switch
        {
            ParityRule.Deadline => s.Protected == long.MinValue && !Eligible(e),
            ParityRule.None => true,
            _ => !IsProtected(e, Average(s.Queue)),
        };
    }

    /// <summary>Gives a queued or sleeping entity another weight; its lag in real time stays.</summary>
    public void Reweigh(int e, int weight)
    {
        ref var s = ref _entities[e];
        if (s.Weight == weight) return;
        var old = s.Weight;
        if (!s.Queued)
        {
            s.Lag = s.Lag * old / weight;
            if (s.Relative) s.Deadline = s.Deadline * old / weight;
            s.Weight = weight;
            return;
        }
        var average = Average(s.Queue);
        var isCurrent = _queues[s.Queue].Current == e;
        if (!isCurrent) Remove(e);
        var v = average - (average - s.Vruntime) * old / weight;
        s.Deadline = v + (s.Deadline - s.Vruntime) * old / weight;
        if (s.Protected != long.MinValue) s.Protected = v + (s.Protected - s.Vruntime) * old / weight;
        s.Vruntime = v;
        s.Weight = weight;
        if (!isCurrent) Insert(e);
    }

    /// <summary>Gives an entity another slice; it counts from its next deadline.</summary>
    public void SetSlice(int e, long slice)
    {
        ref var s = ref _entities[e];
        if (s.Slice == slice) return;
        var inTree = s.Queued && _queues[s.Queue].Current != e;
        if (inTree) Remove(e);
        s.Slice = slice;
        if (inTree) Insert(e);
    }

    /// <summary>V − v, within the limit that Linux sets.</summary>
    public long LagOf(int e)
    {
        ref readonly var s = ref _entities[e];
        if (_queues[s.Queue].Count <= 1) return 0;
        var tick = _options.Tick.Ns;
        var ns = _options.LagLimit == LagLimit.TwiceSlice ? Math.Max(2 * s.Slice, tick) : LongestSlice(s.Queue) + tick;
        var limit = Virtual(ns, s.Weight);
        return Math.Clamp(Average(s.Queue) - s.Vruntime, -limit, limit);
    }

    private bool IsProtected(int e, long average)
    {
        ref readonly var s = ref _entities[e];
        if (_options.Parity == ParityRule.None || s.Vruntime >= s.Protected) return false;
        return _options.Parity != ParityRule.ShorterQueued || !_options.PreemptShort
            || _tree.LeastSlice(s.Queue) >= s.Slice || s.Vruntime <= average;
    }

    // Who comes with lag moves V away from itself, so that the lag it has then is smaller: it is inflated before.
    private void Place(int queue, ref FairEntity s, bool isNew)
    {
        ref var q = ref _queues[queue];
        var average = Average(queue);
        // The zero follows V here, where V is known anyway.
        q.Sum = unchecked(q.Sum - Math.BigMul(average - q.Zero, q.Load));
        q.Zero = average;
        var lag = 0L;
        if (_options.PlaceLag && q.Count > 0 && !isNew && s.Lag != 0)
        {
            var load = q.Load + (q.Current >= 0 ? _entities[q.Current].Weight : 0);
            lag = Div(Math.BigMul(s.Lag, load + s.Weight), load);
        }
        var slice = Virtual(s.Slice, s.Weight);
        var distance = s.Relative ? s.Deadline : isNew && _options.HalfFirstSlice ? slice / 2 : slice;
        s.Relative = false;
        s.Vruntime = average - lag;
        s.Deadline = s.Vruntime + distance;
    }

    private void Insert(int e)
    {
        ref readonly var s = ref _entities[e];
        ref var q = ref _queues[s.Queue];
        _tree.Insert(s.Queue, e, s.Deadline, s.Vruntime, s.Slice);
        q.Load += s.Weight;
        q.Sum = unchecked(q.Sum + Math.BigMul(s.Vruntime - q.Zero, (long)s.Weight));
    }

    private void Remove(int e)
    {
        ref readonly var s = ref _entities[e];
        ref var q = ref _queues[s.Queue];
        _tree.Remove(e);
        q.Load -= s.Weight;
        q.Sum = unchecked(q.Sum - Math.BigMul(s.Vruntime - q.Zero, (long)s.Weight));
    }

    private static long Div(Int128 product, long by) =>
        product == unchecked((long)product) ? unchecked((long)product) / by : (long)(product / by);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long FloorDiv(Int128 sum, long load)
    {
        // Nearly always the sum fits into 64 bits, where a division takes a tenth of the time.
        if (sum == unchecked((long)sum))
        {
            var (whole, rest) = Math.DivRem(unchecked((long)sum), load);
            return rest < 0 ? whole - 1 : whole;
        }
        var quotient = sum / load;
        return (long)(sum < 0 && quotient * load != sum ? quotient - 1 : quotient);
    }
}
