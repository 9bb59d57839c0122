using Flms.Core;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;
using Xunit.Abstractions;
using static Flms.Schedulers.Tests.Oracles.Hosts;

namespace Flms.Schedulers.Tests.Oracles;

/// <summary>Queues whose means are known in closed form (spec/compared-systems.md 7, items 1 to 8); docs/oracles.md
/// lists them.</summary>
/// <remarks>
/// Tolerances: a mean over n jobs at load 0.8 has a relative standard error of about 9 / sqrt(n) for M/M/1 (successive
/// jobs wait together), less for fixed lengths and up to three times as much for hyperexponential ones. Each estimate
/// brings its own, from the differences between seeds, and refuses a tolerance below three of them.
/// </remarks>
public sealed class QueueOracles(ITestOutputHelper output)
{
    [Fact]
    [Trait("Speed", "Slow")]
    public void Oracle01_A_single_server_first_come_first_served_takes_one_over_mu_less_lambda()
    {
        // 3 million jobs: standard error 0.5 %.
        var found = Estimate.Of(8, 500.Seconds, seed => Of(1, seed, Jobs(0.8)), Fcfs,
            m => Mean(m), m => Above(Samples(m), 2.Ms), m => Above(Samples(m), 5.Ms), m => Above(Samples(m), 10.Ms));
        found[0].Is(5.0, 0.02, output);
        // P(T > t) = exp(-t / 5). Histograms are exact to 1/64, which may lift the tail by 1/64 of t / 5 on top of the
        // error; tails vary more than the mean does.
        found[1].Is(Math.Exp(-0.4), 0.02, output);
        found[2].Is(Math.Exp(-1.0), 0.04, output);
        found[3].Is(Math.Exp(-2.0), 0.08, output);
    }

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(JobLength.Fixed, 3.0, 0.02)]
    [InlineData(JobLength.Hyperexponential, 11.0, 0.05)]
    public void Oracle02_Pollaczek_and_Khinchine_say_what_the_variation_of_lengths_costs(
        JobLength length, double expected, double tolerance) =>
        // E[W] = rho (1 + cv^2) / (2 mu (1 - rho)); cv^2 is 0 and 4.
        Estimate.Of(8, 800.Seconds, seed => Of(1, seed, Jobs(0.8, length, 512)), Fcfs, m => Mean(m))
            .Is(expected, tolerance, output);

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(JobLength.Exponential, 100, 0.04)]
    [InlineData(JobLength.Exponential, 1000, 0.04)]
    [InlineData(JobLength.Hyperexponential, 50, 0.06)]
    public void Oracle03_Time_slicing_shares_the_processor_and_the_mean_is_insensitive_to_the_distribution(
        JobLength length, int sliceUs, double tolerance) =>
        // Exponential: exactly 5 at every slice. Hyperexponential: 5 as the slice goes to 0; at 0.05 of the mean the
        // wait for a first slice adds about 1 %. A million jobs: standard errors 1.1 and 1.8 %.
        Estimate.Of(8, 150.Seconds, seed => Of(1, seed, Jobs(0.8, length, 256)), h => RoundRobin(h, sliceUs.Us),
            m => Mean(m)).Is(5.0, tolerance, output);

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(0, 0.5)]
    [InlineData(1, 4.0)]
    public void Oracle03_Under_processor_sharing_a_job_takes_its_length_over_one_less_rho(int domain, double length)
    {
        // Two fixed lengths, half of the load each. A job waits less than a slice of everybody for its first turn,
        // which at a slice of 1/25 of the short length is about 2 % of it.
        DomainSetup Each(double x) => Domain("jobs", new JobsSetup
        {
            Interval = new((long)(x * 1e6 / 0.4)),
            Work = new((long)(x * 1e6)),
            Length = JobLength.Fixed,
        }) with
        { Vcpus = Plenty };
        Estimate.Of(8, 150.Seconds, seed => Of(1, seed, Each(0.5), Each(4.0) with { Name = "long" }),
            h => RoundRobin(h, 20.Us), m => Mean(m, domain)).Is(length / 0.2, 0.04, output);
    }

    [Theory]
    [InlineData(30, false)]
    [InlineData(60, true)]
    public void Oracle04_A_switch_cost_c_at_each_slice_q_needs_q_above_c_rho_over_one_less_rho(int qUs, bool stable)
    {
        // c = 10 us and rho = 0.8: q must be above 40 us. A slice is counted from the decision, so it holds c and q.
        // Jobs are 1.2 ms, a whole number of q; while several are there each q costs c.
        var host = Of(1, 1, Domain("jobs", new JobsSetup
        {
            Interval = 1_500.Us,
            Work = 1_200.Us,
            Length = JobLength.Fixed,
        }) with
        { Vcpus = Plenty });
        var machine = Estimate.Run(100.Seconds, host with { Costs = CostModel.None with { ContextSwitch = 10.Us } },
            h => RoundRobin(h, (qUs + 10).Us));
        var done = Samples(machine).Count / 95_000.0;
        output.WriteLine($"{done:g5} jobs a ms; busy {machine.Statistics.PcpuBusy[0] / 95e9:g4}");
        if (stable)
        {
            // Everybody who comes is served: 1/1.5 a ms, standard error 1/sqrt(63,000). The pCPU is busy for at most
            // rho (1 + c/q), and for more than rho.
            Assert.Equal(1 / 1.5, done, 0.01);
            Assert.InRange(machine.Statistics.PcpuBusy[0] / 95e9, 0.8 * 1.02, 0.8 * 7 / 6 * 1.02);
            return;
        }
        // Overloaded, it serves at 1 / (1 + c/q) of its speed; exact but for the job at each end.
        Assert.Equal(1 / 1.2 * 30 / 40, done, 0.0005);
        Assert.Equal(95.Seconds.Ns, machine.Statistics.PcpuBusy[0]);
    }

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(1, 5.000)]
    [InlineData(2, 2.7778)]
    [InlineData(4, 1.7455)]
    [InlineData(8, 1.2860)]
    public void Oracle05_Many_servers_of_one_queue_take_what_Erlang_says(int pcpus, double expected) =>
        Estimate.Of(8, 500.Seconds / pcpus, seed => Of(pcpus, seed, Jobs(0.8 * pcpus)), Fcfs, m => Mean(m))
            .Is(expected, 0.02, output);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Oracle05_A_queue_for_each_pcpu_without_stealing_is_as_slow_as_a_single_server()
    {
        // Sixteen streams, four on each pCPU: each pCPU is a single server at 0.8. Which vCPU goes first does not
        // depend on lengths, so the mean is that of first come, first served.
        MachineSetup Host(ulong seed) =>
            Of(4, seed, [.. Enumerable.Range(0, 16).Select(i => Domain($"d{i}", Stream(0.2)))]);
        double Mean(Machine m) => Enumerable.Range(0, 16).Average(d => Hosts.Mean(m, d));
        Estimate.Of(8, 125.Seconds, Host, h => RoundRobin(h, 10.Seconds, QueueLayout.PerPcpu), Mean)
            .Is(5.0, 0.02, output);
        var shared = Estimate.Of(4, 125.Seconds, Host, Fcfs, Mean).Mean;
        output.WriteLine($"with one queue {shared:g4}");
        Assert.True(shared < 2.5);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Oracle06_With_two_classes_the_second_pays_for_both()
    {
        // T1 = 1/(1 - rho1), T2 = 1/((1 - rho1)(1 - rho1 - rho2)).
        Estimate Of(int domain) => Estimate.Of(8, 500.Seconds, seed => TwoClasses(seed),
            h => new TwoClassScheduler(h, preempt: true), m => Mean(m, domain));
        Of(0).Is(1.4286, 0.01, output);
        Of(1).Is(4.7619, 0.02, output);
    }

    [Fact]
    public void Oracle06_The_first_class_is_served_as_if_it_were_alone()
    {
        var both = Estimate.Run(100.Seconds, TwoClasses(1), h => new TwoClassScheduler(h, preempt: true));
        var alone = Estimate.Run(100.Seconds, Of(1, 1, TwoClasses(1).Domains[0]),
            h => new TwoClassScheduler(h, preempt: true));
        Assert.Equal(Samples(alone).Steps(), Samples(both).Steps());
        Assert.Equal(Samples(alone).Sum, Samples(both).Sum);
    }

    [Theory]
    [Trait("Speed", "Slow")]
    [MemberData(nameof(WorkConserving))]
    public void Oracle07_Whatever_the_policy_the_sum_of_lambda_T_is_conserved(string name)
    {
        // Exponential jobs of one mean: rho/(1 - rho) = 0.7/0.3, under every work-conserving policy that does not know
        // lengths. 3 million jobs: standard error 0.4 %.
        Estimate.Of(6, 500.Seconds, seed => TwoClasses(seed), Policy(name), m => 0.3 * Mean(m, 0) + 0.4 * Mean(m, 1))
            .Is(0.7 / 0.3, 0.02, output);
    }

    [Theory]
    [MemberData(nameof(WorkConserving))]
    public void Oracle07_Littles_law_holds_under_every_policy(string name)
    {
        // N is counted by a watcher (runnable vCPUs, one a job), T by the guest. A path satisfies N = lambda T but for
        // the jobs that are there at the ends: at most a hundred of 160,000.
        var machine = new Machine(Of(2, 1, Jobs(1.6)), Policy(name));
        var count = new InSystem();
        machine.Watch(count);
        machine.Run(Instant.Zero + 100.Seconds);
        var jobs = Samples(machine);
        Assert.InRange(jobs.Count, 157_000, 163_000);
        var ratio = count.Integral(Instant.Zero + 100.Seconds) / jobs.Sum;
        output.WriteLine($"N / (lambda T) is {ratio:g6}");
        Assert.Equal(1.0, ratio, 0.002);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Oracle08_A_server_that_goes_away_when_it_idles_adds_the_residual_of_its_vacations()
    {
        // Vacations of 1 and 3 ms in turn: E[V^2]/(2 E[V]) = 5/4. T = 1/mu + rho/(mu - lambda) + 5/4 at rho = 0.6.
        Estimate.Of(8, 500.Seconds, seed => Of(1, seed, Jobs(0.6), Domain("away", new HogSetup())),
            h => new TwoClassScheduler(h, preempt: false, 1.Ms, 3.Ms), m => Mean(m)).Is(1 + 1.5 + 1.25, 0.02, output);
    }

    /// <summary>The policies that say on a machine with one pCPU that they are work-conserving, and those that are so
    /// although they do not promise it (Credit may leave a pCPU idle only beside others, or for a cap).</summary>
    public static TheoryData<string> WorkConserving()
    {
        string[] without = ["credit", "bvt", "cfs", "credit2"];
        var names = new TheoryData<string>(without);
        foreach (var entry in SchedulerCatalog.All)
        {
            if (without.Contains(entry.Name)) continue;
            if (new Machine(TwoClasses(1), Policy(entry.Name)).Policy.WorkConserving) names.Add(entry.Name);
        }
        return names;
    }

    private static Func<ISchedHost, Scheduler> Policy(string name)
    {
        var entry = SchedulerCatalog.Find(name)!;
        return host => entry.Create(host, entry.Defaults);
    }

    private static MachineSetup TwoClasses(ulong seed) =>
        Of(1, seed, Domain("first", Stream(0.3)), Domain("second", Stream(0.4)));

    // How many vCPUs are runnable, over time.
    private sealed class InSystem : IWatcher
    {
        private long _integral;
        private long _since;
        private int _count;

        public double Integral(Instant until) => _integral + _count * (double)(until.Ns - _since);

        public void On(in HostEvent e)
        {
            if (e.Kind is not (HostEventKind.Wake or HostEventKind.Block)) return;
            _integral += _count * (e.At.Ns - _since);
            _since = e.At.Ns;
            _count += e.Kind == HostEventKind.Wake ? 1 : -1;
        }
    }
}
