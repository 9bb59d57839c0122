using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Lab.Tests.Scenarios;

public sealed class OverridesTests
{
    private const string Text = """
        machine: { cores: 2 }
        schedulers: [round-robin, { use: round-robin, label: short, options: { slice: 5ms } }]
        domains:
          - name: web
            workloads: [hog, ping: { work: 10us }]
          - { name: other, count: 2, workloads: [lookbusy] }
        """;

    [Fact]
    public void A_value_of_the_file_is_replaced_and_a_missing_one_added()
    {
        var s = Read("machine.cores=8", "domains.web.weight=512", "seed=5", "machine.costs.kick=3us",
            "domains.web.affinity=[0-3]", "domains.other.count=3");
        Assert.Equal((8, 5, 512), (s.Topology.Count, s.Seed, s.Domains[0].Weight));
        Assert.Equal(CostModel.Typical with { Kick = 3.Us }, s.Costs);
        Assert.Equal("0-3", s.Domains[0].VcpuAffinity!.Single().ToString());
        Assert.Equal(4, s.Domains.Count);
    }

    [Fact]
    public void A_named_cost_model_becomes_the_base() => Assert.Equal(CostModel.None with { Kick = 3.Us },
        Read("machine.costs=none", "machine.costs.kick=3us").Costs);

    [Fact]
    public void A_workload_is_reached_by_its_name_with_or_without_settings()
    {
        var s = Read("domains.web.workloads.ping.work=50us", "domains.web.workloads.hog.at=1s",
            "domains.other.workloads.lookbusy.feedback=false");
        Assert.Equal(new HogSetup { At = 1.Seconds }, s.Domains[0].Workloads[0]);
        Assert.Equal(new PingSetup { Work = 50.Us }, s.Domains[0].Workloads[1]);
        Assert.Equal(new LookbusySetup { Feedback = false }, s.Domains[1].Workloads[0]);
    }

    [Theory]
    [InlineData("schedulers.short.options.slice=7ms", 30, 7)]
    [InlineData("short.slice=7ms", 30, 7)]
    [InlineData("round-robin.slice=7ms", 7, 5)]
    [InlineData("schedulers.1.options.slice=7ms", 30, 7)]
    public void A_scheduler_is_reached_by_label_name_or_number(string set, int first, int second) =>
        Assert.Equal([first.Ms, second.Ms], Read(set).Schedulers.Select(c => ((RoundRobinOptions)c.Options).Slice));

    [Theory]
    [InlineData("machine.cores=0", "--set machine.cores=0: cores is 0, which is out of range; ")]
    [InlineData("machine.coers=1", "--set machine.coers=1: machine has no key \"coers\"; did you mean cores?")]
    [InlineData("domains.wob.weight=1", "--set domains.wob.weight=1: domains has no \"wob\"; did you mean web?")]
    [InlineData("domains.web.workloads.pulse.work=1us", "workloads has no \"pulse\"; known: hog, ping")]
    [InlineData("flms.sp_slice=1ms", "there is no flms here; begin with name, ")]
    [InlineData("seed.x=1", "the scenario has no key")]
    [InlineData("short.slice=7", "--set short.slice=7: slice is \"7\", which is not a duration with its unit; ")]
    [InlineData("a..b=7", "the path has an empty part")]
    [InlineData("domains.web.weight=[", "this is not YAML")]
    [InlineData("operations.0.at=1s", "the scenario has no operations")]
    public void A_mistake_names_the_argument(string set, string what)
    {
        var reading = Reading(set);
        if (set == "seed.x=1") what = "seed is a map of keys";
        Assert.Contains(what, string.Join('\n', reading.Problems));
        Assert.All(reading.Problems, p => Assert.StartsWith("--set ", p.ToString()));
    }

    [Fact]
    public void Schedulers_of_the_command_line_keep_the_settings_of_a_label_of_the_file()
    {
        var options = new ReadOptions { Schedulers = "credit:xen-master, short" };
        var s = ScenarioReader.Read(Text, "test.yaml", options).Value!;
        Assert.Equal(["credit:xen-master", "short"], s.Schedulers.Select(c => c.Label));
        Assert.Equal(5.Ms, ((RoundRobinOptions)s.Schedulers[1].Options).Slice);
    }

    [Fact]
    public void All_means_every_scheduler()
    {
        var s = ScenarioReader.Read(Text, "test.yaml", new() { Schedulers = "all" }).Value!;
        Assert.Equal(SchedulerCatalog.All.Select(e => e.Name), s.Schedulers.Select(c => c.Label));
    }

    [Fact]
    public void Schedulers_are_read_without_a_scenario_too()
    {
        var reading = ScenarioReader.ReadSchedulers("credit,round-robin", [Override.Parse("round-robin.slice=2ms")!]);
        Assert.Equal(2.Ms, ((RoundRobinOptions)reading.Value![1].Options).Slice);
        Assert.Contains("only settings of schedulers",
            ScenarioReader.ReadSchedulers("credit", [Override.Parse("seed=2")!]).Problems.Single().ToString());
    }

    [Fact]
    public void An_argument_without_an_equals_sign_is_no_override()
    {
        Assert.Null(Override.Parse("seed"));
        Assert.Null(Override.Parse("=5"));
        Assert.Equal(("a.b", "c=d"), (Override.Parse("a.b = c=d")!.Path, Override.Parse("a.b = c=d")!.Value));
    }

    private static Reading<Scenario> Reading(params string[] sets) => ScenarioReader.Read(Text, "test.yaml",
        new() { Overrides = [.. sets.Select(s => Override.Parse(s)!)] });

    private static Scenario Read(params string[] sets)
    {
        var reading = Reading(sets);
        Assert.Empty(reading.Problems);
        return reading.Value!;
    }
}
