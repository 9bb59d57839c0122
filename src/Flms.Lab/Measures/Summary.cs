using Flms.Sim;

namespace Flms.Lab.Measures;

/// <summary>Puts the replications of one scheduler together.</summary>
internal static class Summary
{
    private const double NsPerMs = 1e6;

    /// <summary>The measures of all runs, which must have the same names in the same order.</summary>
    public static IReadOnlyList<Measure> Of(IReadOnlyList<RunMeasures> runs)
    {
        var measures = new List<Measure>();
        for (var i = 0; i < runs[0].All.Count; i++)
            measures.Add(runs[0].All[i].Samples == null ? Scalar(runs, i) : Distribution(runs, i));
        return measures;
    }

    private static Measure Scalar(IReadOnlyList<RunMeasures> runs, int i)
    {
        var each = runs.Select(r => r.All[i].Value).ToList();
        var known = each.OfType<double>().ToList();
        return Named(runs, i, each) with
        {
            Mean = Statistic.Mean(known),
            Ci95 = Statistic.Ci95(known),
            P50 = Statistic.Quantile(known, 0.5),
            P90 = Statistic.Quantile(known, 0.9),
            P99 = Statistic.Quantile(known, 0.99),
            Max = Statistic.Quantile(known, 1),
            N = known.Count,
        };
    }

    private static Measure Distribution(IReadOnlyList<RunMeasures> runs, int i)
    {
        var pooled = new Histogram();
        foreach (var r in runs) pooled.Add(r.All[i].Samples!);
        var each = runs.Select(r => MeanMs(r.All[i].Samples!)).ToList();
        var known = each.OfType<double>().ToList();
        return Named(runs, i, each) with
        {
            Mean = Statistic.Mean(known),
            Ci95 = Statistic.Ci95(known),
            P50 = QuantileMs(pooled, 0.5),
            P90 = QuantileMs(pooled, 0.9),
            P99 = QuantileMs(pooled, 0.99),
            Max = pooled.Count == 0 ? null : pooled.Max / NsPerMs,
            N = pooled.Count,
            Pooled = pooled,
        };
    }

    private static Measure Named(IReadOnlyList<RunMeasures> runs, int i, IReadOnlyList<double?> each)
    {
        var (subject, quantity, _, _) = runs[0].All[i];
        return new() { Name = $"{subject}.{quantity}", Subject = subject, Quantity = quantity, Replications = each };
    }

    private static double? MeanMs(Histogram h) => h.Count == 0 ? null : h.Mean / NsPerMs;

    private static double? QuantileMs(Histogram h, double fraction) =>
        h.Count == 0 ? null : h.Quantile(fraction) / NsPerMs;
}
