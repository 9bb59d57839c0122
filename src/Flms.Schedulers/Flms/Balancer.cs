using Flms.Core;

namespace Flms.Schedulers.Flms;

/// <summary>Why the balancer chose as it did: its step in section 3.3 of the paper.</summary>
public enum BalanceReason : byte
{
    /// <summary>Step 8: nobody waits on any pCPU that was asked.</summary>
    NobodyWaits,

    /// <summary>Step 2: a pCPU on the same core.</summary>
    SameCore,

    /// <summary>Step 4: the most loaded pCPU of the socket, more than A above the thief.</summary>
    SameSocket,

    /// <summary>Step 6: the most loaded pCPU of the other sockets, more than B above the thief.</summary>
    OtherSocket,

    /// <summary>Step 8: somebody waits, but no pCPU is loaded enough more than the thief.</summary>
    BelowThresholds,

    /// <summary>Step 7: a pCPU was found, but no vCPU on it would even out the two (equation 9).</summary>
    NoneFits,

    /// <summary>Ours: without thresholds, so that the thief does not idle.</summary>
    RatherThanIdle,
}

/// <summary>What happens when a pCPU on the same core is found in step 2 (spec A10).</summary>
public enum SiblingRule : byte
{
    /// <summary>It is the target only if a vCPU that may move waits there; else the search goes on.</summary>
    IfMovable,

    /// <summary>It is the target whatever waits there, as the step is written: the search ends with it.</summary>
    Literal,
}

/// <summary>Among which pCPUs "the most loaded" is looked for in steps 3 and 5 (spec A11).</summary>
public enum Candidates : byte
{
    /// <summary>Those on which a vCPU waits that may move to the thief.</summary>
    Movable,

    /// <summary>All of the group, as the steps are written.</summary>
    All,
}

/// <summary>Which vCPU an LP takes from another (spec A20).</summary>
public enum LpPick : byte
{
    /// <summary>The one that evens the two out best (equation 9), and never one that would have to move back.</summary>
    EvenOut,

    /// <summary>The first that may move, as Credit does.</summary>
    First,
}

/// <summary>How <see cref="Balancer"/> decides.</summary>
/// <param name="A">Threshold between cores of a socket: credits a load period, strictly exceeded (spec A9,
/// A11).</param>
/// <param name="B">Threshold between sockets.</param>
/// <param name="Beta">Equation 8: what remains of the old average, 0 to 1.</param>
/// <param name="Sibling">Spec A10.</param>
/// <param name="Candidates">Spec A11.</param>
/// <param name="LpPick">Spec A20.</param>
public readonly record struct BalanceRules(
    int A, int B, Fraction Beta, SiblingRule Sibling, Candidates Candidates, LpPick LpPick);

/// <summary>What a search found.</summary>
/// <param name="Target">The pCPU to take from; None if nothing is taken.</param>
/// <param name="Vcpu">The vCPU to take; None if nothing is taken.</param>
/// <param name="Reason">Why.</param>
public readonly record struct BalanceChoice(PcpuId Target, VcpuId Vcpu, BalanceReason Reason);

/// <summary>A search for work: who asks, and what for.</summary>
/// <param name="Source">The pCPU that triggers and will take: the paper's "source".</param>
/// <param name="Io">Is it the SPs' queues that are searched (else: the LPs')?</param>
/// <param name="Level">Only vCPUs of this urgency or more; 0 for any, below <see cref="Balancer.Levels"/>.</param>
/// <param name="Thresholds">Do A, B and the requirement of equation 9 hold?</param>
public readonly record struct BalanceSearch(PcpuId Source, bool Io, int Level, bool Thresholds);

/// <summary>The queues as the balancer sees them.</summary>
public interface IWaiting
{
    /// <summary>The first vCPU that waits on the pCPU's queue; None if nobody does.</summary>
    VcpuId First(PcpuId p);

    /// <summary>The one behind it; None if it is the last.</summary>
    VcpuId After(VcpuId v);

    /// <summary>May it be moved to that pCPU, and is it of that urgency or more?</summary>
    bool MayMove(VcpuId v, PcpuId to, int level);

    /// <summary>Its class of credit: who has a greater one comes before all of a smaller one (spec A17).</summary>
    int CreditClass(VcpuId v);

    /// <summary>Its IO_Boost, as <see cref="IoBoost.Of"/>.</summary>
    long IoBoostOf(VcpuId v);

