using Flms.Lab.Settings;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Sweep.Results;
using Flms.Sweep.Tuning;

namespace Flms.Sweep.Tests.Tuning;

[Trait("Speed", "Slow")]
public sealed class TuneTests : SweepFolder
{
    // Under round robin a vCPU that wakes waits for the slices of the two hogs before it: the shorter, the sooner.
    private const string Spec = """
        scenario: scenario.yaml
        set: { duration: 400ms }
        schedulers: [round-robin]
        axes: { load: { few: { domains.batch.count: 1 }, more: { domains.batch.count: 3 } } }
        replications: 6
        """;

    private static readonly Formula Latency = Formula.Parse("web.wake_to_run_ms.mean")!;

    [Fact]
    public void A_search_finds_the_short_slice_that_makes_a_round_robin_answer_soon()
    {
        var result = Search("a.db", Latency, maximise: false);
        var (name, value) = Assert.Single(result.Best);
        Assert.Equal("slice", name);
        var setting = OptionCatalog.Of(SchedulerCatalog.Find("round-robin")!.Defaults).Single(s => s.Name == "slice");
        Assert.True(Core.Duration.TryParse(value, out var best));
        Assert.True(Core.Duration.TryParse(setting.Default, out var start));
        // The wait is as long as the slices before it: a tenth of the slice is about a tenth of the wait.
        Assert.InRange(best.Ns, 1, start.Ns / 10);
        Assert.InRange(result.Ratio.Mean!.Value, 0, 0.2);
        Assert.True(result.Ratio.Ci95!.Value.High < 1);
        Assert.InRange(result.After.Mean!.Value, 0, result.Before.Mean!.Value);
    }

    [Fact]
    public void The_opposite_objective_finds_the_opposite()
    {
        var result = Search("a.db", Latency, maximise: true);
        Assert.True(result.Ratio.Mean > 1.5, $"{result.Ratio.Mean}");
    }

    [Fact]
    public void The_outcome_does_not_depend_on_workers_or_on_what_was_run_before()
    {
        var once = Search("a.db", Latency, maximise: false);
        Same(once, Search("b.db", Latency, maximise: false, threads: 3));
        Same(once, Search("a.db", Latency, maximise: false));
        Assert.Equal(Csv("a.db"), Csv("b.db"));
    }

    [Fact]
    public void Another_seed_draws_other_settings() => Assert.NotEqual(
        Search("a.db", Latency, maximise: false).Trials.Select(t => t.Values[0].Value),
        Search("b.db", Latency, maximise: false, seed: 2).Trials.Select(t => t.Values[0].Value));

    [Theory]
    [InlineData(Tune.LeastBudget)]
    [InlineData(50)]
    [InlineData(200)]
    public void No_more_runs_are_made_than_the_budget_allows(int budget)
    {
        var result = Search("a.db", Latency, maximise: false, budget: budget);
        Assert.InRange(result.Runs, budget / 4, budget);
        using var files = SweepFiles.Open([PathOf("a.db")]);
        Assert.Equal(result.Runs, files.Plan.Points.Count);
        Assert.Empty(files.Missing);
    }

    [Fact]
    public void What_nothing_changes_is_left_as_it_is() =>
        Assert.Empty(Search("a.db", Formula.Parse("host.utilisation")!, maximise: true).Best);

    [Fact]
    public void Every_value_that_is_drawn_is_one_that_the_policy_takes()
    {
        var random = RandomStream.For(3, 1);
        var drawn = 0;
        foreach (var entry in SchedulerCatalog.All)
            foreach (var setting in OptionCatalog.Of(entry.Defaults))
            {
                if (TuneOption.Of(setting) is not { } option) continue;
                var value = option.Any(random);
                for (var i = 0; i < 100; i++, drawn++)
                {
                    Assert.True(setting.TryRead(value, out _, out var what, out _), $"{entry.Name}: {what}");
                    value = i % 2 == 0 ? option.Near(value, random) : option.Any(random);
                }
            }
        Assert.True(drawn > 1000);
    }

    [Fact]
    public void Lengths_of_time_are_drawn_from_every_octave_of_their_range()
    {
        var random = RandomStream.For(1, 1);
        var option = TuneOption.Of(OptionCatalog.Of(SchedulerCatalog.Find("credit")!.Defaults)
            .Single(s => s.Name == "tslice"))!;
        var octaves = new HashSet<int>();
        for (var i = 0; i < 2000; i++)
            if (Core.Duration.TryParse(option.Any(random), out var slice))
                octaves.Add(System.Numerics.BitOperations.Log2((ulong)slice.Ns));
        Assert.True(octaves.Count >= 6, $"{octaves.Count} octaves");
        Assert.Equal(octaves.Count, octaves.Max() - octaves.Min() + 1);
    }

    private TuneResult Search(
        string file, Formula objective, bool maximise, int threads = 1, int seed = 1, int budget = 150) =>
        new Tune(Plan(Spec), "round-robin", ["slice"], maximise)
            .Run(PathOf(file), objective, budget, seed, threads, null, CancellationToken.None);

    private static void Same(TuneResult a, TuneResult b)
    {
        Assert.Equal(a.Best, b.Best);
        Assert.Equal((a.Ratio, a.Before, a.After, a.Runs), (b.Ratio, b.Before, b.After, b.Runs));
        Assert.Equal(a.Trials.Select(t => (t.Values[0], t.Runs, t.Score)),
            b.Trials.Select(t => (t.Values[0], t.Runs, t.Score)));
    }
}
