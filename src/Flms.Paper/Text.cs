using System.Globalization;

namespace Flms.Paper;

/// <summary>Writes numbers within sentences.</summary>
internal static class Text
{
    /// <summary>Three significant digits; <c>-</c> for none.</summary>
    public static string Number(double? value) => value is { } v ? Fixed(v, Decimals(v)) : "-";

    /// <summary>The mean, and half of its interval with as many decimals.</summary>
    public static string WithInterval(Estimate estimate) => estimate is { Mean: { } mean, Ci95: { } ci }
        ? $"{Number(mean)} ± {Fixed((ci.High - ci.Low) / 2, Decimals(mean))}"
        : Number(estimate.Mean);

    private static int Decimals(double value) => Math.Abs(value) switch
    {
        >= 100 or 0 => 0,
        >= 10 => 1,
        >= 1 => 2,
        >= 0.1 => 3,
        _ => 4,
    };

    private static string Fixed(double value, int decimals) =>
        value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
