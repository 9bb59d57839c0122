using Flms.Core;
using Flms.Schedulers.BestNumaNode;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.BestNumaNode;

public sealed class BestNumaNodeSchedulerTests
{
    private static readonly BestNumaNodeOptions Quick = new() { Period = 100.Ms, Cool = 500.Ms };

    private static Scheduler OverCfs(ISchedHost host) => new BestNumaNodeScheduler(host, Quick);

    private static Scheduler OverCredit(ISchedHost host) =>
        new BestNumaNodeScheduler(host, Quick with { Below = PolicyBelow.Credit });

    // CFS puts vCPUs where there is room, b's on both nodes; after the first period each VM has a node.
    [Fact]
    public void Each_VM_is_gathered_on_a_node() => Gantt.Check(OverCfs, """
        2 sockets x 2 cores, 2 nodes, column 10ms
        a    wants *....................
        a    gets  000000000000000000000
        b/0  wants *....................
        b/0  gets  1111111111~3333333333
        b/1  wants *....................
        b/1  gets  222222222222222222222
        c    wants *....................
        c    gets  333333333311111111111
        """);

    // Its limit: three VMs do not divide by two nodes. CFS alone would give each two thirds.
    [Fact]
    public void What_does_not_fit_a_node_is_not_evened_out() => Gantt.Check(OverCfs, """
        2 sockets x 2 cores, 2 nodes, column 10ms
        a/0  wants *....................[10s]
        a/0  gets  0~~~~~~0-~~~~-0~~~~0-[10s]
        a/1  wants *....................[10s]
        a/1  gets  1~~~~~~1-~~~~-1~~~~1-[10s]
        b/0  wants *....................[10s]
        b/0  gets  222222222222222222222[10s]
        b/1  wants *....................[10s]
        b/1  gets  333333333333333333333[10s]
        c/0  wants *....................[10s]
        c/0  gets  -~~~~~~-0~~~~0-~~~~-0[10s]
        c/1  wants *....................[10s]
        c/1  gets  -~~~~~~-1~~~~1-~~~~-1[10s]
        a : b : c gets 1 : 2 : 1 within 3%
        """);

    [Fact]
    public void On_two_pCPUs_two_hogs_have_one_each() => Gantt.Check(OverCredit, """
        2 sockets x 1 cores, 2 nodes, column 10ms
        a     wants *....................
        a     gets  111-11111100000-00000
        b     wants *....................
        b     gets  000000000-11111111111
        c     wants ...1.....1.....1.....
        c     gets  ...1.....0.....0.....
        """);

    [Fact]
    public void A_VM_with_more_vCPUs_than_a_node_has_pCPUs_is_left_alone() => Gantt.Check(OverCfs, """
        2 sockets x 1 cores, 2 nodes, column 10ms
        a/0   wants *....................[10s]
        a/0   gets  000000000000000000000[10s]
        a/1   wants *....................[10s]
        a/1   gets  111111111111111111111[10s]
        a/0 gets 100% within 1%
        a/1 gets 100% within 1%
        """);

    private static DomainSetup Eater(string name, int node, CpuMask? first = null) => new()
    {
        Name = name,
        Vcpus = 2,
        MemoryNode = node,
        LlcReferences = 10_000,
        LlcMissRatio = new(1, 2),
        Affinity = first,
        Workloads = [new HogSetup()],
    };

