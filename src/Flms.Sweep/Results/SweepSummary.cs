using Flms.Lab.Measures;
using Flms.Sweep.Plans;

namespace Flms.Sweep.Results;

/// <summary>A figure over the replications of one combination.</summary>
/// <param name="Mean">Null if none measured it.</param>
/// <param name="Ci95">The 95 % confidence interval of the mean; null with fewer than two.</param>
public readonly record struct Estimate(double? Mean, Interval? Ci95);

/// <summary>What one combination of scheduler and values came to.</summary>
/// <param name="Variant">Its place in the plan.</param>
/// <param name="Runs">How many of its points have a result.</param>
/// <param name="Latency">What should be short.</param>
/// <param name="Throughput">What should be much.</param>
/// <param name="Fairness">What should be near 1.</param>
public sealed record SummaryRow(int Variant, int Runs, Estimate Latency, Estimate Throughput, Estimate Fairness)
{
    /// <summary>Is there no other with the same load that has both a shorter latency and more throughput?</summary>
    public bool OnThroughputFront { get; init; }

    /// <summary>Is there no other with the same load that has both a shorter latency and more fairness?</summary>
    public bool OnFairnessFront { get; init; }
}

/// <summary>What a sweep came to: every combination over its replications, and which of them none beats.</summary>
/// <remarks>Combinations are held against each other only where the load is the same: a light load is no
/// achievement of a scheduler.</remarks>
public sealed class SweepSummary
{
    private SweepSummary(PlanTable plan, IReadOnlyList<SummaryRow> rows) => (Plan, Rows) = (plan, rows);

    /// <summary>The plan.</summary>
    public PlanTable Plan { get; }

    /// <summary>Every combination that has a result, in the order of the plan.</summary>
    public IReadOnlyList<SummaryRow> Rows { get; }

    /// <summary>Takes results together.</summary>
    /// <param name="files">The results.</param>
    /// <param name="latency">What should be short.</param>
    /// <param name="throughput">What should be much.</param>
    /// <param name="fairness">What should be near 1.</param>
    public static SweepSummary Of(SweepFiles files, Formula latency, Formula throughput, Formula fairness)
    {
        var plan = files.Plan;
        var rows = new List<SummaryRow>();
        foreach (var points in plan.Points.GroupBy(p => p.Variant))
        {
            var results = points.Select(files.Read).OfType<Points.PointResult>().ToList();
            if (results.Count == 0) continue;
            rows.Add(new(points.Key, results.Count, Over(latency), Over(throughput), Over(fairness)));

            Estimate Over(Formula formula)
            {
                var known = results.Select(formula.Of).OfType<double>().ToList();
                return new(Statistic.Mean(known), Statistic.Ci95(known));
            }
        }
        return new(plan, WithFronts(plan, rows));
    }

    /// <summary>The load of a combination in words, as in <c>load=heavy</c>; empty if no axis makes one.</summary>
    public string LoadOf(SummaryRow row) => LoadOf(Plan, row.Variant);

    private static string LoadOf(PlanTable plan, int variant) => string.Join(", ",
        plan.Axes.Zip(plan.Variants[variant].Values)
            .Where(p => p.Second != "" && !plan.SettingAxes.Contains(p.First))
            .Select(p => $"{p.First}={p.Second}"));

    private static List<SummaryRow> WithFronts(PlanTable plan, List<SummaryRow> rows)
    {
        var byLoad = rows.ToLookup(r => LoadOf(plan, r.Variant));
        return
        [
            .. rows.Select(r => r with
            {
                OnThroughputFront = OnFront(r, byLoad[LoadOf(plan, r.Variant)], x => x.Throughput.Mean),
                OnFairnessFront = OnFront(r, byLoad[LoadOf(plan, r.Variant)], x => x.Fairness.Mean),
            }),
        ];
    }

    private static bool OnFront(SummaryRow row, IEnumerable<SummaryRow> rivals, Func<SummaryRow, double?> gain)
    {
        if (row.Latency.Mean is not { } latency || gain(row) is not { } mine) return false;
        foreach (var rival in rivals)
            if (rival.Latency.Mean is { } theirs && gain(rival) is { } other && theirs <= latency && other >= mine
                && (theirs < latency || other > mine)) return false;
        return true;
    }
}
