using Flms.Core;
using Flms.Schedulers.Brm;
using Flms.Schedulers.Credit;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Brm;

public sealed class BrmSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static Scheduler Brm(ISchedHost host) => new BrmScheduler(host, new());

    // A hog whose memory is on a node, and that misses the cache often.
    private static DomainSetup At(int node, string name) => Hog with
    {
        Name = name,
        MemoryNode = node,
        LlcReferences = 10_000,
        LlcMissRatio = new(3, 10),
    };

    // What it is for: both begin away from their memory; one tries the other node, and the other takes its place.
    [Fact]
    public void Two_that_began_on_the_wrong_nodes_change_places() => Picture.Check("""
          0ns       300ms     600ms     900ms     1.2s      1.5s
        a 111111111000000000000000000000000000000000000000000000000000
        b 000000000111111111111111111111111111111111111111111111111111
        """, Brm, Topology.Of(2, 1), Instant.Zero, 30.Ms, 60, At(0, "a"), At(1, "b"));

    [Fact]
    public void Under_Credit_they_stay() => Picture.Check("""
          0ns       300ms     600ms     900ms     1.2s      1.5s
        a 111111111111111111111111111111111111111111111111111111111111
        b 000000000000000000000000000000000000000000000000000000000000
        """, host => new CreditScheduler(host, new()), Topology.Of(2, 1), Instant.Zero, 30.Ms, 60, At(0, "a"),
        At(1, "b"));

    [Fact]
    public void Who_is_at_home_stays_if_the_other_would_lose() => Picture.Check("""
          5s        5.3s      5.6s      5.9s      6.2s      6.5s
        a 000000000000000000000000000000000000000000000000000000000000
        b 111111111111111111111111111111111111111111111111111111111111
        """, Brm, Topology.Of(2, 1), Instant.Zero + 5.Seconds, 30.Ms, 60, At(0, "a"), At(1, "b"));

    // Its limit: while pCPUs idle, who is at home leaves now and then to try what it knows already.
    [Fact]
    public void Who_is_at_home_leaves_now_and_then_to_try_an_idle_pCPU() => Picture.Check("""
          5s        6s        7s        8s        9s        10s
        a 00000~~~~000000000~00000000000000~0~~00~~00~0~00000~00000000
        """, Brm, Topology.Of(2, 1), Instant.Zero + 5.Seconds, 100.Ms, 60, At(0, "a"));

    [Fact]
    public void Without_misses_it_is_Credit() => Gantt.Check(Brm, """
        2 sockets x 1 cores, column 10ms
        a   wants *...........................................................
        a   gets  111---111111111111---111---000---000111---111111111111---111
        b   wants *...........................................................
        b   gets  000000000---000---000000000---000---000000000---000---000000
        c   wants *...........................................................
        c   gets  ---111---000---000111---111111111111---111---000---000111---
        """);

    [Fact]
    public void Far_fewer_misses_are_remote_than_under_Credit()
    {
        DomainSetup[] domains = [.. Enumerable.Range(0, 8).Select(i => At(i % 2, $"d{i}"))];
        var ours = RemotePart(Brm, domains);
        var credit = RemotePart(host => new CreditScheduler(host, new()), domains);
        Assert.True(ours < 0.6 * credit, $"{ours} {credit}");
    }

    [Fact]
    public void Weights_hold()
    {
        var machine = Run(Brm, Topology.Of(2, 1), [At(0, "a"), At(0, "b"), At(1, "c") with { Weight = 512 }]);
        // c's weight is half of all: one of the two pCPUs.
        Assert.Equal(1.0, machine.Statistics.DomainRun[2] / 60e9, 1);
    }

    [Fact]
    public void Equal_seeds_give_equal_runs_and_others_others()
    {
        DomainSetup[] domains = [At(0, "a"), At(1, "b"), At(0, "c")];
        long Moves(int seed) => Run(host => new BrmScheduler(host, new() { Seed = seed }), Topology.Of(2, 2), domains)
            .Statistics.Switches;
        Assert.Equal(Moves(7), Moves(7));
        Assert.NotEqual(Moves(7), Moves(8));
    }

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(Brm, 40);

    private static double RemotePart(Func<ISchedHost, Scheduler> policy, DomainSetup[] domains)
    {
        var machine = Run(policy, Topology.Of(2, 4), domains);
        var (misses, remote) = (0L, 0L);
        for (var v = 0; v < domains.Length; v++)
        {
            misses += machine.Counters(new(v)).LlcMisses;
            remote += machine.Counters(new(v)).RemoteAccesses;
        }
        return remote / (double)misses;
    }

    private static Machine Run(Func<ISchedHost, Scheduler> policy, Topology topology, DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = topology, Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, policy);
        machine.Run(Instant.Zero + 60.Seconds);
        return machine;
    }
}
