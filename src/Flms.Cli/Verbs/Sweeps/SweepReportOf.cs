using Flms.Report;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Turns what a sweep came to into what a report shows.</summary>
internal static class SweepReportOf
{
    private static readonly (string Name, string Better)[] Goals =
        [("latency", "lower"), ("throughput", "higher"), ("fairness", "higher")];

    /// <summary>The report of a sweep.</summary>
    /// <param name="summary">What it came to.</param>
    /// <param name="formulas">Latency, throughput, fairness.</param>
    /// <param name="done">How many points have a result.</param>
    /// <param name="command">The command line that made it.</param>
    public static SweepReportData Summary(SweepSummary summary, Formula[] formulas, int done, string command)
    {
        var plan = summary.Plan;
        return new()
        {
            Title = plan.Name,
            Summary = plan.Summary,
            Command = command,
            Version = plan.Version,
            Points = plan.Points.Count,
            Done = done,
            Axes =
            [
                .. plan.Axes.Select((name, a) => new SweepReportAxis
                {
                    Name = name,
                    Values = [.. plan.Variants.Select(v => v.Values[a]).Where(v => v != "").Distinct()],
                    Setting = plan.SettingAxes.Contains(name),
                }),
            ],
            Schedulers = [.. plan.Variants.Select(v => v.Scheduler).Distinct()],
            Goals =
            [
                .. Goals.Zip(formulas).Select(g => new SweepReportGoal
                {
                    Name = g.First.Name,
                    Formula = g.Second.Text,
                    Better = g.First.Better,
                    Unit = g.Second.Unit,
                }),
            ],
            Rows = [.. summary.Rows.Select(r => Row(summary, r))],
            Warnings = [.. Warnings(plan, summary, formulas, done)],
        };
    }

    private static SweepReportRow Row(SweepSummary summary, SummaryRow row)
    {
        var variant = summary.Plan.Variants[row.Variant];
        return new()
        {
            Scheduler = variant.Scheduler,
            Options = variant.Options,
            Values = variant.Values,
            Load = summary.LoadOf(row),
            Runs = row.Runs,
            Figures = [Figure(row.Latency), Figure(row.Throughput), Figure(row.Fairness)],
            Fronts = [row.OnThroughputFront, row.OnFairnessFront],
        };
    }

    private static SweepReportFigure Figure(Estimate estimate) => new()
    {
        Mean = estimate.Mean ?? double.NaN,
        Ci95 = estimate.Ci95 is { } interval ? [interval.Low, interval.High] : [],
    };

    private static IEnumerable<string> Warnings(PlanTable plan, SweepSummary summary, Formula[] formulas, int done)
    {
        if (done < plan.Points.Count)
            yield return $"{plan.Points.Count - done} of {plan.Points.Count} points are missing: means are over those "
                + "that are there";
        for (var g = 0; g < formulas.Length; g++)
        {
            var known = summary.Rows.Count(r => (g == 0 ? r.Latency : g == 1 ? r.Throughput : r.Fairness).Mean != null);
            if (known == 0 && summary.Rows.Count > 0)
                yield return $"{Goals[g].Name}: no point measured {formulas[g].Text}";
        }
    }
}