    /// <summary>Its historyLoad, as <see cref="IoBoost.HistoryLoad"/>.</summary>
    long HistoryLoadOf(VcpuId v);
}

/// <summary>Load balancing: whom an idle pCPU takes work from, and which vCPU (paper 3.3; eq. 8 and 9).</summary>
/// <remarks>
/// <para>Each socket's pCPUs are kept in order of load, sorted anew once a load period, and sets over that order say
/// on whose queues vCPUs wait. "The most loaded candidate of a socket" is then the first member of a set: a search
/// costs as much as there are sockets and waiting vCPUs that may not move, not as there are pCPUs.</para>
/// <para>Ties go to the lowest pCPU, and to the first on the queue.</para>
/// </remarks>
public sealed class Balancer
{
    /// <summary>Levels of urgency that the queues are told apart by.</summary>
    public const int Levels = 3;

    private readonly Topology _topology;
    private readonly BalanceRules _rules;
    private readonly IWaiting _waiting;
    private readonly long[] _history; // historyBusy, with IoBoost.HistoryBits fraction bits
    private readonly long[] _current; // currentBusy, in credits
    private readonly LoadRanking _ranking;

    /// <summary>Nobody waits, nothing is loaded, and all pCPUs are LPs.</summary>
    public Balancer(Topology topology, BalanceRules rules, IWaiting waiting)
    {
        _topology = topology;
        _rules = rules;
        _waiting = waiting;
        _history = new long[topology.Count];
        _current = new long[topology.Count];
        _ranking = new(topology, _history, Levels);
    }

    /// <summary>historyBusy of the pCPU: credits a load period, with <see cref="IoBoost.HistoryBits"/> fraction bits.
    /// </summary>
    public long HistoryBusy(PcpuId p) => _history[p.Index];

    /// <summary>The vCPU that runs on the pCPU has burnt credits: currentBusy grows.</summary>
    public void Burn(PcpuId p, long credits) => _current[p.Index] += credits;

    /// <summary>A load period ends: equation 8 for every pCPU.</summary>
    public void EndLoadPeriod()
    {
        var gain = new Fraction(_rules.Beta.Den - _rules.Beta.Num, _rules.Beta.Den);
        for (var p = 0; p < _history.Length; p++)
        {
            _history[p] = _rules.Beta.Of(_history[p]) + gain.Of(_current[p] << IoBoost.HistoryBits);
            _current[p] = 0;
        }
        _ranking.LoadsChanged();
    }

    /// <summary>What waits on the pCPU's queue now.</summary>
    /// <param name="p">The pCPU.</param>
    /// <param name="io">Is it an SP?</param>
    /// <param name="level">-1 if nobody waits; else the greatest urgency among those who wait.</param>
    public void Waits(PcpuId p, bool io, int level) => _ranking.Set(p, io, level);

    /// <summary>Does anybody of that urgency wait on a queue of that group?</summary>
    public bool AnyWaits(bool io, int level) => _ranking.Any(io, level);

    /// <summary>Steps 1 to 8 for a pCPU that wants work.</summary>
    public BalanceChoice Find(in BalanceSearch search)
    {
        if (!_ranking.Any(search.Io, search.Level)) return Nothing(BalanceReason.NobodyWaits);
        // Step 2.
        var core = _topology.CoreMask(search.Source);
        for (var q = core.First(); !q.IsNone; q = core.After(q))
        {
            if (q == search.Source || !_ranking.IsOf(q, search.Io)) continue;
            var v = Pick(q, search);
            if (!v.IsNone) return new(q, v, BalanceReason.SameCore);
            if (_rules.Sibling == SiblingRule.Literal && search.Thresholds) return Nothing(BalanceReason.NoneFits);
        }
        // Steps 3 and 4.
        var reason = BalanceReason.NobodyWaits;
        var socket = _topology.SocketOf(search.Source);
        var target = MostLoaded(socket, _rules.A, search, PcpuId.None, ref reason);
        if (!target.IsNone) return From(target, BalanceReason.SameSocket, search);
        // Steps 5 and 6: of the sockets' most loaded, the most loaded. Sockets need not be numbered as their pCPUs are.
        for (var s = 0; s < _topology.Sockets; s++)
        {
            if (s == socket) continue;
            var p = MostLoaded(s, _rules.B, search, target, ref reason);
            if (!p.IsNone) target = p;
        }
        return target.IsNone ? Nothing(reason) : From(target, BalanceReason.OtherSocket, search);
    }

