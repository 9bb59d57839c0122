using Flms.Lab;

namespace Flms.Sweep.Tests.Plans;

public sealed class SweepReaderTests : SweepFolder
{
    [Fact]
    public void Every_combination_of_values_is_a_variant_and_each_replication_of_it_a_point()
    {
        var table = Plan("""
            scenario: scenario.yaml
            axes:
              domains.batch.weight: [128, 256, 512]
              machine.cores: [1, 2]
            replications: 4
            """).Table;
        Assert.Equal(2 * 3 * 2, table.Variants.Count);
        Assert.Equal(2 * 3 * 2 * 4, table.Points.Count);
        Assert.Equal(Enumerable.Range(0, table.Points.Count), table.Points.Select(p => p.Number));
        Assert.Equal(table.Points.Count, table.Points.Select(p => p.Hash).Distinct().Count());
        // The scheduler varies slowest, the last axis fastest.
        Assert.Equal(["128", "1"], table.Variants[0].Values);
        Assert.Equal(["128", "2"], table.Variants[1].Values);
        Assert.Equal(("round-robin", "credit"), (table.Variants[5].Scheduler, table.Variants[6].Scheduler));
    }

    [Fact]
    public void Values_reach_the_scenario_and_the_scheduler()
    {
        var plan = Plan("""
            scenario: scenario.yaml
            set: { duration: 100ms }
            schedulers: [credit]
            axes:
              credit.tslice: [5ms]
              load: { heavy: { domains.batch.count: 7, machine.cores: 2 } }
            """);
        var (scenario, scheduler) = Assert.Single(plan.Setups);
        Assert.Equal("100ms", scenario.Duration.ToString());
        Assert.Equal((8, 2), (scenario.Domains.Count, scenario.Topology.Count));
        Assert.Contains("Tslice = 5ms", scheduler.Options.ToString());
        Assert.Equal("credit, credit.tslice=5ms, load=heavy", plan.Table.Variants[0].Describe(plan.Table.Axes));
        Assert.Equal("tslice=5ms", plan.Table.Variants[0].Options);
    }

    [Fact]
    public void A_setting_of_one_scheduler_does_not_multiply_the_points_of_another()
    {
        var table = Plan("""
            scenario: scenario.yaml
            axes:
              credit.tslice: [30ms, 10ms, 1ms]
              schedulers.round-robin.options.slice: [1ms, 2ms]
            """).Table;
        Assert.Equal(2 + 3, table.Variants.Count);
        Assert.Equal(["", "1ms"], table.Variants[0].Values);
        Assert.Equal(["30ms", ""], table.Variants[2].Values);
    }

    [Fact]
    public void Replications_have_the_seeds_that_compare_gives_them()
    {
        var points = Plan("scenario: scenario.yaml\nschedulers: [credit]\nreplications: 3\n").Table.Points;
        Assert.Equal(Enumerable.Range(0, 3).Select(r => Experiment.SeedOf(7, r)), points.Select(p => p.Seed));
    }

    [Fact]
    public void Seeds_can_be_given_one_by_one() => Assert.Equal([5, 3, 9],
        Plan("scenario: scenario.yaml\nschedulers: credit\nseeds: [5, 3, 9]\n").Table.Points.Select(p => p.Seed));

    [Fact]
    public void The_scenario_s_replications_hold_if_the_sweep_says_nothing() =>
        Assert.Equal(2, Plan("scenario: scenario.yaml\n").Table.Points.Count);

