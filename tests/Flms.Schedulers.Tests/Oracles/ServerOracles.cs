using Flms.Core;
using Flms.Schedulers.Rtds;
using Flms.Schedulers.Tableau;
using Flms.Sim;
using Flms.Sim.Workloads;
using Xunit.Abstractions;

namespace Flms.Schedulers.Tests.Oracles;

/// <summary>Periodic servers (spec/compared-systems.md 7, item 18); docs/oracles.md lists them.</summary>
/// <remarks>No tolerances: the bounds are theorems, and switches are free.</remarks>
public sealed class ServerOracles(ITestOutputHelper output)
{
    // What a periodic server (T, C) gives at least in any window of length t (Shin and Lee).
    private static long Supply(long t, long period, long cost)
    {
        var gap = period - cost;
        var k = Math.Max((t - gap + period - 1) / period, 1);
        var rising = t >= (k + 1) * period - 2 * cost && t <= (k + 1) * period - cost;
        return rising ? t - (k + 1) * gap : (k - 1) * cost;
    }

    [Fact]
    public void Oracle18_The_bound_itself_is_nothing_for_2_gaps_and_never_below_its_line()
    {
        const long period = 12_837_825, cost = 3_209_456;
        Assert.Equal(0, Supply(2 * (period - cost), period, cost));
        Assert.Equal(1000, Supply(2 * (period - cost) + 1000, period, cost));
        Assert.Equal(cost, Supply(2 * (period - cost) + cost, period, cost));
        for (long t = 0; t < 20 * period; t += 9_973)
            Assert.True(Supply(t, period, cost) >= (double)cost / period * (t - 2 * (period - cost)) - 1e-6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Oracle18_In_any_window_rtds_gives_a_server_what_the_bound_says(bool extratime)
    {
        var nearest = double.MaxValue;
        for (var world = 1; world <= 40; world++)
        {
            var random = RandomStream.For(18, world);
            var servers = new List<(long Period, long Cost)>();
            var domains = new List<DomainSetup>();
            for (var left = 1.0; servers.Count < 6 && left > 0.03;)
            {
                var (period, use) = (random.Uniform(2.Ms, 30.Ms).Ns, left * (0.2 + 0.6 * random.Next()));
                left -= use;
                servers.Add((period, (long)(use * period)));
                domains.Add(Server($"s{servers.Count}", new(servers[^1].Period), new(servers[^1].Cost), extratime));
            }
            var runs = RunOnOne(host => new RtdsScheduler(host, new()), 500.Ms, domains);
            for (var v = 0; v < servers.Count; v++)
                nearest = Math.Min(nearest, CheckSupply(runs, v, servers[v].Period, servers[v].Cost, 500_000_000));
        }
        output.WriteLine($"18: rtds, extra time {extratime}: the least that was above the bound is {nearest} ns");
        Assert.True(nearest < 1_000_000);
    }

    [Fact]
    public void Oracle18_In_any_window_tableau_gives_a_vCPU_what_the_bound_says()
    {
        var nearest = double.MaxValue;
        for (var world = 1; world <= 25; world++)
        {
            var random = RandomStream.For(1818, world);
            var domains = new List<DomainSetup>();
            for (var left = 100; domains.Count < 6 && left > 5;)
            {
                var percent = random.Next(5, Math.Min(80, left) + 1);
                left -= percent;
                domains.Add(new()
                {
                    Name = $"d{domains.Count}",
                    Workloads = [new HogSetup()],
                    Parameters =
                    [
                        new TableauDomain
                        {
                            Utilisation = new(percent, 100),
                            Latency = random.Uniform(2.Ms, 60.Ms),
                            Burstable = false,
                        },
                    ],
                });
            }
            TableauScheduler? tableau = null;
            var runs = RunOnOne(host => tableau = new(host, new()), 500.Ms, domains);
            for (var v = 0; v < domains.Count; v++)
            {
                var (cost, period) = tableau!.PlanOf(new(v));
                nearest = Math.Min(nearest, CheckSupply(runs, v, period.Ns, cost.Ns, 500_000_000));
            }
        }
        output.WriteLine($"18: tableau: the least that was above the bound is {nearest} ns");
        Assert.True(nearest < 5_000_000);
    }

    // The CBS's promise, on rtds: a hog whose server has Q in P cannot disturb others, even if all budgets together are
    // a whole pCPU. Between deadlines of its own it never has more than Q a period, and nobody else misses one.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Oracle18_A_hog_in_a_server_disturbs_nobody(bool extratime)
    {
        for (var world = 1; world <= 40; world++)
        {
            var random = RandomStream.For(181, world);
            var (period, use) = (random.Uniform(3.Ms, 20.Ms), 0.2 + 0.5 * random.Next());
            var budget = new Duration((long)(period.Ns * use));
            var tasks = new List<JobTask>();
            for (var left = 1 - use; tasks.Count < 4 && left > 0.02;)
            {
                var every = random.Uniform(2.Ms, 40.Ms);
                var part = tasks.Count == 3 ? left : left * (0.3 + 0.5 * random.Next());
                left -= part;
                tasks.Add(new(every, new((long)(every.Ns * part)), every));
            }
            List<DomainSetup> domains =
            [
                .. tasks.Select((t, i) => t.Domain($"task{i}",
                    new RtdsDomain { Period = t.Period, Budget = t.Cost, Extratime = false })),
                Server("hog", period, budget, extratime),
            ];
            var watch = new JobWatch(tasks, 1);
            var runs = RunOnOne(host => new RtdsScheduler(host, new()), 1.Seconds, domains, watch);
            Assert.Equal(0, watch.Misses(Instant.Zero + 1.Seconds));
            if (extratime) continue;
            for (long begin = 0; begin + period.Ns <= 1_000_000_000; begin += period.Ns)
                Assert.True(runs.Sum(tasks.Count, begin, period.Ns) <= budget.Ns);
        }
    }

    // And where it is not one: a deferrable server that wakes late keeps its deadline. 5 in 10 beside 3 in 6 is just 1;
    // the server sleeps until 6 ms, runs until its deadline at 10, and the other's job of 6 to 12 is done at 13.
    [Fact]
    public void Oracle18_A_deferrable_server_that_wakes_late_is_no_constant_bandwidth_server()
    {
        JobTask[] victim = [new(6.Ms, 3.Ms, 6.Ms)];
        var late = new DomainSetup
        {
            Name = "late",
            Workloads = [new HogSetup { At = 6.Ms }],
            Parameters = [new RtdsDomain { Period = 10.Ms, Budget = 5.Ms, Extratime = false }],
        };
        var watch = new JobWatch(victim, 1);
        var server = new RtdsDomain { Period = 6.Ms, Budget = 3.Ms, Extratime = false };
        RunOnOne(host => new RtdsScheduler(host, new()), 12.Ms, [victim[0].Domain("victim", server), late], watch);
        Assert.Equal(1, watch.Misses(Instant.Zero + 12.Ms));
    }

    // A vCPU's slots are its own whatever others do: the same runs, to the nanosecond, beside sleepers and hogs.
    [Fact]
    public void Oracle18_Under_tableau_neighbours_change_nothing()
    {
        List<(Instant, Duration)>[] runs = [[], []];
        for (var busy = 0; busy < 2; busy++)
        {
            var domains = new List<DomainSetup>();
            for (var d = 0; d < 4; d++)
                domains.Add(new()
                {
                    Name = $"d{d}",
                    Workloads = d == 0 || busy == 1 ? [new HogSetup()] : [],
                    Parameters = [new TableauDomain { Utilisation = new(1, 4), Burstable = d > 0 }],
                });
            var all = RunOnOne(host => new TableauScheduler(host, new()), 1.Seconds, domains);
            foreach (var run in all.Of)
                if (run.Vcpu == 0) runs[busy].Add((run.From, run.Ran));
        }
        Assert.True(runs[0].Count > 50);
        Assert.Equal(runs[0], runs[1]);
    }

    // The worst windows begin where a run ends, or at the beginning; the bound is compared at many lengths of each.
    // Returns how near the supply came to the bound, where that is above zero.
    private static double CheckSupply(Runs runs, int vcpu, long period, long cost, long end)
    {
        var (starts, ends, before) = (new List<long>(), new List<long>(), new List<long> { 0 });
        foreach (var run in runs.Of)
        {
            if (run.Vcpu != vcpu) continue;
            starts.Add(run.From.Ns);
            ends.Add(run.From.Ns + run.Ran.Ns);
            before.Add(before[^1] + run.Ran.Ns);
        }
        var nearest = double.MaxValue;
        for (var i = -1; i < ends.Count; i++)
        {
            var from = i < 0 ? 0 : ends[i];
            // Supply grows where a run goes on, so the bound is nearest where runs begin and a little before.
            for (var j = i + 1; j < starts.Count && j < i + 12; j++)
            {
                if (starts[j] > end) break;
                var length = starts[j] - from;
                var margin = before[j] - before[i + 1] - Supply(length, period, cost);
                Assert.True(margin >= 0, $"v{vcpu} ({cost} in {period}): {margin} in the {length} ns from {from} on");
                if (Supply(length, period, cost) > 0) nearest = Math.Min(nearest, margin);
            }
        }
        return nearest;
    }

    private static DomainSetup Server(string name, Duration period, Duration budget, bool extratime) => new()
    {
        Name = name,
        Workloads = [new HogSetup()],
        Parameters = [new RtdsDomain { Period = period, Budget = budget, Extratime = extratime }],
    };

    private static Runs RunOnOne(Func<ISchedHost, Scheduler> policy, Duration length,
        IReadOnlyList<DomainSetup> domains, IWatcher? watcher = null)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, policy);
        var runs = new Runs();
        machine.Watch(runs);
        if (watcher != null) machine.Watch(watcher);
        machine.Run(Instant.Zero + length);
        return runs;
    }
}
