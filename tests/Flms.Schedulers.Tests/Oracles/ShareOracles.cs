using Flms.Core;
using Flms.Schedulers.Bvt;
using Flms.Schedulers.Credit2;
using Flms.Sim;
using Flms.Sim.Workloads;
using Xunit.Abstractions;

namespace Flms.Schedulers.Tests.Oracles;

/// <summary>Proportional shares on one pCPU (spec/compared-systems.md 7, items 20 to 22); docs/oracles.md lists them.
/// </summary>
/// <remarks>No tolerances: the bounds are theorems, derived at each test, and hold in every random world to the
/// nanosecond. Each prints how near the worst world came.</remarks>
public sealed class ShareOracles(ITestOutputHelper output)
{
    private const int Worlds = 100;
    private static readonly Duration Length = 4.Seconds;

    // What one turn can be at most under BVT: the allowance and what is charged at once.
    private static readonly long BvtTurn = (BvtOptions.Paper.ContextAllowance + BvtOptions.Paper.Mcu).Ns;

    private enum Policy { RoundRobin, BvtPaper, BvtXen, Credit2 }

    /// <summary>Some hogs with shares on one pCPU, and what each had run at every switch.</summary>
    private sealed record World(int[] Shares, List<(long At, long[] Ran)> Curves)
    {
        public long Total => Shares.Sum();
    }