    private static Machine Run(BestNumaNodeOptions options, Duration length, params DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = Topology.Of(2, 2), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, host => Referee.Over(host, h => new BestNumaNodeScheduler(h, options)));
        machine.Run(Instant.Zero + length);
        return machine;
    }

    // What was remote in the run's last second, of all misses.
    private static double Remote(Machine machine)
    {
        var (misses, remote) = Sums(machine);
        machine.Run(machine.Now + 1.Seconds);
        var (later, away) = Sums(machine);
        return (double)(away - remote) / (later - misses);
    }

    private static (long Misses, long Remote) Sums(Machine machine)
    {
        var (misses, remote) = (0L, 0L);
        for (var v = 0; v < machine.VcpuCapacity; v++)
        {
            ref readonly var c = ref machine.Counters(new(v));
            misses += c.LlcMisses;
            remote += c.RemoteAccesses;
        }
        return (misses, remote);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void VMs_come_to_their_memory(int a, int b)
    {
        Assert.Equal(0, Remote(Run(new(), 30.Seconds, Eater("a", a), Eater("b", b))));
    }

    // Both have their memory on one node. The second to be looked at is worse off there: of a full score for its
    // memory it loses half to the other's misses, and a whole one to crowding.
    [Fact]
    public void Crowding_outweighs_memory() =>
        Assert.Equal(0.5, Remote(Run(new(), 30.Seconds, Eater("a", 1), Eater("b", 1))), 0.01);

    // With a node told, the first period suffices; learning takes what was seen there.
    [Fact]
    public void It_believes_what_it_is_told_of_memory()
    {
        var told = Eater("a", 1) with { Parameters = [new BestNumaNodeDomain { MemoryNode = 0 }] };
        Assert.Equal(1, Remote(Run(new(), 30.Seconds, told)));
        Assert.Equal(0, Remote(Run(new(), 30.Seconds, Eater("a", 1))));
    }

    // VMs that run by turns, for seconds: a node is crowded now and free then.
    [Fact]
    public void A_VM_that_was_moved_is_left_in_peace_for_a_while()
    {
        Assert.InRange(ShortestRest(Duration.Zero).Ns, 2e9, 8e9);
        Assert.InRange(ShortestRest(10.Seconds).Ns, 10e9, 100e9);
    }

    private static Duration ShortestRest(Duration cool)
    {
        var moves = new Moves();
        var domains = new List<DomainSetup>();
        for (var i = 0; i < 5; i++)
        {
            var turn = new DutySetup { Run = (3 + i).Seconds, Sleep = (5 + i).Seconds, Ends = BurstEnd.Time };
            domains.Add(new() { Name = $"vm{i}", Workloads = [turn] });
        }
        var setup = new MachineSetup { Topology = Topology.Of(2, 1), Domains = domains };
        var options = new BestNumaNodeOptions { Gain = 0, Cool = cool, Below = PolicyBelow.Credit };
        var machine = new Machine(setup, host => new BestNumaNodeScheduler(host, options));
        machine.Watch(moves);
        machine.Run(Instant.Zero + 120.Seconds);
        return moves.ShortestRest;
    }

    // A VM of one vCPU moves when the daemon says so or when the policy below follows; both at one instant.
    private sealed class Moves : IWatcher
    {
        private readonly Instant[] _last = [.. Enumerable.Repeat(Instant.Never, 5)];

        public Duration ShortestRest { get; private set; } = Duration.Forever;

        public void On(in HostEvent e)
        {
            if (e.Kind != HostEventKind.Note || e.Note != Note.Place) return;
            ref var last = ref _last[e.Vcpu.Index];
            if (e.At.Ns % 2.Seconds.Ns != 0 || e.At == last) return;
            if (last != Instant.Never) ShortestRest = Duration.Min(ShortestRest, e.At - last);
            last = e.At;
        }
    }

    [Fact]
    public void No_law_is_broken_in_random_worlds() => Swarm.Run(OverCfs, worlds: 40);

    [Fact]
    public void Over_EEVDF_no_law_is_broken_in_random_worlds() =>
        Swarm.Run(host => new BestNumaNodeScheduler(host, Quick with { Below = PolicyBelow.Eevdf }), worlds: 20);

    [Fact]
    public void Over_Credit_no_law_is_broken_in_random_worlds() => Swarm.Run(OverCredit, worlds: 40);

    [Fact]
    [Trait("Speed", "Slow")]
    public void No_law_is_broken_in_200_random_worlds() => Swarm.Run(OverCfs, worlds: 200, firstSeed: 100);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(OverCfs, worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
