namespace Flms.Lab.Measures;

/// <summary>Max-min fair shares: nobody gets more than he wants, and what is left is shared out evenly among those who
/// want more.</summary>
public static class FairShares
{
    /// <summary>What each gets.</summary>
    /// <param name="demands">What each wants, 0 or more.</param>
    /// <param name="capacity">What there is.</param>
    /// <returns>In the order of the demands; their sum is the capacity, or that of the demands if it is less.</returns>
    public static IReadOnlyList<double> Of(IReadOnlyList<double> demands, double capacity)
    {
        var level = Level(demands, capacity);
        return [.. demands.Select(d => Math.Min(d, level))];
    }

    /// <summary>What each gets who wants more than that: the level to which the capacity fills the demands.</summary>
    /// <param name="demands">What each wants, 0 or more.</param>
    /// <param name="capacity">What there is.</param>
    /// <returns>Infinity if there is enough for all.</returns>
    public static double Level(IReadOnlyList<double> demands, double capacity)
    {
        var left = capacity;
        var wanting = demands.Count;
        foreach (var demand in demands.Order())
        {
            if (demand * wanting > left) return left / wanting;
            left -= demand;
            wanting--;
        }
        return double.PositiveInfinity;
    }
}