    private static World Hogs(ulong seed, Policy policy)
    {
        var random = RandomStream.For(seed, 20);
        var shares = new int[random.Next(2, 9)];
        var domains = new List<DomainSetup>();
        for (var i = 0; i < shares.Length; i++)
        {
            // Shares that divide: under Xen's BVT they are said as advances, 840 / share.
            var share = policy == Policy.RoundRobin ? 1 : new[] { 1, 2, 3, 4, 5, 6, 7, 8 }[random.Next(0, 8)];
            shares[i] = share;
            domains.Add(new()
            {
                Name = $"hog{i}",
                Weight = 64 * share,
                Workloads = [new HogSetup()],
                Parameters = policy == Policy.BvtXen ? [new BvtDomain { Advance = 840 / share }] : [],
            });
        }
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, host => Make(host, policy));
        var runs = new Runs();
        machine.Watch(runs);
        machine.Run(Instant.Zero + Length);
        var ran = new long[shares.Length];
        var curves = new List<(long, long[])> { (0, [.. ran]) };
        foreach (var run in runs.Of)
        {
            ran[run.Vcpu] += run.Ran.Ns;
            curves.Add(((run.From + run.Ran).Ns, [.. ran]));
        }
        return new(shares, curves);
    }

    private static Scheduler Make(ISchedHost host, Policy policy) => policy switch
    {
        Policy.RoundRobin => new RoundRobinScheduler(host, new()),
        Policy.BvtPaper => new BvtScheduler(host, BvtOptions.Paper),
        Policy.BvtXen => new BvtScheduler(host, BvtOptions.Xen30),
        _ => new Credit2Scheduler(host, new()),
    };

    // In the fluid each has share / all of the time. Start-time fair queueing with turns of at most l keeps any two
    // within l / share of each other on either side (item 21), and adding that up over all N leaves one behind the
    // fluid by at most l (1 + N share / all).
    [Fact]
    public void Oracle20_Bvt_follows_the_fluid()
    {
        foreach (var policy in new[] { Policy.BvtPaper, Policy.BvtXen })
        {
            var worst = 0.0;
            for (var seed = 1UL; seed <= Worlds; seed++)
            {
                var world = Hogs(seed, policy);
                foreach (var (at, ran) in world.Curves)
                    for (var i = 0; i < ran.Length; i++)
                    {
                        var part = (double)world.Shares[i] / world.Total;
                        worst = Math.Max(worst, (part * at - ran[i]) / (BvtTurn * (1 + ran.Length * part)));
                    }
            }
            output.WriteLine($"{policy}: behind the fluid by at most {worst:F3} of the bound");
            Assert.InRange(worst, 0.01, 1.0);
        }
    }

    // Under Credit2 everybody on the runqueue is given the same credit at the same times, so what two have burnt
    // differs by what they hold: from -10 ms to 10.5 ms, at the rate of the heaviest. Weights differ by a factor of 8
    // at most, so nobody reaches the floor, where debt is forgiven: 1 ms is the shortest run under contention.
    [Fact]
    public void Oracle20_Credit2_follows_the_fluid_within_the_credit_that_can_be_held()
    {
        var worst = 0.0;
        for (var seed = 1UL; seed <= Worlds; seed++)
        {
            var world = Hogs(seed, Policy.Credit2);
            var most = world.Shares.Max();
            foreach (var (_, ran) in world.Curves)
                for (var i = 0; i < ran.Length; i++)
                    for (var j = 0; j < i; j++)
                    {
                        var apart = Math.Abs((double)ran[i] / world.Shares[i] - (double)ran[j] / world.Shares[j]);
                        worst = Math.Max(worst, apart * most / 20_500_000);
                    }
        }
        output.WriteLine($"Credit2: apart by at most {worst:F3} of the bound");
        Assert.InRange(worst, 0.01, 1.0);
    }

    // A guest that asks for s of work every s / r, r its share of the pCPU, conforms to a leaky bucket (s, r): in the
    // fluid it is answered within s / r. Start-time fair queueing adds at most one turn of each of the others, and of
    // its own.
    [Fact]
    public void Oracle20_A_guest_that_keeps_to_its_share_is_answered_in_time()
    {
        var worst = 0.0;
        for (var seed = 1UL; seed <= Worlds; seed++)
        {
            var random = RandomStream.For(seed, 2020);
            var hogs = random.Next(1, 8);
            var work = random.Uniform(1.Ms, 10.Ms);
            var fluid = work * (hogs + 1);
            var every = fluid + random.Uniform(Duration.Zero, fluid);
            var guest = new DomainSetup
            {
                Name = "guest",
                Workloads = [new PingSetup { Work = work, IntervalMin = every, IntervalMax = every }],
            };
            var domains = new List<DomainSetup> { guest };
            for (var h = 0; h < hogs; h++)
                domains.Add(new() { Name = $"hog{h}", Workloads = [new HogSetup()] });
            var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };
            var machine = new Machine(setup, host => new BvtScheduler(host, BvtOptions.Paper));
            machine.Run(Instant.Zero + 10.Seconds);
            var bound = fluid.Ns + (hogs + 1) * BvtTurn;
            worst = Math.Max(worst, (double)machine.Workloads[0].Samples!.Max / bound);
        }
        output.WriteLine($"answered after at most {worst:F3} of the bound");
        Assert.InRange(worst, 0.1, 1.0);
    }

    // Over any interval, which is the difference of two points of the curve.
    [Fact]
    public void Oracle21_Any_two_hogs_under_bvt_are_as_near_as_start_time_fair_queueing_says()
    {
        foreach (var policy in new[] { Policy.BvtPaper, Policy.BvtXen })
        {
            var worst = 0.0;
            for (var seed = 1UL; seed <= Worlds; seed++)
            {
                var world = Hogs(seed, policy);
                for (var i = 0; i < world.Shares.Length; i++)
                    for (var j = 0; j < i; j++)
                    {
                        var bound = (double)BvtTurn / world.Shares[i] + (double)BvtTurn / world.Shares[j];
                        worst = Math.Max(worst, Span(world, i, j) / bound);
                    }
            }
            output.WriteLine($"{policy}: apart by at most {worst:F3} of the bound");
            Assert.InRange(worst, 0.1, 1.0);
        }
    }

    // The greatest difference of W_i / share_i - W_j / share_j between two points in time.
    private static double Span(World world, int i, int j)
    {
        var (least, most) = (0.0, 0.0);
        foreach (var (_, ran) in world.Curves)
        {
            var apart = (double)ran[i] / world.Shares[i] - (double)ran[j] / world.Shares[j];
            least = Math.Min(least, apart);
            most = Math.Max(most, apart);
        }
        return most - least;
    }

    // At every point from the beginning, |W_i - W_j| <= q: exact, and reached.
    [Fact]
    public void Oracle21_Round_robin_is_never_apart_by_more_than_a_slice()
    {
        var worst = 0L;
        for (var seed = 1UL; seed <= Worlds; seed++)
            foreach (var (_, ran) in Hogs(seed, Policy.RoundRobin).Curves)
                worst = Math.Max(worst, ran.Max() - ran.Min());
        Assert.Equal(30.Ms.Ns, worst);
    }

    /// <summary>Looks at the virtual times of all who are runnable at every switch.</summary>
    private sealed class Spread : IWatcher
    {
        public Machine Machine { get; set; } = null!;

        public long Widest { get; private set; }

        public void On(in HostEvent e)
        {
            if (e.Kind is not (HostEventKind.Switch or HostEventKind.Continue)) return;
            var policy = (BvtScheduler)Machine.Policy;
            var (least, most) = (long.MaxValue, long.MinValue);
            for (var v = 0; v < Machine.VcpuCapacity; v++)
            {
                if (!Machine[new(v)].Runnable) continue;
                var a = policy.TimesOf(new(v)).Actual;
                least = Math.Min(least, a);
                most = Math.Max(most, a);
            }
            if (most >= least) Widest = Math.Max(Widest, most - least);
        }
    }

    // Two hogs at least, so that nobody is alone, and guests that sleep; some warp. In units of virtual time: a turn
    // costs (C + mcu) at the runner's rate, and a warp is added for those who have one.
    private static (long Widest, long Turn, long Warp) SpreadOf(ulong seed, BvtOptions options, bool sleepers)
    {
        var random = RandomStream.For(seed, 22);
        var domains = new List<DomainSetup>();
        var (rate, warp) = (0L, 0L);
        for (var i = random.Next(2, 8); i >= 0; i--)
        {
            var advance = random.Next(1, 50);
            var warped = random.Next(0, 3) == 0 ? random.Next(1, 20_000) : 0;
            var sleeps = sleepers && domains.Count >= 2 && random.Next(0, 2) == 0;
            rate = Math.Max(rate, advance);
            warp = Math.Max(warp, warped);
            domains.Add(new()
            {
                Name = $"d{i}",
                Parameters =
                [
                    new BvtDomain
                    {
                        Advance = advance, Warp = warped > 0, WarpValue = warped, WarpLimit = Duration.Zero,
                    },
                ],
                Workloads = sleeps
                    ? [new DutySetup { Run = random.Uniform(100.Us, 20.Ms), Sleep = random.Uniform(1.Ms, 50.Ms) }]
                    : [new HogSetup()],
            });
        }
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, host => new BvtScheduler(host, options));
        var spread = new Spread { Machine = machine };
        machine.Watch(spread);
        machine.Run(Instant.Zero + Length);
        // With weights virtual time is counted in 1/65,536.
        var scale = options.AdvanceByWeight ? 65_536 : 1;
        var turn = BvtTurn / options.Mcu.Ns * rate;
        return (spread.Widest / scale, turn, warp);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Oracle22_Virtual_times_of_the_runnable_lie_within_a_turn_and_a_warp(bool paper, bool sleepers)
    {
        var options = paper ? BvtOptions.Paper : BvtOptions.Xen30;
        var worst = 0.0;
        for (var seed = 1UL; seed <= Worlds; seed++)
        {
            var (widest, turn, warp) = SpreadOf(seed, options, sleepers);
            worst = Math.Max(worst, (double)widest / (turn + warp));
        }
        output.WriteLine($"{(paper ? "paper" : "xen-3.0")}{(sleepers ? ", sleepers" : "")}: {worst:F3} of the bound");
        Assert.InRange(worst, 0.1, 1.0);
    }

    // Who is alone is charged every ten allowances only, and who wakes is measured against that: Xen's limit.
    [Fact]
    public void Oracle22_Beside_one_that_was_alone_the_turn_is_ten_allowances()
    {
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 1),
            Costs = CostModel.None,
            Domains =
            [
                new() { Name = "hog", Workloads = [new HogSetup()] },
                new() { Name = "s", Workloads = [new DutySetup { Run = 3.Ms, Sleep = 61.Ms }] },
            ],
        };
        var machine = new Machine(setup, host => new BvtScheduler(host, BvtOptions.Xen30));
        var spread = new Spread { Machine = machine };
        machine.Watch(spread);
        machine.Run(Instant.Zero + Length);
        Assert.InRange(spread.Widest, 10 * 51 + 1, 10 * 501);
    }
}
