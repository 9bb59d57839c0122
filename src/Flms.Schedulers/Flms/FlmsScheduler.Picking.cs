using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Flms;

// Which vCPU a pCPU runs next: its own queue, its own group, the other group, in this order but for debts.
public sealed partial class FlmsScheduler : IWaiting
{
    // Classes of credit, as ranks: who owes much, owes, has credit in hand, has just woken with credit in hand.
    private const int DebtRank = 0;
    private const int OverRank = 1;
    private const int UnderRank = 2;
    private const int BoostRank = 3;

    // Whom a search may take: those who belong here and are above the thresholds, all who belong here, or anybody.
    private enum Reach : byte { Thresholds, Group, Anybody }

    /// <inheritdoc />
    VcpuId IWaiting.First(PcpuId p) => _queues.Head(p.Index);

    /// <inheritdoc />
    VcpuId IWaiting.After(VcpuId v) => _queues.After(v);

    /// <inheritdoc />
    bool IWaiting.MayMove(VcpuId v, PcpuId to, int level) =>
        LevelOf(v) >= level && Host[v].Affinity.Contains(to) && (_helping || Belongs(v, to));

    /// <inheritdoc />
    int IWaiting.CreditClass(VcpuId v) => Rank(v);

    /// <inheritdoc />
    long IWaiting.IoBoostOf(VcpuId v) => _ioBoost.Of(v);

    /// <inheritdoc />
    long IWaiting.HistoryLoadOf(VcpuId v) => _ioBoost.HistoryLoad(v);

    private VcpuId Pick(PcpuId p)
    {
        var head = _queues.Head(p.Index);
        var own = !head.IsNone && Belongs(head, p);
        var rank = own ? Rank(head) : -1;
        if (rank >= UnderRank) return Take(head);
        var io = _groups.ForIo.Contains(p);
        if (rank >= 0 && _options.Trigger == BalanceTrigger.Debt)
        {
            var v = Look(p, io, level: 1, Reach.Group);
            if (v.IsNone && MayHelpCreditors(io, rank)) v = Look(p, !io, level: 2, Reach.Anybody);
            if (!v.IsNone) return v;
        }
        if (own) return Take(head);
        var found = Look(p, io, level: 0, Reach.Thresholds);
        if (found.IsNone && _options.WorkConserving) found = Help(p, io, head);
        Host.Trace(Note.Balance, found, p, found.IsNone ? 0 : 1);
        return found;
    }

    // Rather than idle: below the thresholds; then whom this pCPU was given because it idled; then anybody.
    private VcpuId Help(PcpuId p, bool io, VcpuId head)
    {
        var found = Look(p, io, level: 0, Reach.Group);
        if (found.IsNone && !head.IsNone) return Take(head);
        if (found.IsNone) found = Look(p, !io, level: 2, Reach.Anybody);
        if (found.IsNone) found = Look(p, !io, level: 0, Reach.Anybody);
        // A vCPU of the other group may wait on a queue of this one.
        if (found.IsNone) found = Look(p, io, level: 0, Reach.Anybody);
        return found;
    }

    // All who wait here owe credit: somebody of the other group who has some goes first, as under Credit. An SP does so
    // only for great debts, as a compute vCPU stays long; a latency-sensitive one on an LP is gone after a short slice.
    private bool MayHelpCreditors(bool io, int rank) =>
        _options.WorkConserving && _options.DebtLimit > 0 && (rank == DebtRank || !io);

    // Takes work from a queue of the group, if the balancer finds some.
    private VcpuId Look(PcpuId p, bool io, int level, Reach reach)
    {
        if (!_balancer.AnyWaits(io, level)) return VcpuId.None;
        _helping = reach == Reach.Anybody;
        var choice = _balancer.Find(new(p, io, level, reach == Reach.Thresholds));
        _helping = false;
        if (choice.Vcpu.IsNone) return VcpuId.None;
        Host.Trace(Note.Steal, choice.Vcpu, p, choice.Target.Index);
        return Take(choice.Vcpu, p);
    }

    private VcpuId Take(VcpuId v)
    {
        Dequeue(v);
        return v;
    }

