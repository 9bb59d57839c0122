namespace Flms.Lab.Measures;

/// <summary>Sets every scheduler beside the first.</summary>
/// <remarks>All schedulers see the same guests (common random numbers), so ratios are taken replication by replication:
/// their
/// spread is far smaller than that of the measures themselves.</remarks>
internal static class Comparison
{
    /// <summary>The same results, with <see cref="Measure.VsFirst"/>.</summary>
    public static IReadOnlyList<SchedulerResult> ToFirst(IReadOnlyList<SchedulerResult> results) =>
    [
        results[0],
        .. results.Skip(1).Select(r => r with
        {
            Measures = [.. r.Measures.Select((m, i) => m with { VsFirst = Ratio(m, results[0].Measures[i]) })],
        }),
    ];

    private static Ratio? Ratio(Measure measure, Measure first)
    {
        var ratios = new List<double>();
        for (var r = 0; r < measure.Replications.Count; r++)
        {
            if (measure.Replications[r] is not { } mine || first.Replications[r] is not { } theirs
                || theirs == 0) return null;
            ratios.Add(mine / theirs);
        }
        return new(Statistic.Mean(ratios)!.Value, Statistic.Ci95(ratios));
    }
}
