using Flms.Core;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Testing.Tests.Tutorial;

/// <summary>The policies of docs/write-a-scheduler.md do what the page says of them.</summary>
public sealed class TutorialTests
{
    [Fact]
    public void A_policy_that_runs_nobody_loses_them()
    {
        // doc: foul
        var fault = Assert.Throws<PolicyFault>(() => Gantt.Check(host => new NothingScheduler(host), """
            1 pcpu, column 10ms
            a  wants *.........
            a  gets  ----------
            """));
        Assert.Equal("P2: at 0ns: v0 waits, its pCPUs 0 idle, no timer is armed, no kick is due", fault.Message);
        // end doc
    }

    // doc: fifo-chart
    [Fact]
    public void Who_comes_first_is_served_until_it_blocks() => Gantt.Check(host => new FifoScheduler(host), """
        1 pcpu, column 10ms
        a  wants 4.........
        a  gets  0000......
        b  wants .3........
        b  gets  .---000...
        c  wants ..2....1..
        c  gets  ..-----000
        """);
    // end doc

    // doc: turns-chart
    [Fact]
    public void Everybody_has_a_slice_in_turn() => Gantt.Check(host => new TurnsScheduler(host), """
        2 pcpu, column 10ms
        hog  wants *...............
        hog  gets  000111111-000000
        pig  wants *...............
        pig  gets  111-000000111111
        web  wants ..1......1......
        web  gets  ..-0.....1......
        web waits at most 30ms
        """);
    // end doc

    // doc: swarm
    [Fact]
    public void No_law_is_broken_in_random_worlds_without_affinities() =>
        Swarm.Run(host => new TurnsScheduler(host), worlds: 20, options: new() { HardAffinity = false });
    // end doc

    [Fact]
    public void Affinities_are_what_it_does_not_know()
    {
        var failure = Assert.Throws<SwarmFailure>(() => Swarm.Run(host => new TurnsScheduler(host), worlds: 100));
        Assert.Equal("P1", failure.Failure.Law);
        Assert.True(failure.World.Setup.Domains.Count <= 2);
    }

    // doc: weighted-chart
    [Fact]
    public void Twice_the_weight_is_twice_the_time() => Gantt.Check(host => new WeightedScheduler(host), """
        1 pcpu, column 10ms
        a  weight=256  wants *.................[60s]
        a              gets  000------000------[60s]
        b  weight=512  wants *.................[60s]
        b              gets  ---000000---000000[60s]
        a : b gets 1 : 2 within 1%
        """);
    // end doc

    [Fact]
    public void No_law_is_broken_in_any_random_world() => Swarm.Run(host => new WeightedScheduler(host), worlds: 40);

    [Fact]
    public void A_referee_can_be_asked_for_all_fouls()
    {
        // doc: referee
        var setup = new MachineSetup
        {
            Topology = Topology.Of(sockets: 1, cores: 2),
            Domains = [new() { Name = "a", Vcpus = 3, Workloads = [new HogSetup()] }],
        };
        var machine = new Machine(setup, host =>
            Referee.Over(host, h => new FifoScheduler(h), new() { Patience = 100.Ms, Collect = true }));
        machine.Run(Instant.Zero + 1.Seconds);
        var referee = (Referee)machine.Policy;
        referee.End(machine.Now);
        Assert.Equal("P3 at 100ms: v2 waits since 0ns, longer than the policy's patience, 100ms",
            referee.Fouls[0].ToString());
        // end doc
    }
}
