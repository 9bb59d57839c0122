using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.ShortSlice;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.ShortSlice;

public sealed class ShortSliceSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static Scheduler FiveMs(ISchedHost host) => new ShortSliceScheduler(host, ShortSliceOptions.Credit5Ms);

    private static Scheduler RoundRobin(ISchedHost host) => new ShortSliceScheduler(host, ShortSliceOptions.RoundRobin);

    private static Scheduler OneMsRr(ISchedHost host) =>
        new ShortSliceScheduler(host, new() { Form = ShortSliceForm.Rr, RrSlice = 1.Ms });

    // What it is for: a vCPU that is never asleep waits for three slices, and slices are short.
    [Fact]
    public void A_turn_comes_round_in_a_sixth_of_Credits_time() => Gantt.Check(FiveMs, """
        1 pcpu, column 5ms
        a     wants *...............................
        a     gets  0--0-0--0--0--0--0--0--0-0--0--0
        b     wants *...............................
        b     gets  -0--0--0--0--0--0--0--0---0--0--
        mixed wants *...............................
        mixed gets  --0---0--0--0--0--0--0--0--0--0-
        """);

    // Its limit: round robin has no boost, so who wakes goes behind all.
    [Fact]
    public void In_round_robin_who_wakes_waits_for_everybodys_slice() => Gantt.Check(OneMsRr, """
        1 pcpu, column 1ms
        a     wants *.......................
        a     gets  0-0-0--0-0-0-0--0-0-0--0
        b     wants *.......................
        b     gets  -0-0-0--0-0-0-0--0-0--0-
        web   wants .....1........1.....1...
        web   gets  .....-0.......-0....-0..
        """);

    [Fact]
    public void Queues_are_kept_equally_long_and_an_idle_pCPU_pulls_from_the_longest() => Gantt.Check(OneMsRr, """
        2 pcpu, column 1ms
        a  wants 4...........................
        a  gets  0-0-0-0.....................
        b  wants *...........................
        b  gets  1-1-1-1-1-1-1-1-1-1-1-1-1-1-
        c  wants *...........................
        c  gets  -0-0-0-000000000000000000000
        d  wants *...........................
        d  gets  -1-1-1-1-1-1-1-1-1-1-1-1-1-1
        """);

    [Fact]
    public void In_round_robin_weights_count_for_nothing() => Gantt.Check(OneMsRr, """
        1 pcpu, column 1ms
        small weight=1     wants *.....[60s]
        small              gets  0-0-0-[60s]
        great weight=65535 wants *.....[60s]
        great              gets  -0-0-0[60s]
        small : great gets 1 : 1 within 0.1%
        """);

    // Ticks of 1.666 ms drift away from accountings every 5 ms (Q11): 1.02 : 1.98, where 30 ms give 1 : 2.
    [Fact]
    public void In_Credits_form_weights_hold() => Gantt.Check(FiveMs, """
        1 pcpu, column 5ms
        small weight=256 wants *.....[60s]
        small            gets  0-0-0-[60s]
        great weight=512 wants *.....[60s]
        great            gets  -0-0-0[60s]
        small : great gets 1 : 2 within 3%
        """);

    /// <summary>Specification of the compared systems, section 7, item 9: E = (N-1)^2 q / 2N, at short
    /// slices.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_saturated_VM_among_N_waits_in_proportion_to_the_slice(int n)
    {
        var target = Hog with
        {
            Workloads =
            [
                new HogSetup(),
                new PingSetup { IntervalMin = 5.Ms, IntervalMax = 5.Ms, Spacing = Spacing.Poisson, Work = 1.Ns },
            ],
        };
        var mean = Pings(RoundRobin, [target, .. Enumerable.Repeat(Hog, n - 1)], 1, 200.Seconds).Mean;
        // 40,000 samples between 0 and (n-1)q: the mean's own error is below 1 %.
        Assert.InRange(mean / ((n - 1.0) * (n - 1) * 500_000 / (2 * n)), 0.97, 1.03);
    }

    // Ten hogs on four pCPUs: queues of 3, 3, 2 and 2 are as equal as can be, and stay.
    [Fact]
    public void Equal_queues_are_not_equal_shares()
    {
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 4),
            Costs = CostModel.None,
            Domains = [.. Enumerable.Repeat(Hog, 10)],
        };
        var machine = new Machine(setup, RoundRobin);
        machine.Run(Instant.Zero + 60.Seconds);
        var shares = machine.Statistics.DomainRun;
        Assert.Equal(240_000_000_000, shares.Sum());
        Assert.Equal(2 / 3.0, shares.Min() / (double)shares.Max(), 3);
    }

    [Fact]
    public void The_rate_limit_is_cut_to_the_slice()
    {
        ShortSliceOptions options = new() { Tslice = 2.Ms, Ratelimit = 10.Ms };
        Assert.Null(options.Problem());
        Assert.Equal(Run(options, 20.Seconds), Run(options with { Ratelimit = 2.Ms }, 20.Seconds));
        Assert.NotNull(new CreditOptions { Tslice = 2.Ms, Ratelimit = 10.Ms }.Problem());
    }

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(FiveMs, 40);

    [Fact]
    public void Random_worlds_bring_no_foul_with_round_robin() => Swarm.Run(RoundRobin, 40);

    private static long Run(ShortSliceOptions options, Duration length)
    {
        var machine = new Machine(
            new()
            {
                Topology = Topology.Of(1, 1),
                Costs = CostModel.None,
                Domains = [Hog, Hog, Hog with { Weight = 512 }],
            },
            host => new ShortSliceScheduler(host, options));
        machine.Run(Instant.Zero + length);
        return machine.Statistics.Switches;
    }

    private static Histogram Pings(
        Func<ISchedHost, Scheduler> policy, DomainSetup[] domains, int pcpus, Duration length)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, pcpus), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, policy);
        machine.Run(Instant.Zero + length);
        return machine.Workloads.First(w => w.Samples is { Count: > 1000 }).Samples!;
    }
}
