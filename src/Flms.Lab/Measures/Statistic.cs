using System.Globalization;
using MathNet.Numerics.Distributions;

namespace Flms.Lab.Measures;

/// <summary>The few statistics that results need, the same to the last bit on every machine.</summary>
public static class Statistic
{
    /// <summary>The arithmetic mean; null for no values.</summary>
    public static double? Mean(IReadOnlyList<double> values)
    {
        if (values.Count == 0) return null;
        var sum = 0.0;
        foreach (var v in values) sum += v;
        return sum / values.Count;
    }

    /// <summary>The 95 % confidence interval of the mean by Student's t; null with fewer than two values.</summary>
    public static Interval? Ci95(IReadOnlyList<double> values)
    {
        if (values.Count < 2) return null;
        var mean = Mean(values)!.Value;
        var squares = 0.0;
        foreach (var v in values) squares += (v - mean) * (v - mean);
        var half = StudentT975(values.Count - 1) * Math.Sqrt(squares / (values.Count - 1) / values.Count);
        return new(mean - half, mean + half);
    }

    /// <summary>The value that the fraction of all do not exceed, interpolated between neighbours; null for
    /// none.</summary>
    /// <param name="values">In any order.</param>
    /// <param name="fraction">0 to 1.</param>
    public static double? Quantile(IReadOnlyList<double> values, double fraction)
    {
        if (values.Count == 0) return null;
        var sorted = values.Order().ToList();
        var rank = fraction * (sorted.Count - 1);
        var below = (int)rank;
        if (below + 1 >= sorted.Count) return sorted[^1];
        return sorted[below] + (rank - below) * (sorted[below + 1] - sorted[below]);
    }

    /// <summary>Jain's index of fairness: 1 if all values are equal, 1/n if one has everything; null for no values or
    /// only zeros.</summary>
    public static double? Jain(IReadOnlyList<double> values)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var v in values) (sum, squares) = (sum + v, squares + v * v);
        return squares == 0 ? null : sum * sum / (values.Count * squares);
    }

    /// <summary>A number as results show it: nine significant digits, the same on every machine; <c>null</c> for
    /// none.</summary>
    public static string Write(double? value) => value is { } v && double.IsFinite(v)
        ? (v == 0 ? 0 : v).ToString("G9", CultureInfo.InvariantCulture).Replace("E+", "e").Replace("E-", "e-")
        : "null";

    // The library computes it by iteration with logarithms, whose last bits differ between machines: ten digits are
    // the same everywhere.
    private static double StudentT975(int degrees) =>
        Math.Round(StudentT.InvCDF(0, 1, degrees, 0.975), 10, MidpointRounding.ToEven);
}
