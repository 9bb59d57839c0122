using System.Globalization;
using Flms.Lab.Measures;
using Flms.Sweep.Points;

namespace Flms.Sweep.Results;

/// <summary>Writes results as CSV: one line a point, in the order of the plan; the same bytes for the same
/// results.</summary>
public static class SweepCsv
{
    private static readonly string[] Parts = ["mean", "p50", "p90", "p99", "max", "n"];

    /// <summary>Writes every point that has a result.</summary>
    /// <param name="files">What to write.</param>
    /// <param name="to">UTF-8 or not is the writer's business; lines end with a line feed.</param>
    public static void Write(SweepFiles files, TextWriter to)
    {
        var columns = Columns(files);
        var plan = files.Plan;
        to.Write("point,scheduler");
        foreach (var axis in plan.Axes) to.Write($",{Field(axis)}");
        to.Write(",replication,seed");
        foreach (var (name, distribution) in columns)
            if (!distribution) to.Write($",{Field(name)}");
            else foreach (var part in Parts) to.Write($",{Field($"{name}.{part}")}");
        to.Write('\n');
        foreach (var point in plan.Points)
        {
            if (files.Read(point) is not { } result) continue;
            var variant = plan.Variants[point.Variant];
            to.Write(string.Create(CultureInfo.InvariantCulture, $"{point.Number},{Field(variant.Scheduler)}"));
            foreach (var value in variant.Values) to.Write($",{Field(value)}");
            to.Write(string.Create(CultureInfo.InvariantCulture, $",{point.Replication},{point.Seed}"));
            WriteFigures(result, columns, to);
            to.Write('\n');
        }
    }

    // All measures of all points. One that some points lack stands where the first that has it has it.
    private static List<(string Name, bool Distribution)> Columns(SweepFiles files)
    {
        var columns = new List<(string Name, bool Distribution)>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var point in files.Plan.Points)
        {
            if (files.Read(point) is not { } result) continue;
            var before = "";
            foreach (var figure in result.Figures)
            {
                if (known.Add(figure.Measure))
                {
                    var at = columns.FindIndex(c => c.Name == before) + 1;
                    columns.Insert(at, (figure.Measure, figure.IsDistribution));
                }
                before = figure.Measure;
            }
        }
        return columns;
    }

    private static void WriteFigures(PointResult result, List<(string Name, bool Distribution)> columns, TextWriter to)
    {
        // Mostly the figures are the columns, one for one.
        var next = 0;
        foreach (var (name, distribution) in columns)
        {
            var i = next < result.Figures.Count && result.Figures[next].Measure == name ? next
                : IndexOf(result, name);
            if (i < 0)
            {
                to.Write(new string(',', distribution ? Parts.Length : 1));
                continue;
            }
            next = i + 1;
            var figure = result.Figures[i];
            to.Write($",{Number(figure.Mean)}");
            if (distribution)
                to.Write(string.Create(CultureInfo.InvariantCulture, $",{Number(figure.P50)},{Number(figure.P90)},"
                    + $"{Number(figure.P99)},{Number(figure.Max)},{figure.N}"));
        }
    }

    private static int IndexOf(PointResult result, string name)
    {
        for (var i = 0; i < result.Figures.Count; i++)
            if (result.Figures[i].Measure == name) return i;
        return -1;
    }

    // As everywhere in results; nothing stands where nothing was measured.
    private static string Number(double? value) => value == null ? "" : Statistic.Write(value);

    private static string Field(string text) => text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text
        : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
