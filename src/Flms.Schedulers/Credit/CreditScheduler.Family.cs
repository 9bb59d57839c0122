using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Credit;

// What a policy of Credit's family may change, and what it may see. Each verb is Credit's own rule; who overrides one
// changes that rule and nothing else. Credit itself calls them where it always did.
public partial class CreditScheduler
{
    /// <summary>The books. A policy of the family may read them and change standings.</summary>
    protected CreditLedger Ledger => _ledger;

    /// <summary>The slice of the pool: what <see cref="SliceOf"/> gives unless it is overridden.</summary>
    protected Duration Tslice => _tslice;

    /// <summary>The idle pCPUs. Not to be changed.</summary>
    protected CpuMask Idlers => _idlers;

    /// <summary>The pCPUs with somebody on their queue. Not to be changed.</summary>
    protected CpuMask Waiting => _waiting;

    /// <summary>The first timer that Credit does not use: a policy of the family may use it and those above.</summary>
    protected int FirstFreeTimer => FirstTick + _pcpus.Length;

    /// <summary>The vCPU that runs on <paramref name="p"/>; None if it idles.</summary>
    protected VcpuId CurrentOf(PcpuId p) => _pcpus[p.Index].Current;

    /// <summary>The pCPU that a vCPU belongs to: where it runs, or is queued, or will be when it wakes.</summary>
    protected PcpuId ProcessorOf(VcpuId v) => _vcpus[v.Index].Processor;

    /// <summary>Is the vCPU on a queue: runnable, not running, not parked?</summary>
    protected bool IsQueued(VcpuId v) => _queues.Contains(v);

    /// <summary>The first on the queue of <paramref name="p"/>; None if it is empty.</summary>
    protected VcpuId HeadOf(PcpuId p) => _queues.Head(p.Index);

    /// <summary>The one behind a queued vCPU; None if it is the last.</summary>
    protected VcpuId Behind(VcpuId v) => _queues.After(v);

    /// <summary>The one ahead of a queued vCPU; None if it is the first.</summary>
    protected VcpuId AheadOf(VcpuId v) => _queues.Before(v);

    /// <summary>Whom a pCPU runs next of its own queue. It stays on the queue. Credit: the head.</summary>
    /// <param name="p">The pCPU that asks; whoever ran there and still can is queued again already.</param>
    /// <param name="now">The time.</param>
    /// <returns>One on the queue of <paramref name="p"/>; None only if it is empty.</returns>
    protected virtual VcpuId Pick(PcpuId p, Instant now) => _queues.Head(p.Index);

    /// <summary>The longest run of who was picked. Credit: the slice, whoever it is.</summary>
    /// <remarks>A run that the rate limit prolongs is not asked about: it goes on.</remarks>
    /// <param name="p">The pCPU that will run it.</param>
    /// <param name="next">Whom it will run, off the queue already.</param>
    /// <param name="now">The time.</param>
    protected virtual Duration SliceOf(PcpuId p, VcpuId next, Instant now) => _tslice;

    /// <summary>Does the rate limit let a vCPU run on, whoever wants its pCPU? Credit: spec/xen.md 1.10 step 3, while
    /// it has not yet run for so long.</summary>
    /// <param name="v">Who runs and still can.</param>
    /// <param name="ran">The time since it was switched in.</param>
    /// <param name="left">Runnable or yielded.</param>
    protected virtual bool IsShielded(VcpuId v, Duration ran, Left left) =>
        ran < _options.Ratelimit && !(left == Left.Yielded && _options.YieldSkipsRatelimit);

    /// <summary>A run has ended and been charged; who still can run is about to be queued. Credit: nothing.</summary>
    /// <param name="p">Where it ran.</param>
    /// <param name="v">Who ran.</param>
    /// <param name="left">How it left.</param>
    /// <param name="now">The time.</param>
    protected virtual void RunEnded(PcpuId p, VcpuId v, Left left, Instant now) { }

    /// <summary>Is a vCPU that wakes boosted? Credit: if the settings boost this wake-up and it is UNDER.</summary>
    /// <param name="v">Who wakes.</param>
    /// <param name="bySettings">Do the settings boost such a wake-up?</param>
    /// <param name="now">The time.</param>
    protected virtual bool IsBoosted(VcpuId v, bool bySettings, Instant now) =>
        bySettings && _ledger.PriOf(v) == Pri.Under;

    /// <summary>The tick found a boosted vCPU running. Credit: it is UNDER from now on.</summary>
    protected virtual void BoostEnds(PcpuId p, VcpuId v)
    {
        _ledger.SetPri(v, Pri.Under);
        if (_options.TickReschedules && _ledger.PriOf(_queues.Head(p.Index)) == Pri.Boost) Host.Kick(p);
    }

