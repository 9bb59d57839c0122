using Flms.Core;

namespace Flms.Schedulers.Flms;

/// <summary>What a vCPU's history is (spec A14).</summary>
public enum LoadHistory : byte
{
    /// <summary>A moving average of the credits burnt in each load period, with the gain of equation 8.</summary>
    Smoothed,

    /// <summary>The sum of all credits ever burnt, as equation 6 is written.</summary>
    Sum,
}

/// <summary>Where a new vCPU stands on a short-slice queue until the first isolation period ends (spec A13).</summary>
public enum Newcomer : byte
{
    /// <summary>First: its IO_Boost is 0 (the paper).</summary>
    First,

    /// <summary>Last: its IO_Boost is 1, as if it had burnt the least that counts.</summary>
    Last,
}

/// <summary>How <see cref="IoBoost"/> counts.</summary>
/// <param name="History">Spec A14.</param>
/// <param name="Keep">Spec A8, beta: what remains of the old average when a load period ends, 0 to 1.</param>
/// <param name="Newcomer">Spec A13.</param>
/// <param name="CountDispatches">Spec A12: does each dispatch raise IO_Boost (equation 5)?</param>
public readonly record struct BoostRules(LoadHistory History, Fraction Keep, Newcomer Newcomer, bool CountDispatches);

/// <summary>How heavy a vCPU's I/O is: equations 5, 6 and 7. A smaller IO_Boost is more urgent.</summary>
/// <remarks>
/// <para>IO_Boost is a fixed-point number with 20 fraction bits: <see cref="One"/> stands for 1. It grows by at most
/// <see cref="One"/> a dispatch and starts anew each isolation period, so 43 bits of dispatches fit.</para>
/// <para>Histories have <see cref="HistoryBits"/> fraction bits. Periods that a vCPU slept through are made up for when
/// it is next looked at: each takes one step of the same integer arithmetic, and stops at 0, after about 100 steps at
/// most for the default gain, so the result is that of stepping every vCPU in every period, without the cost.</para>
/// </remarks>
/// <param name="vcpus">vCPUs are 0 to this less one.</param>
/// <param name="rules">How to count.</param>
public sealed class IoBoost(int vcpus, BoostRules rules)
{
    /// <summary>The fixed-point number that stands for 1.</summary>
    public const long One = 1 << 20;

    /// <summary>Fraction bits of <see cref="HistoryLoad"/>.</summary>
    public const int HistoryBits = 10;

    private struct State
    {
        public long Boost;      // IO_Boost, 20 fraction bits
        public long History;    // historyLoad, 10 fraction bits
        public long Period;     // the load period in which Burnt was last brought up to date
        public long Burnt;      // credits burnt in that load period
        public long SinceReset; // credits burnt in this isolation period
    }

    private readonly State[] _states = new State[vcpus];
    private long _period;

    /// <summary>A vCPU begins anew, without a history.</summary>
    public void Reset(VcpuId v) => _states[v.Index] = new()
    {
        Period = _period,
        Boost = rules.Newcomer == Newcomer.First ? 0 : One,
    };

    /// <summary>IO_Boost of the vCPU; <see cref="One"/> stands for 1. Smaller is more urgent.</summary>
    public long Of(VcpuId v) => _states[v.Index].Boost;

    /// <summary>historyLoad of the vCPU: credits, with <see cref="HistoryBits"/> fraction bits.</summary>
    public long HistoryLoad(VcpuId v)
    {
        ref var s = ref _states[v.Index];
        CatchUp(ref s);
        return s.History;
    }

    /// <summary>The vCPU has burnt credits: what the paper calls totalCredit - remainCredit (spec A16).</summary>
    public void Burn(VcpuId v, long credits)
    {
        ref var s = ref _states[v.Index];
        CatchUp(ref s);
        s.Burnt += credits;
        s.SinceReset += credits;
    }

    /// <summary>The vCPU is given a pCPU: equation 5.</summary>
    public void Dispatched(VcpuId v)
    {
        if (!rules.CountDispatches) return;
        ref var s = ref _states[v.Index];
        s.Boost += One / Math.Max(1, s.SinceReset);
    }

    /// <summary>A load period ends, for every vCPU: equation 6.</summary>
    public void EndLoadPeriod() => _period++;

    /// <summary>An isolation period ends, for this vCPU: equation 7.</summary>
    public void Renew(VcpuId v)
    {
        ref var s = ref _states[v.Index];
        CatchUp(ref s);
        s.SinceReset = 0;
        // The denominator is at least 1 credit (spec A13): who burnt less is as little urgent as can be.
        s.Boost = (One << HistoryBits) / Math.Max(1L << HistoryBits, s.History);
    }

    private void CatchUp(ref State s)
    {
        if (s.Period == _period) return;
        if (rules.History == LoadHistory.Sum)
        {
            s.History += s.Burnt << HistoryBits;
        }
        else
        {
            var keep = rules.Keep;
            s.History = keep.Of(s.History) + new Fraction(keep.Den - keep.Num, keep.Den).Of(s.Burnt << HistoryBits);
            // With keep = 1 nothing decays, and there is nothing to step through.
            for (var k = s.Period + 1; k < _period && s.History > 0 && keep.Num < keep.Den; k++)
                s.History = keep.Of(s.History);
        }
        s.Burnt = 0;
        s.Period = _period;
    }
}
