using Flms.Core;
using Flms.Schedulers.Pooled;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>Hu 2010: who gets a device event goes to a fast-tick pCPU, and comes back.</summary>
public sealed class Hu2010SchedulerTests
{
    private static Scheduler Default(ISchedHost host) => new Hu2010Scheduler(host, new());

    private static Scheduler Always(ISchedHost host) => new Hu2010Scheduler(host, new() { EventRate = 0 });

    private static readonly DomainSetup Server = new()
    {
        Name = "server",
        Workloads = [new HogSetup(), Trial.Echo(5.Ms, 100.Us)],
    };

    // Events at 5, 10, 15 and 20 ms; at the first it runs, and is taken off its pCPU.
    [Fact]
    public void A_busy_vCPU_with_an_event_is_served_at_once_for_one_fast_slice() => Trial.IsDrawn("""
        server 111110----0----0----0---
        hog    -----1111111111111111111
        pig    ------------------------
        """, Trial.Draw(Topology.Of(1, 2), Always, [Server, Trial.Hog("hog"), Trial.Hog("pig")], 0.Ms, 1.Ms, 24));

    // The echo at 4 ms finds it asleep. At 6 ms it wakes without an event, and waits for its turn on the general pCPU
    // until the echoes at 8 and 12 ms let it run for one fast slice each; the last millisecond it has after the hog's
    // boost.
    [Fact]
    public void Who_blocks_goes_back_and_leaves_the_fast_pCPU_to_others() => Trial.IsDrawn("""
        web ........0...----00------0011..
        hog 11111111111111111111111111--11
        """, Trial.Draw(Topology.Of(1, 2), Always,
        [
            new() { Name = "web", Workloads = [Trial.Echo(4.Ms, 500.Us), new PulseSetup { At = 6.Ms, Work = 2.Ms }] },
            Trial.Hog("hog"),
        ], 0.Ms, 500.Us, 30));

    [Fact]
    public void Service_domains_have_the_driver_pCPU_for_themselves() => Trial.IsDrawn("""
        dom0/0 000000000000000000000000
        dom0/1 ------------------------
        server 222221----1----1----1---
        hog    -----2222222222222222222
        """, Trial.Draw(Topology.Of(1, 3), Always,
        [
            Trial.Hog("dom0", 2) with { Kind = DomainKind.Service },
            Server,
            Trial.Hog("hog"),
        ], 0.Ms, 1.Ms, 24));

    [Fact]
    public void Without_a_service_domain_there_is_no_driver_pCPU_and_without_events_no_fast_one() =>
        Gantt.Check(Default, """
        2 pcpu, column 10ms
        a     wants *...........
        a     gets  111111111111
        b     wants *...........
        b     gets  000000000000
        """);

    [Theory]
    [InlineData(8, false)]      // 125 events a second
    [InlineData(12, true)]      // 83 events a second: fewer than the preset 100
    public void The_machine_is_partitioned_only_while_events_are_frequent(int everyMs, bool undivided)
    {
        // Without a partition two busy vCPUs have the two pCPUs for themselves. With one, the hog is alone on the
        // general pCPU while the server is served, and the fast pCPU idles while it is not.
        var trial = new Trial(Topology.Of(1, 2), Default,
        [
            new() { Name = "server", Workloads = [new HogSetup(), Trial.Echo(new(everyMs * 1_000_000L), 100.Us)] },
            Trial.Hog("hog"),
        ]).Run(10.Seconds);
        var ran = trial.Ran(0) + trial.Ran(1);
        if (undivided) Assert.Equal(20.Seconds, ran);
        else Assert.InRange(ran.Ns, 10e9, 12e9);
    }

    [Fact]
    public void When_events_stop_the_fast_pCPU_is_general_again()
    {
        var trial = new Trial(Topology.Of(1, 2), Default,
            [Server, Trial.Hog("hog"), Trial.Hog("pig")],
            operations: [new(Instant.Zero + 2.Seconds, OperationKind.Destroy, 0)]).Run(3.Seconds);
        var before = trial.Ran(1) + trial.Ran(2);
        trial.Run(5.Seconds);
        // Two hogs, two pCPUs.
        Assert.Equal(4.Seconds, trial.Ran(1) + trial.Ran(2) - before);
    }

    // Each event waits for those ahead of it on the fast-tick pCPU, 1 ms each, and the kick of its own pCPU is free.
    [Fact]
    public void A_busy_server_answers_within_a_millisecond_for_each_other_server()
    {
        var trial = new Trial(Topology.Of(1, 4), Always,
        [
            Server, Server with { Name = "b" }, Server with { Name = "c" }, Trial.Hog("hog", 4),
        ]).Run(20.Seconds);
        for (var d = 0; d < 3; d++)
            Assert.InRange(trial.Samples(d, "ping.rtt").Max, 100_000, 2 * 1_000_000 + 100_000 + 1);
    }

    // In this world the last service domain is destroyed while its cap has it parked.
    [Fact]
    public void A_service_domain_can_be_destroyed_while_it_is_parked() => Swarm.Run(Default, 1, firstSeed: 10_430);

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(Default, worlds: 40);

    [Fact]
    public void Random_worlds_that_are_always_partitioned_bring_no_foul() => Swarm.Run(Always, worlds: 40);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Two_hundred_random_worlds_bring_no_foul() =>
        Swarm.Run(host => new Hu2010Scheduler(host, new() { EventRate = 20, FastPcpus = 2 }), 200, firstSeed: 4000);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(Always, worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
