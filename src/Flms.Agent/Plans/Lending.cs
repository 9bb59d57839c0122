using Flms.Core;

namespace Flms.Agent.Plans;

/// <summary>Decides from period to period whether short-slice pCPUs are lent to those who compute.</summary>
/// <remarks>
/// A strict split wastes a pCPU while its latency-sensitive vCPUs sleep; how soon the kernel takes it back from a
/// borrower when one wakes depends on kernel and preemption model, so it is not assumed but measured: lending goes on
/// for as long as the latency-sensitive are not kept waiting, and after a failure rests for 4 periods, then 8, up to
/// 256. 64 good periods in a row forget the failures.
/// </remarks>
/// <param name="rules">The bounds.</param>
public sealed class Lending(PlanRules rules)
{
    private const int FirstRest = 4;
    private const int LongestRest = 256;
    private const int Forgiven = 64;

    private int _rest = FirstRest; // how long the next rest is
    private int _resting;          // periods that are left of this one
    private int _good;

    /// <summary>Are they lent now?</summary>
    public bool Lent { get; private set; }

    /// <summary>A period ends.</summary>
    /// <param name="capacity">pCPU time that the short-slice pCPUs had in it.</param>
    /// <param name="used">What their own vCPUs ran.</param>
    /// <param name="waited">What those waited.</param>
    /// <param name="slices">How often they were given a pCPU.</param>
    /// <param name="wanted">Did those who compute wait for pCPUs at all?</param>
    public void EndPeriod(Duration capacity, Duration used, Duration waited, long slices, bool wanted)
    {
        if (!rules.Lend || capacity <= Duration.Zero)
        {
            Lent = false;
            return;
        }
        var busy = (Int128)used.Ns * 1000 >= (Int128)capacity.Ns * rules.LendBelow;
        var late = waited.Ns > rules.LendDelay.Ns * Math.Max(1, slices);
        if (Lent)
        {
            if (late) Fail();
            else if (busy) Lent = false;
            else if (++_good >= Forgiven) _rest = FirstRest;
            return;
        }
        if (_resting > 0) _resting--;
        else Lent = wanted && !busy && !late;
    }

    private void Fail()
    {
        Lent = false;
        _good = 0;
        _resting = _rest;
        _rest = Math.Min(2 * _rest, LongestRest);
    }
}
