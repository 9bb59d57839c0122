using Flms.Sweep.Plans;
using Flms.Sweep.Points;
using Flms.Sweep.Results;

namespace Flms.Sweep.Tests.Results;

public sealed class SweepSummaryTests : SweepFolder
{
    // Latency and throughput of five settings under each of two loads; the second load is better in everything.
    private static readonly (double Latency, double Throughput)[] Figures = [(1, 5), (2, 6), (3, 6), (4, 9), (4, 8)];

    private static PlanTable Table(int replications) => new()
    {
        Name = "made up",
        Version = "0.0.0",
        Axes = ["fair.slice", "load"],
        SettingAxes = ["fair.slice"],
        Objectives = new("a.wait_ms.p99", "b.cpu_share", "host.fairness"),
        Variants =
        [
            .. from load in (string[])["light", "heavy"]
               from setting in Enumerable.Range(0, Figures.Length)
               select new VariantRow("fair", "", [$"{setting}ms", load]),
        ],
        Points =
        [
            .. from variant in Enumerable.Range(0, 2 * Figures.Length)
               from r in Enumerable.Range(0, replications)
               let number = variant * replications + r
               select new PlanPoint(number, variant, r, r, $"{number:x32}"),
        ],
    };

    [Fact]
    public void The_front_holds_what_no_other_of_the_same_load_beats()
    {
        var summary = Summary(1, (_, _) => 0);
        bool[] front = [true, true, false, true, false];
        Assert.Equal([.. front, .. front], summary.Rows.Select(r => r.OnThroughputFront));
        Assert.Equal("load=heavy", summary.LoadOf(summary.Rows[^1]));
    }

    [Fact]
    public void What_was_not_measured_is_on_no_front() =>
        Assert.All(Summary(1, (_, _) => 0).Rows, r => Assert.False(r.OnFairnessFront));

    [Fact]
    public void Figures_are_means_over_the_replications_with_their_interval()
    {
        // Student's t for three values (two degrees of freedom) is 4.302652730 at 97.5 %; their deviation is 1.
        var row = Summary(3, (_, r) => r - 1).Rows[0];
        Assert.Equal((3, 1.0), (row.Runs, row.Latency.Mean));
        Assert.Equal(1 - 4.302652730 / Math.Sqrt(3), row.Latency.Ci95!.Value.Low, 1e-6);
        Assert.Null(row.Fairness.Mean);
    }

    [Fact]
    public void Combinations_without_a_result_are_left_out() =>
        Assert.Equal(9, Summary(2, (v, _) => v == 3 ? null : 0).Rows.Count);

    private SweepSummary Summary(int replications, Func<int, int, double?> add)
    {
        var table = Table(replications);
        using (var store = SweepStore.OpenToWrite(PathOf("a.db"), table))
            foreach (var point in table.Points)
            {
                if (add(point.Variant, point.Replication) is not { } more) continue;
                var (latency, throughput) = Figures[point.Variant % Figures.Length];
                var better = point.Variant / Figures.Length * 0.5;
                store.Add(new(point.Hash, 1,
                [
                    new("a.wait_ms", true, 7, 0, 0, latency - better + more, 9, 5),
                    new("b.cpu_share", false, throughput + better, N: 1),
                    new("host.fairness", false, null),
                ]));
            }
        using var files = SweepFiles.Open([PathOf("a.db")]);
        var goals = table.Objectives;
        return SweepSummary.Of(files, Formula.Parse(goals.Latency)!, Formula.Parse(goals.Throughput)!,
            Formula.Parse(goals.Fairness)!);
    }
}