    /// <summary>The pCPU on whose queue a vCPU that wakes is put. Credit: the one that it belongs to.</summary>
    /// <param name="v">Who wakes, boosted already if it is.</param>
    /// <param name="p">The pCPU that it belongs to.</param>
    /// <returns>A pCPU on which it may run.</returns>
    protected virtual PcpuId QueueFor(VcpuId v, PcpuId p) => p;

    /// <summary>Does a waker take a pCPU from who runs there? Credit: if its standing is higher.</summary>
    /// <remarks>Equal standing never preempts (Q1: not even BOOST does BOOST).</remarks>
    /// <param name="waker">Who wakes.</param>
    /// <param name="current">Who runs; None if nobody does.</param>
    protected virtual bool Outranks(VcpuId waker, VcpuId current) =>
        _ledger.PriOf(waker) > _ledger.PriOf(current)
        || (_options.BoostPreemptsBoost
            && _ledger.PriOf(waker) == Pri.Boost && _ledger.PriOf(current) == Pri.Boost);

    /// <summary>Is there an order among vCPUs of one standing, other than first come, first served? Credit: only by
    /// <see cref="CreditOptions.SortQueue"/>.</summary>
    protected virtual bool OrdersEquals => _options.SortQueue == QueueSort.Credits;

    /// <summary>Does a vCPU go ahead of a queued one of the same standing? Asked only if
    /// <see cref="OrdersEquals"/>.</summary>
    protected virtual bool GoesAhead(VcpuId v, VcpuId queued) => _ledger.CreditOf(v) > _ledger.CreditOf(queued);

    /// <summary>Where a vCPU should be. Credit: spec/xen.md 1.12, its choice among the idle pCPUs.</summary>
    /// <param name="v">Who is to be placed.</param>
    /// <param name="from">The pCPU that it belongs to.</param>
    /// <param name="commit">Will it be moved there? Else a tick only asks.</param>
    /// <returns>A pCPU on which it may run; <paramref name="from"/> to stay, if it may.</returns>
    protected virtual PcpuId Placement(VcpuId v, PcpuId from, bool commit)
    {
        ref readonly var info = ref Host[v];
        return _placement.Pick(
            info.Affinity, info.SoftAffinity, from, _idlers, _queues.IsEmpty(from.Index), commit);
    }

    /// <summary>Whom a thief takes from one queue. Credit: the first of higher standing that may go.</summary>
    /// <param name="peer">Whose queue.</param>
    /// <param name="thief">The pCPU that looks for work.</param>
    /// <param name="mine">The standing of the best that it has itself.</param>
    /// <param name="soft">Only those that would rather run there?</param>
    /// <param name="now">The time.</param>
    /// <returns>One on that queue; None to look further.</returns>
    protected virtual VcpuId Loot(PcpuId peer, PcpuId thief, Pri mine, bool soft, Instant now)
    {
        for (var v = _queues.Head(peer.Index); !v.IsNone && _ledger.PriOf(v) > mine; v = _queues.After(v))
            if (MayGo(v, thief, soft, now)) return v;
        return VcpuId.None;
    }

    /// <summary>May a queued vCPU be stolen, its standing aside: affinity, cache and yield allow it?</summary>
    protected bool MayGo(VcpuId v, PcpuId thief, bool soft, Instant now)
    {
        ref readonly var info = ref Host[v];
        return info.Affinity.Contains(thief)
            && (!soft || Prefers(info, thief))
            && now - _vcpus[v.Index].Stopped >= _options.MigrationDelay
            && !(_options.StealSkipsYielded && _vcpus[v.Index].Yielded);
    }

    /// <summary>The accounting of a period (spec/xen.md 1.7). Who overrides it calls it.</summary>
    protected virtual void Account(Instant now)
    {
        _ledger.Account(now, _options.AccountingEndsBoost);
        if (_options.SortAtAccounting)
            for (var p = 0; p < _pcpus.Length; p++) Sort(new(p));
        if (Host.Watched)
            for (var v = 0; v < _vcpus.Length; v++)
                if (!_vcpus[v].Processor.IsNone)
                    Host.Trace(Note.Credit, new(v), _vcpus[v].Processor, _ledger.CreditOf(new(v)));
        Host.Arm(AccountTimer, now + _tslice);
    }

    /// <summary>A queued vCPU's standing has changed: puts it where it belongs now, and kicks who should
    /// look.</summary>
    protected void Requeue(VcpuId v)
    {
        var p = _vcpus[v.Index].Processor;
        Dequeue(v);
        Enqueue(p, v);
        Tickle(p, v);
    }

    /// <summary>Sends a running vCPU away at once: <see cref="Placement"/> is asked where to.</summary>
    protected void SendAway(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        s.Migrating = true;
        Host.Kick(s.Processor);
    }
}
