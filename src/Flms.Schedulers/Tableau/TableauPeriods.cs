using Flms.Core;

namespace Flms.Schedulers.Tableau;

/// <summary>The periods that Tableau's planner chooses from (spec/compared-systems.md 3.3).</summary>
/// <remarks>
/// They are the divisors of <see cref="Hyperperiod"/> that are not below 100 us: 186 of its 768 divisors, from 100,100
/// ns to the hyperperiod itself. Whatever periods are chosen, the schedule repeats after one hyperperiod, so a table
/// of that length is the whole of it.
/// </remarks>
public static class TableauPeriods
{
    /// <summary>The length of every table: 2^3 · 3^3 · 5^2 · 7 · 11 · 13 · 19 ns.</summary>
    public static readonly Duration Hyperperiod = new(102_702_600);

    private const long Least = 100_000;
    private static readonly long[] _all = Divisors();

    /// <summary>All periods in ns, ascending.</summary>
    public static ReadOnlySpan<long> All => _all;

    /// <summary>The greatest period T in which C = floor(T · U) leaves no gap of more than the latency goal: 2(T - C)
    /// is at most it.</summary>
    /// <param name="utilisation">U, above 0; 1 or more is a whole pCPU.</param>
    /// <param name="latency">The longest wait that is allowed.</param>
    /// <param name="period">T; the shortest of all if none will do.</param>
    /// <param name="cost">C: what is given in every period; 0 if the share is less than 1 ns of it.</param>
    /// <returns>Whether the goal can be met.</returns>
    public static bool TryChoose(Fraction utilisation, Duration latency, out Duration period, out Duration cost)
    {
        // T - floor(T · U) is T · (1 - U) rounded up, so it never falls as T grows: the last that will do is found by
        // halving.
        var (fits, fails) = (-1, _all.Length);
        while (fails - fits > 1)
        {
            var middle = (fits + fails) / 2;
            if (2 * (_all[middle] - CostIn(_all[middle], utilisation)) <= latency.Ns) fits = middle;
            else fails = middle;
        }
        period = new(_all[Math.Max(0, fits)]);
        cost = new(CostIn(period.Ns, utilisation));
        return fits >= 0;
    }

    private static long CostIn(long period, Fraction utilisation) => Math.Min(period, utilisation.Of(period));

    private static long[] Divisors()
    {
        var length = Hyperperiod.Ns;
        var count = 0;
        for (var parts = 1; length / parts >= Least; parts++)
            if (length % parts == 0) count++;
        var divisors = new long[count];
        for (var parts = 1; count > 0; parts++)
            if (length % parts == 0) divisors[--count] = length / parts;
        return divisors;
    }
}
