using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Mechanisms;

/// <summary>Pools: each policy has its own pCPUs, and vCPUs and pCPUs move without getting lost.</summary>
public sealed class PoolsTests
{
    private static readonly Func<ISchedHost, Scheduler> Credit = host => new CreditScheduler(host, new());
    private static readonly Func<ISchedHost, Scheduler> Turns =
        host => new RoundRobinScheduler(host, new() { Slice = 1.Ms });

    /// <summary>Two pools of two policies; a test says who moves when.</summary>
    private sealed class TwoPools(ISchedHost host, int firstPcpus, Func<ISchedHost, Scheduler> first,
        Func<ISchedHost, Scheduler> second) : Pools(host, 1, Layout(host, firstPcpus), first, second)
    {
        private ulong _state = 1;

        public Duration Every { get; init; } = 5.Ms;

        public Action<TwoPools, int, Instant>? Deed { get; init; }

        public Func<ISchedHost, VcpuId, int> First { get; init; } = (_, v) => v.Index % 2;

        private int _deeds;

        private static int[] Layout(ISchedHost host, int firstPcpus)
        {
            var pools = new int[host.Topology.Count];
            for (var p = firstPcpus; p < pools.Length; p++) pools[p] = 1;
            return pools;
        }

        protected override int FirstPool(VcpuId v, Instant now)
        {
            if (Deed != null && _deeds == 0) Host.Arm(0, now + Every);
            return First(Host, v);
        }

        protected override void OwnTimer(int timer, Instant now)
        {
            Deed!(this, ++_deeds, now);
            Host.Arm(0, now + Every);
        }

        public void Send(int v, int pool, Instant now) => Move(new VcpuId(v), pool, now);

        public void Give(int p, int pool, Instant now) => Move(new PcpuId(p), pool, now);

        public void AnyMoves(Instant now)
        {
            var draw = Draw();
            if (draw % 3 == 0)
            {
                Move(new PcpuId((int)(Draw() % (ulong)Host.Topology.Count)), (int)(Draw() % 2), now);
                return;
            }
            var v = new VcpuId((int)(Draw() % (ulong)Host.VcpuCapacity));
            if (IsMember(v)) Move(v, (int)(Draw() % 2), now);
        }

        private ulong Draw()
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return _state >> 11;
        }
    }

    private static Func<ISchedHost, Scheduler> Two(int firstPcpus, Func<ISchedHost, Scheduler> first,
        Func<ISchedHost, Scheduler> second, Action<TwoPools, int, Instant>? deed = null) =>
        host => new TwoPools(host, firstPcpus, first, second) { Deed = deed };

    [Fact]
    public void Each_pool_keeps_to_its_own_pCPUs_and_its_own_rules() => Gantt.Check(
        host => new TwoPools(host, 1, Turns, Credit) { First = (_, v) => v.Index < 2 ? 0 : 1 }, """
        2 pcpu, column 1ms
        a  wants *...........................................
        a  gets  0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-
        b  wants *...........................................
        b  gets  -0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0
        c  wants *...........................................
        c  gets  111111111111111111111111111111--------------
        d  wants *...........................................
        d  gets  ------------------------------11111111111111
        """);

    [Fact]
    public void A_pool_with_nothing_to_do_leaves_the_others_work_alone() => Gantt.Check(
        host => new TwoPools(host, 1, Turns, Credit) { First = (_, _) => 1 }, """
        2 pcpu, column 10ms
        a  wants *.................
        a  gets  111---111---111---
        b  wants *.................
        b  gets  ---111---111---111
        """);

    [Fact]
    public void A_running_vCPU_moves_when_its_pCPU_has_been_kicked() => Gantt.Check(
        Two(1, Credit, Credit, (pools, n, now) => pools.Send(0, n % 2, now)), """
        2 pcpu, column 1ms
        a  wants *...................
        a  gets  00000111110000011111
        """);

    [Fact]
    public void A_waiting_vCPU_moves_at_once_and_runs_if_there_is_room() => Gantt.Check(
        host => new TwoPools(host, 1, Credit, Credit)
        {
            First = (_, _) => 0,
            Deed = (pools, n, now) => { if (n == 1) pools.Send(1, 1, now); },
        }, """
        2 pcpu, column 1ms
        a  wants *...................
        a  gets  00000000000000000000
        b  wants *...................
        b  gets  -----111111111111111
        """);

    [Fact]
    public void A_blocked_vCPU_moves_unseen() => Gantt.Check(
        host => new TwoPools(host, 1, Credit, Credit)
        {
            First = (_, _) => 0,
            Deed = (pools, n, now) => { if (n == 1) pools.Send(0, 1, now); },
        }, """
        2 pcpu, column 1ms
        a  wants 2.......2...
        a  gets  00......11..
        """);

    [Fact]
    public void A_pCPU_moves_and_who_ran_there_stays_in_the_old_pool() => Gantt.Check(
        host => new TwoPools(host, 2, Turns, Turns)
        {
            First = (_, v) => v.Index < 2 ? 0 : 1,
            Deed = (pools, n, now) => { if (n == 1) pools.Give(1, 1, now); },
        }, """
        3 pcpu, column 1ms
        a  wants *...............
        a  gets  000000-0-0-0-0-0
        b  wants *...............
        b  gets  11111-0-0-0-0-0-
        c  wants *...............
        c  gets  2--2-2-12-12-12-
        d  wants *...............
        d  gets  -2--2-12-12-12-1
        e  wants *...............
        e  gets  --2--12-12-12-12
        """);

    [Fact]
    public void An_affinity_goes_before_a_wish_and_the_wish_is_followed_as_soon_as_it_can() => Gantt.Check(
        host => new TwoPools(host, 1, Credit, Credit)
        {
            First = (_, _) => 1,
            Deed = (pools, n, now) => { if (n == 1) pools.Give(1, 0, now); else if (n == 2) pools.Give(0, 1, now); },
        }, """
        3 pcpu, column 1ms
        a  pin=0 wants *...................
        a        gets  0000000000----------
        b        wants *...................
        b        gets  22222222222222222222
        c        wants *...................
        c        gets  11111-----0000000000
        """);

    [Fact]
    public void What_a_vCPU_owes_goes_with_it()
    {
        // It ran 20 ms in one pool of Credit: 200 credits, and was dealt none yet. The other pool takes them over.
        var seen = new List<long>();
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 2),
            Costs = CostModel.None,
            Domains = [new() { Name = "a", Workloads = [new HogSetup()] }],
        };
        CreditScheduler? second = null;
        var machine = new Machine(setup, host => new TwoPools(host, 1, Credit,
            h => second = new CreditScheduler(h, new()))
        {
            Every = 20.Ms,
            Deed = (pools, n, now) => { if (n == 1) pools.Send(0, 1, now); },
        });
        machine.Run(Instant.Zero + 20.Ms);
        seen.Add(((IKeepsCredit)second!).CreditOf(new(0)));
        Assert.Equal([-200], seen);
    }

    private static readonly Claims InPools = new() { StarvedAfter = Duration.Forever };

    // Every 3 ms a vCPU or a pCPU moves, drawn at random.
    private static Scheduler Restless(ISchedHost host) =>
        new TwoPools(host, (host.Topology.Count + 1) / 2, Turns, Credit)
        {
            Every = 3.Ms,
            Deed = (pools, _, now) => pools.AnyMoves(now),
        };

    [Fact]
    public void No_law_is_broken_in_random_worlds_where_everything_moves() =>
        Swarm.Run(Restless, worlds: 60, claims: InPools);

    // Each pool's policy is watched too: its host is a pool, and has to keep the host's laws, all but H3.
    [Fact]
    public void A_pool_is_a_lawful_host_to_its_policy()
    {
        var decisions = 0L;
        for (var seed = 1ul; seed <= 60; seed++)
        {
            var watched = new List<Referee>();
            Scheduler Watch(ISchedHost host, Func<ISchedHost, Scheduler> policy)
            {
                watched.Add(Referee.Over(host, policy, InPools with { Collect = true, LostAfter = Duration.Forever }));
                return watched[^1];
            }
            var world = Swarm.World(seed);
            new Machine(world.Setup, host => new TwoPools(host, (host.Topology.Count + 1) / 2,
                h => Watch(h, Turns), h => Watch(h, Credit))
            {
                Every = 3.Ms,
                Deed = (pools, _, now) => pools.AnyMoves(now),
            }).Run(Instant.Zero + world.Length);
            Assert.Empty(watched.SelectMany(r => r.Fouls).Where(f => f.Law != "H3").Select(f => $"{seed}: {f}"));
            decisions += watched.Sum(r => r.Decisions);
        }
        Assert.True(decisions > 10_000);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void No_law_is_broken_in_500_random_worlds_where_everything_moves() =>
        Swarm.Run(Restless, worlds: 500, claims: InPools, firstSeed: 1000);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(Restless, worlds: 10, claims: InPools with { AllocatesUntil = 2000 }, firstSeed: 500);
}