    // A vCPU of the group moves in; a guest keeps its place at home.
    private VcpuId Take(VcpuId v, PcpuId thief)
    {
        Dequeue(v);
        if (Belongs(v, thief)) _vcpus[v.Index].Home = thief;
        return v;
    }

    private bool OwnWorkWaits(PcpuId p)
    {
        var head = _queues.Head(p.Index);
        return !head.IsNone && Belongs(head, p) && Rank(head) > DebtRank;
    }

    private void Dequeue(VcpuId v)
    {
        var home = _vcpus[v.Index].Home;
        _queues.Remove(v);
        TellBalancer(home);
    }

    // What a vCPU's place on a queue goes by, found once for all it is held against.
    private readonly record struct Standing(bool Belongs, bool ByRank, int Rank, bool ByBoost, long Boost);

    private Standing StandingOf(VcpuId v, PcpuId p)
    {
        var io = _groups.ForIo.Contains(p);
        var rank = Rank(v);
        var byBoost = io && (_options.Order != QueueOrder.InTurn || rank == BoostRank);
        return new(Belongs(v, p), !io || _options.Order != QueueOrder.BoostFirst, rank, byBoost,
            byBoost ? _ioBoost.Of(v) : 0);
    }

    // Behind all that are not worse; hogs are many and alike, so the place is looked for from the tail.
    private void Enqueue(VcpuId v)
    {
        var p = _vcpus[v.Index].Home;
        var tail = _queues.Tail(p.Index);
        var behind = tail.IsNone ? VcpuId.None : Overtaken(v, tail, p);
        if (behind.IsNone) _queues.Append(p.Index, v);
        else _queues.InsertBefore(behind, v);
        TellBalancer(p);
    }

    // The last that v overtakes, from u on toward the head; None if it does not overtake u.
    private VcpuId Overtaken(VcpuId v, VcpuId u, PcpuId p)
    {
        var standing = StandingOf(v, p);
        var overtaken = VcpuId.None;
        for (; !u.IsNone && Before(in standing, u, p); u = _queues.Before(u)) overtaken = u;
        return overtaken;
    }

    // Is who stands so to stand before b on the queue of p, whoever came first?
    private bool Before(in Standing a, VcpuId b, PcpuId p)
    {
        if (a.Belongs != Belongs(b, p)) return a.Belongs;
        if (a.ByRank)
        {
            var rank = Rank(b);
            if (a.Rank != rank) return a.Rank > rank;
        }
        return a.ByBoost && a.Boost < _ioBoost.Of(b);
    }

    // After an accounting or a change of IO_Boost: a stable insertion sort, as queues are short and nearly in order.
    private void Sort(PcpuId p)
    {
        VcpuId next;
        for (var v = _queues.Head(p.Index); !v.IsNone; v = next)
        {
            next = _queues.After(v);
            var ahead = _queues.Before(v);
            var behind = ahead.IsNone ? VcpuId.None : Overtaken(v, ahead, p);
            if (behind.IsNone) continue;
            _queues.Remove(v);
            _queues.InsertBefore(behind, v);
        }
        TellBalancer(p);
    }

    // The queue is in order of rank within those who belong, so its head tells the best.
    private void TellBalancer(PcpuId p)
    {
        var head = _queues.Head(p.Index);
        _balancer.Waits(p, _groups.ForIo.Contains(p), head.IsNone ? -1 : LevelOf(head));
    }

    // What the balancer tells vCPUs apart by: 2 has credit in hand, 1 counts as if it had, 0 owes.
    private int LevelOf(VcpuId v) => _ledger.PriOf(v) >= Pri.Under ? 2 : Rank(v) >= UnderRank ? 1 : 0;

    private int Rank(VcpuId v) => _ledger.PriOf(v) switch
    {
        Pri.Boost => BoostRank,
        Pri.Under => UnderRank,
        _ when _options.DebtLimit > 0 && _ledger.CreditOf(v) <= -_options.DebtLimit => DebtRank,
        // Credit swings about zero: within the limit, who is latency-sensitive is not put behind for it.
        _ => _options.Order == QueueOrder.InTurn && _vcpus[v.Index].Class == Treatment.Latency ? UnderRank : OverRank,
    };
}
