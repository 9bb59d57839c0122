using Flms.Core;
using Flms.Schedulers.Pooled;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>AsymSched: domains move between the pools by predicted events.</summary>
public sealed class AsymschedSchedulerTests
{
    private static Scheduler Default(ISchedHost host) => new AsymschedScheduler(host, new());

    private static readonly Topology TwoPcpus = Topology.Of(1, 2);

    // A busy VM of which every 100 ms so many device events are told.
    private static DomainSetup Server(string name, params int[] events) =>
        new() { Name = name, Workloads = [new HogSetup(), new EventScript(events)] };

    // 49 events are state 0, 50 are state 1, which exceeds the first threshold.
    [Theory]
    [InlineData(49, "111111111111")]
    [InlineData(50, "111000000000")]
    public void A_domain_is_in_the_IO_pool_as_soon_as_its_prediction_exceeds_the_threshold(int events, string drawn) =>
        Trial.IsDrawn($"a {drawn}", Trial.Draw(TwoPcpus, Default, [Server("a", 0, 0, events)], 0.Ms, 100.Ms, 12));

    // States 0 0 2 0 0 0: at 300 ms it goes. At 400 and 500 ms it has been calm for one and two periods only. At 500 ms
    // two zeros have been seen to end in 2, so the prediction would keep it too; at 600 ms neither does.
    [Fact]
    public void It_goes_back_after_three_calm_periods() => Trial.IsDrawn("a 111000111111",
        Trial.Draw(TwoPcpus, Default, [Server("a", 0, 0, 100, 0)], 0.Ms, 100.Ms, 12));

    // Five calm periods and a burst, again and again: the second burst is expected, and met in the I/O pool. (The burst
    // is in the sixth period, 500 to 600 ms, and so on every 600 ms; the pool is changed at the end of a period.)
    [Fact]
    public void A_burst_that_is_expected_finds_the_domain_in_the_IO_pool_already()
    {
        int[] bursts = [0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 100];
        Trial.IsDrawn("a 111111000110000110000110",
            Trial.Draw(TwoPcpus, Default, [Server("a", bursts)], 0.Ms, 100.Ms, 24));
    }

    // All three share the computing pCPU until 300 ms; then the third has it alone.
    [Fact]
    public void Domains_of_a_group_move_together() => Trial.IsDrawn("""
        a ~~~~~~~~~~~~
        b ~~~~~~~~~~~~
        c ~~~111111111
        """, Trial.Draw(TwoPcpus, Default,
        [
            Server("a", 0, 0, 100) with { Parameters = [new AsymschedDomain { Group = 4 }] },
            Server("b", 0) with { Parameters = [new AsymschedDomain { Group = 4 }] },
            Server("c", 0) with { Parameters = [new AsymschedDomain { Group = 5 }] },
        ], 0.Ms, 100.Ms, 12));

    [Fact]
    public void In_the_IO_pool_they_take_turns_of_half_a_millisecond() => Trial.IsDrawn("""
        a -0-0-0-0-0-0-0-0-0
        b 0-0-0-0-0-0-0-0-0-
        c 111111111111111111
        """, Trial.Draw(TwoPcpus, Default, [Server("a", 100), Server("b", 100), Server("c", 0)],
        201.Ms, 500.Us, 18));

    // The limit: without events nothing is better than Credit, and one pool of the two idles.
    [Fact]
    public void Without_IO_half_of_the_machine_idles() => Gantt.Check(Default, """
        2 pcpu, column 10ms
        a     wants *...........
        a     gets  111---111---
        b     wants *...........
        b     gets  ---111---111
        """);

    // One socket for I/O, the others for computing.
    [Fact]
    public void The_pools_are_different_sockets()
    {
        var trial = new Trial(Topology.Of(2, 2), Default, [Server("a", 100), Server("b", 100), Trial.Hog("c", 3)]);
        var chart = new Chart(5, new(Instant.Zero + 200.Ms, 50.Ms, 20));
        trial.Machine.Watch(chart);
        trial.Run(1200.Ms);
        chart.End(Instant.Zero + 1200.Ms);
        Assert.Matches("^[01]+$", chart.Gets(new(0)));
        Assert.Matches("^[01]+$", chart.Gets(new(1)));
        for (var v = 2; v < 5; v++) Assert.Matches("^[23~-]+$", chart.Gets(new(v)));
    }

    // 60 events are state 1, 500 are state 10. At first both exceed 0. After 50 periods of two domains there are 100
    // samples, half of them 1 and half 10: Otsu cuts at 1, and state 1 is computing from three periods later on.
    [Fact]
    public void After_50_periods_the_threshold_is_made_from_what_was_seen()
    {
        DomainSetup[] domains = [Server("some", 60), Server("much", 500)];
        var trial = new Trial(TwoPcpus, Default, domains).Run(4999.Ms);
        Assert.Equal(0, trial.Policy<AsymschedScheduler>().Threshold);
        Assert.Equal(1, trial.Run(5001.Ms).Policy<AsymschedScheduler>().Threshold);
        Trial.IsDrawn("some ~~~1111\nmuch ~~~0000", Trial.Draw(TwoPcpus, Default, domains, 5.Seconds, 100.Ms, 7));
    }

    // Two servers in the I/O pool: an echo waits for one other turn of 0.5 ms at most, and its own pCPU is busy.
    [Fact]
    public void An_echo_waits_for_half_a_millisecond_where_Credit_would_take_tens()
    {
        DomainSetup Pinged(string name) =>
            new() { Name = name, Workloads = [new HogSetup(), Trial.Echo(1.Ms, 10.Us)] };
        var trial = new Trial(TwoPcpus, Default, [Pinged("a"), Pinged("b"), Trial.Hog("c", 2)]).Run(1.Seconds);
        trial.Machine.ResetStatistics();
        trial.Run(20.Seconds);
        Assert.InRange(trial.Samples(0, "ping.rtt").Max, 10_000, 510_000 + 1000);
    }

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(Default, worlds: 40);

    [Fact]
    public void Random_worlds_where_a_few_events_are_IO_bring_no_foul() => Swarm.Run(
        host => new AsymschedScheduler(host, new() { StateStep = 1, Period = 20.Ms, ThresholdPeriods = 10 }),
        worlds: 40);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Two_hundred_random_worlds_bring_no_foul() => Swarm.Run(
        host => new AsymschedScheduler(host, new() { StateStep = 2, Period = 50.Ms }), 200, firstSeed: 5000);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() => Swarm.Run(
        host => new AsymschedScheduler(host, new() { StateStep = 1, Period = 20.Ms, ThresholdPeriods = 10 }),
        worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
