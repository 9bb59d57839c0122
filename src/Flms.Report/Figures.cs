using System.Globalization;

namespace Flms.Report;

/// <summary>Writes figures for people: three significant digits, thousands separated, in every locale alike.</summary>
public static class Figures
{
    /// <summary>What stands where there is no figure.</summary>
    public const string None = "-";

    /// <summary>A figure without its unit, such as <c>0.0312</c>, <c>16.9</c> or <c>12,345</c>.</summary>
    public static string Show(double value)
    {
        if (!double.IsFinite(value)) return None;
        if (value == 0) return "0";
        var size = Math.Abs(value);
        if (size < 1e-6) return value.ToString("0.##e+0", CultureInfo.InvariantCulture);
        // The decade is found by comparing, not by a logarithm, whose last bit differs between machines.
        var decimals = 2;
        for (var bound = 10.0; bound <= size && decimals > 0; bound *= 10) decimals--;
        for (var bound = 1.0; bound > size; bound /= 10) decimals++;
        return value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>A figure with its unit, such as <c>16.9 ms</c> or <c>812/s</c>.</summary>
    public static string Show(double value, string unit)
    {
        var figure = Show(value);
        if (figure == None || unit.Length == 0) return figure;
        return unit[0] == '/' ? figure + unit : figure + " " + unit;
    }

    /// <summary>Half the width of an interval, with as many decimals as <paramref name="mean"/> is shown with; empty
    /// when there is none.</summary>
    public static string HalfWidth(double mean, IReadOnlyList<double> interval)
    {
        if (interval.Count != 2 || !double.IsFinite(interval[0]) || !double.IsFinite(interval[1])) return "";
        var half = (interval[1] - interval[0]) / 2;
        var shown = Show(mean);
        var point = shown.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : shown.Length - point - 1;
        var format = "N" + decimals.ToString(CultureInfo.InvariantCulture);
        // An interval finer than the digits shown is named by their grain: more digits would say nothing.
        var grain = 1.0;
        for (var d = 0; d < decimals; d++) grain /= 10;
        return half > 0 && half < grain / 2
            ? "<" + grain.ToString(format, CultureInfo.InvariantCulture)
            : half.ToString(format, CultureInfo.InvariantCulture);
    }
}
