using System.Text.Json;
using Flms.Core;
using Flms.Lab.Measures;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Sim;

namespace Flms.Lab.Tests;

public sealed class ExperimentTests
{
    private const string Noisy = """
        duration: 2s
        warmup: 200ms
        replications: 3
        machine: { sockets: 2, cores: 2 }
        schedulers: [round-robin, { use: round-robin, label: short, options: { slice: 1ms } }]
        domains:
          - name: web
            workloads: [ping: { spacing: poisson }, duty: { run: 2ms, sleep: 3ms }]
          - { name: hog, count: 5, workloads: [hog] }
          - { name: app, count: 2, vcpus: 2, workloads: [lookbusy: { stagger: 100ms }] }
        """;

    [Fact]
    public void The_number_of_threads_changes_nothing() =>
        Assert.Equal(ResultJson.Write(Run(Noisy, threads: 1)), ResultJson.Write(Run(Noisy, threads: 2)));

    [Fact]
    public void A_run_in_steps_is_the_run_in_one()
    {
        var scenario = Read(Noisy);
        var machine = new Machine(scenario.Machine(scenario.Seed), scenario.Schedulers[0].Create);
        machine.Run(Instant.Zero + scenario.Warmup);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + scenario.Warmup + scenario.Duration);
        var first = (Experiment.Of(scenario) with { Replications = 1 }).Run().Results[0];
        Assert.Equal(machine.Events, first.Events);
        Assert.Equal(machine.Statistics.Wait[0].Sum / 1e6 / machine.Statistics.Wait[0].Count,
            first["web.wait_ms"]!.Mean!.Value, 9);
        Assert.Equal(machine.Statistics.Switches / 2.0, first["host.switches_per_s"]!.Mean!.Value, 9);
    }

    [Fact]
    public void Every_replication_has_its_own_seed_the_first_the_scenarios()
    {
        Assert.Equal(42, Experiment.SeedOf(42, 0));
        var seeds = Enumerable.Range(0, 1000).Select(r => Experiment.SeedOf(1, r)).ToList();
        Assert.Equal(1000, seeds.Distinct().Count());
        Assert.All(seeds, s => Assert.InRange(s, 0, int.MaxValue));
        Assert.Equal(3, Run(Noisy).Results[0]["web.ping.rtt_ms"]!.Replications.Distinct().Count());
    }

    [Fact]
    public void Measures_have_the_documented_names()
    {
        var names = Run(Noisy).Results[0].Measures.Select(m => m.Name).ToList();
        string[] expected =
        [
            "web.ping.rtt_ms", "web.ping.lost", "web.cpu_share", "web.wait_ms", "web.wake_to_run_ms", "hog5.cpu_share",
            "host.switches_per_s", "host.migrations_per_s.same_core", "host.migrations_per_s.same_socket",
            "host.migrations_per_s.remote", "host.migrations_per_s.other_node", "host.steals_per_s.remote",
            "host.utilisation", "host.fairness",
        ];
        Assert.All(expected, e => Assert.Contains(e, names));
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void Shares_of_an_overcommitted_machine_sum_to_its_utilisation()
    {
        var result = Run(Noisy).Results[0];
        var shares = result.Measures.Where(m => m.Quantity == "cpu_share").Sum(m => m.Mean!.Value);
        Assert.Equal(result["host.utilisation"]!.Mean!.Value, shares, 9);
        Assert.Equal(1, shares, 2);
    }

    [Fact]
    public void Equal_hogs_are_served_fairly_and_unequal_shares_are_seen()
    {
        Assert.Equal(1, Fairness(TwoHogs, "")!.Value, 9);
        // Round robin knows no weights: 1/2 and 1/2 for weights 1 : 3 is Jain's (2 + 2/3)^2 / (2 (4 + 4/9)) = 0.8.
        Assert.Equal(0.8, Fairness(TwoHogs, "weight: 768, ")!.Value, 9);
    }

    [Fact]
    public void Fairness_compares_only_domains_that_could_have_had_more()
    {
        Assert.Null(Fairness(TwoHogs, "cap: 50, "));
        Assert.Null(Fairness(TwoHogs, "starts_at: 600ms, "));
        Assert.Null(Fairness(TwoHogs.Replace("workloads: [hog] }]", "workloads: [lookbusy: { feedback: false }] }]"),
            ""));
    }

    [Fact]
    public void A_hog_that_starves_counts_as_served_unfairly()
    {
        var first = new SchedulerEntry("first", "", "", new RoundRobinOptions(), [], null, (host, _) =>
            new FirstOnly(host));
        var scenario = Read(TwoHogs.Replace("MORE", "")) with { Schedulers = [SchedulerChoice.Of(first)] };
        Assert.Equal(0.5, Experiment.Of(scenario).Run().Results[0]["host.fairness"]!.Mean!.Value, 9);
    }

    [Fact]
    public void The_json_has_the_documented_form()
    {
        using var json = JsonDocument.Parse(ResultJson.Write(Run(Noisy)));
        var root = json.RootElement;
        Assert.Equal(["scenario", "seed", "replications", "results"], root.EnumerateObject().Select(p => p.Name));
        var first = root.GetProperty("results")[0];
        Assert.Equal("round-robin", first.GetProperty("scheduler").GetString());
        var rtt = first.GetProperty("measures").GetProperty("web.ping.rtt_ms");
        Assert.Equal(["mean", "ci95", "p50", "p90", "p99", "max", "n"], rtt.EnumerateObject().Select(p => p.Name));
        var (low, mean, high) = (rtt.GetProperty("ci95")[0].GetDouble(), rtt.GetProperty("mean").GetDouble(),
            rtt.GetProperty("ci95")[1].GetDouble());
        Assert.True(low < mean && mean < high);
        var second = root.GetProperty("results")[1].GetProperty("measures").GetProperty("web.ping.rtt_ms");
        Assert.InRange(second.GetProperty("vs_first").GetProperty("ratio").GetDouble(), 0, 1);
    }

    [Fact]
    public void One_replication_has_no_confidence_interval() =>
        Assert.Contains("\"ci95\":[null,null]",
            ResultJson.Write(Run(Noisy.Replace("replications: 3", "replications: 1"))));

    [Fact]
    public void Guests_ask_for_the_same_work_under_every_scheduler()
    {
        // Some are under way when the measuring begins and ends.
        var sent = Run(Noisy).Results.Select(r => r["web.ping.rtt_ms"]!.N + (long)r["web.ping.lost"]!.Mean!.Value)
            .ToList();
        Assert.InRange(Math.Abs(sent[0] - sent[1]), 0, 9);
    }

    [Fact]
    public void Progress_ascends_to_the_end()
    {
        var seen = new List<ExperimentProgress>();
        var scenario = Read(Noisy);
        (Experiment.Of(scenario) with { Progress = seen.Add, Threads = 2 }).Run();
        Assert.Equal(new(6, 6, 1), seen[^1]);
        Assert.Equal(seen.Select(p => p.Fraction).Order(), seen.Select(p => p.Fraction));
    }

    [Fact]
    public void A_cancelled_experiment_stops() => Assert.ThrowsAny<OperationCanceledException>(() =>
    {
        using var source = new CancellationTokenSource();
        var endless = Read(Noisy) with { Duration = 30_000.Seconds };
        (Experiment.Of(endless) with { Watchers = _ => { source.Cancel(); return []; } }).Run(source.Token);
    });

    [Fact]
    public void A_policy_that_breaks_the_contract_is_told_with_all_that_makes_it_happen_again()
    {
        var liar = new SchedulerEntry("liar", "", "", new RoundRobinOptions(), [], null, (host, _) => new Liar(host));
        var scenario = Read(Noisy) with { Schedulers = [SchedulerChoice.Of(liar)] };
        var fault = Assert.Throws<RunFault>(() => (Experiment.Of(scenario) with { Threads = 2 }).Run());
        Assert.True(fault.IsPolicyFault);
        Assert.Equal((0, 1, "liar"), (fault.Replication, fault.Seed, fault.Scheduler.Label));
        Assert.Contains("--schedulers liar --seed 1 --replications 1", fault.Message);
    }

    [Fact]
    public void Watchers_see_the_run_that_they_were_asked_for()
    {
        var starts = new System.Collections.Concurrent.ConcurrentBag<(string, int, int)>();
        var scenario = Read(Noisy);
        (Experiment.Of(scenario) with
        {
            Watchers = start =>
            {
                starts.Add((start.Scheduler.Label, start.Replication, start.Seed));
                return [];
            },
        }).Run();
        Assert.Equal(6, starts.Distinct().Count());
        Assert.Contains(("short", 0, 1), starts);
    }

    private const string TwoHogs = """
        duration: 1200ms
        machine: { costs: none }
        schedulers: round-robin
        domains: [{ name: a, workloads: [hog] }, { name: b, MORE workloads: [hog] }]
        """;

    private static double? Fairness(string text, string more) =>
        Run(text.Replace("MORE ", more)).Results[0]["host.fairness"]!.Mean;

    private static Scenario Read(string text) => ScenarioReader.Read(text, "test.yaml").Value!;

    private static ExperimentResult Run(string text, int threads = 0) =>
        (Experiment.Of(Read(text)) with { Threads = threads }).Run();

    // Runs vCPU 0 and nobody else.
    private sealed class FirstOnly(ISchedHost host) : Scheduler(host)
    {
        public override void VcpuAdded(VcpuId v, Instant now) { }

        public override void VcpuRemoved(VcpuId v, Instant now) { }

        public override void Wake(VcpuId v, Instant now) => Host.Kick(new(0));

        public override void Sleep(VcpuId v, Instant now) { }

        public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now) =>
            Host[new(0)].Runnable ? new(new(0), 1.Ms) : Decision.Idle;
    }

    // Runs vCPU 0 everywhere, whatever it does.
    private sealed class Liar(ISchedHost host) : Scheduler(host)
    {
        public override void VcpuAdded(VcpuId v, Instant now) { }

        public override void VcpuRemoved(VcpuId v, Instant now) { }

        public override void Wake(VcpuId v, Instant now) => Host.Kick(new(v.Index % Host.Topology.Count));

        public override void Sleep(VcpuId v, Instant now) { }

        public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now) => new(new(0), 1.Ms);
    }
}