    [Theory]
    [InlineData("scenario: nowhere.yaml", "nowhere.yaml: there is no such file; check the path")]
    [InlineData("axes: { machine.cores: [1] }", "sweep.yaml:1:1: the sweep lacks the key scenario;")]
    [InlineData("scenario: scenario.yaml\naxis: {}",
        "sweep.yaml:2:1: the sweep has no key \"axis\"; did you mean axes?")]
    [InlineData("scenario: scenario.yaml\naxes: [1]", "sweep.yaml:2:7: axes is a list, not a map of paths;")]
    [InlineData("scenario: scenario.yaml\naxes: { machine.cores: 4 }", "sweep.yaml:2:24: axis machine.cores is \"4\";")]
    [InlineData("scenario: scenario.yaml\naxes: { machine.cores: [0] }",
        "sweep.yaml:2:25: cores is 0, which is out of")]
    [InlineData("scenario: scenario.yaml\naxes: { machine.cores: [2, 1, 2] }",
        "sweep.yaml:2:31: axis machine.cores has the value \"2\" twice;")]
    [InlineData("scenario: scenario.yaml\naxes: { domains.nobody.weight: [2] }",
        "sweep.yaml:2:33: domains has no \"nobody\";")]
    [InlineData("scenario: scenario.yaml\naxes: { credit.tslise: [2ms] }",
        "sweep.yaml:2:25: scheduler credit has no setting \"tslise\"; did you mean tslice?")]
    [InlineData("scenario: scenario.yaml\naxes: { load: { a: 3 } }", "sweep.yaml:2:20: load a is \"3\", not a map")]
    [InlineData("scenario: scenario.yaml\naxes: { seed: [1, 2] }",
        "sweep.yaml:2:9: an axis cannot be called \"seed\";")]
    [InlineData("scenario: scenario.yaml\naxes: { schedulers: [credit] }",
        "sweep.yaml:2:9: an axis cannot be called \"schedulers\"; list the policies under schedulers:")]
    [InlineData("scenario: scenario.yaml\nschedulers: [fair]", "sweep.yaml:2:14: there is no scheduler \"fair\";")]
    [InlineData("scenario: scenario.yaml\nreplications: 0",
        "sweep.yaml:2:15: replications is 0, which is out of range;")]
    [InlineData("scenario: scenario.yaml\nseeds: [1, 1]", "sweep.yaml:2:12: the seed 1 is here twice;")]
    [InlineData("scenario: scenario.yaml\nseeds: [-1]", "sweep.yaml:2:9: seed is -1, which is out of range;")]
    [InlineData("scenario: scenario.yaml\nseeds: [1]\nreplications: 2", "sweep.yaml:3:15: there are seeds and repl")]
    [InlineData("scenario: scenario.yaml\nreplications: 1000000",
        "sweep.yaml:1:1: there are more than 1000000 points;")]
    [InlineData("scenario: scenario.yaml\nset: { replications: 3 }", "sweep.yaml:2:8: set cannot change replications;")]
    [InlineData("scenario: scenario.yaml\nobjectives: { speed: x }",
        "sweep.yaml:2:15: objectives has no key \"speed\";")]
    [InlineData("just words", "sweep.yaml:1:1: the file is \"just words\", not a sweep;")]
    [InlineData("domains: []", "sweep.yaml:1:1: this is a scenario, not a sweep;")]
    public void A_mistake_is_told_with_its_place(string text, string message) =>
        Assert.StartsWith(message, Problem(text));

    [Fact]
    public void A_combination_that_cannot_be_is_told_before_anything_runs()
    {
        // Each value alone would do; a cap of 300 % needs three vCPUs.
        Write("scenario.yaml", "domains: [{ name: a, vcpus: 4, workloads: [hog] }]\nschedulers: [credit]\n");
        Assert.StartsWith("sweep.yaml:2:31: cap is 300, more than 2 vCPUs can use;", Problem(
            "scenario: scenario.yaml\naxes: { domains.a.cap: [200,  300], domains.a.vcpus: [4, 2] }"));
    }

    [Fact]
    public void What_the_report_looks_at_is_guessed_from_the_scenario()
    {
        var goals = Plan("scenario: scenario.yaml\n").Table.Objectives;
        Assert.Equal(("web.ping.rtt_ms.p99", "*.cpu_share - web.cpu_share", "host.fairness"),
            (goals.Latency, goals.Throughput, goals.Fairness));
    }

    [Fact]
    public void Any_workload_with_clients_has_a_round_trip_to_look_at()
    {
        Write("scenario.yaml", "domains: [{ name: a, workloads: [hog] }, { name: b, workloads: [request] }]\n");
        Assert.Equal("b.request.rtt_ms.p99", Plan("scenario: scenario.yaml\n").Table.Objectives.Latency);
    }

    [Fact]
    public void The_reference_names_every_key()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Flms.slnx"))) root = Path.GetDirectoryName(root)!;
        var page = File.ReadAllText(Path.Combine(root, "docs/sweep.md"));
        Assert.All(Flms.Sweep.Plans.SweepKeys.Root.Concat(Flms.Sweep.Plans.SweepKeys.OfObjectives),
            key => Assert.Contains($"`{key.Name}`", page));
    }
}