    private static BalanceChoice Nothing(BalanceReason reason) => new(PcpuId.None, VcpuId.None, reason);

    // The most loaded candidate of a socket, if it is more than the threshold above the source, and more loaded than
    // one that another socket has; None if there is none. Of equal loads the lower pCPU counts as the more loaded.
    private PcpuId MostLoaded(
        int socket, int threshold, in BalanceSearch search, PcpuId other, ref BalanceReason reason)
    {
        var level = _rules.Candidates == Candidates.All && search.Thresholds ? -1 : search.Level;
        var p = _ranking.First(socket, search.Io, level);
        for (; !p.IsNone; p = _ranking.Next(p, socket, search.Io, level))
        {
            if (p == search.Source) continue;
            // Those that follow are no more loaded than this one. What waits there need not even be looked at.
            if (!other.IsNone && !IsMoreLoaded(p, other)) break;
            if (level >= 0 && !AnyMovable(p, search)) continue;
            if (!search.Thresholds
                || _history[p.Index] - _history[search.Source.Index] > (long)threshold << IoBoost.HistoryBits) return p;
            reason = BalanceReason.BelowThresholds;
            break;
        }
        return PcpuId.None;
    }

    private bool IsMoreLoaded(PcpuId p, PcpuId q)
    {
        var difference = _history[p.Index] - _history[q.Index];
        return difference > 0 || (difference == 0 && p.Index < q.Index);
    }

    // Step 7 ends the search even if no vCPU fits.
    private BalanceChoice From(PcpuId target, BalanceReason found, in BalanceSearch search)
    {
        var v = Pick(target, search);
        return v.IsNone ? new(target, v, BalanceReason.NoneFits)
            : new(target, v, search.Thresholds ? found : BalanceReason.RatherThanIdle);
    }

    private bool AnyMovable(PcpuId p, in BalanceSearch search)
    {
        for (var v = _waiting.First(p); !v.IsNone; v = _waiting.After(v))
            if (_waiting.MayMove(v, search.Source, search.Level)) return true;
        return false;
    }

    // Step 7: which of the target's vCPUs.
    private VcpuId Pick(PcpuId target, in BalanceSearch search) =>
        search.Io ? MostUrgent(target, search)
        : _rules.LpPick == LpPick.EvenOut ? BestFit(target, search)
        : FirstMovable(target, search);

    // From an SP: the smallest IO_Boost, among the best class of credit.
    private VcpuId MostUrgent(PcpuId target, in BalanceSearch search)
    {
        var best = VcpuId.None;
        for (var v = _waiting.First(target); !v.IsNone; v = _waiting.After(v))
        {
            if (!_waiting.MayMove(v, search.Source, search.Level)) continue;
            if (best.IsNone) best = v;
            var byClass = _waiting.CreditClass(v) - _waiting.CreditClass(best);
            if (byClass > 0 || (byClass == 0 && _waiting.IoBoostOf(v) < _waiting.IoBoostOf(best))) best = v;
        }
        return best;
    }

    // From an LP: equation 9, busy(source) + load(v) = busy(target) - load(v), as nearly as can be. A vCPU as heavy as
    // the whole difference would turn the imbalance round, and one without load changes nothing (spec A20).
    private VcpuId BestFit(PcpuId target, in BalanceSearch search)
    {
        var difference = _history[target.Index] - _history[search.Source.Index];
        var best = VcpuId.None;
        var bestError = long.MaxValue;
        for (var v = _waiting.First(target); !v.IsNone; v = _waiting.After(v))
        {
            if (!_waiting.MayMove(v, search.Source, search.Level)) continue;
            var load = _waiting.HistoryLoadOf(v);
            if (search.Thresholds && (load <= 0 || load >= difference)) continue;
            var error = Math.Abs(2 * load - difference);
            if (error < bestError) (best, bestError) = (v, error);
        }
        return best;
    }

    private VcpuId FirstMovable(PcpuId target, in BalanceSearch search)
    {
        var v = _waiting.First(target);
        while (!v.IsNone && !_waiting.MayMove(v, search.Source, search.Level)) v = _waiting.After(v);
        return v;
    }
}
