using Flms.Core;
using Flms.Schedulers.Rtds;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Rtds;

/// <summary>The rules of spec/xen.md 4.2, one by one.</summary>
public sealed class RtdsSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static Scheduler Rtds(ISchedHost host) => new RtdsScheduler(host, new());

    private static Scheduler NoExtra(ISchedHost host) => new RtdsScheduler(host, new() { Extratime = false });

    [Fact]
    public void Budgets_first_and_what_is_left_of_the_period_behind_them() => Gantt.Check(Rtds, """
        1 pcpu, column 1ms
        a     wants *.............................
        a     gets  0000----------0000000000------
        b     wants *.............................
        b     gets  ----0000000000----------000000
        """);

    [Fact]
    public void Without_extra_time_the_pCPU_idles_when_budgets_are_used_up() => Gantt.Check(NoExtra, """
        1 pcpu, column 1ms
        a     wants *.............................
        a     gets  0000======0000======0000======
        b     wants *.............................
        b     gets  ----0000==----0000==----0000==
        """);

    [Fact]
    public void Who_has_budget_left_preempts_who_lives_on_extra_time() => Gantt.Check(Rtds, """
        1 pcpu, column 1ms
        hog   wants *.............................
        hog   gets  0000---00-0000--00000000-00000
        web   wants ..2..1...1....2......1........
        web   gets  ..--000..0....00.....---0.....
        it waits only while the hog has budget too, from 0 to 4 ms and from 20 to 24 ms
        web waits at most 3ms
        """);

    [Fact]
    public void One_queue_serves_both_pCPUs_and_the_last_in_order_gives_way() => Gantt.Check(Rtds, """
        2 pcpu, column 1ms
        a     wants *...................
        a     gets  0000---1111111--1111
        b     wants *...................
        b     gets  111111--------000000
        c     wants *...................
        c     gets  ----0000000000------
        web   wants ......1......2......
        web   gets  ......1......-11....
        """);

    [Fact]
    public void A_blocked_vCPU_keeps_its_budget_and_a_missed_deadline_renews_it()
    {
        // 4 ms in 10: 1 ms at 0, then 3 ms at 7 and, from 10 on, 4 ms more without a pause.
        var machine = Machine(1, [Hog with
        {
            Workloads = [new ScriptSetup([(Instant.Zero, 1.Ms), (Instant.Zero + 7.Ms, Duration.Forever)])],
        }], NoExtra);
        var log = new Log();
        machine.Watch(log);
        machine.Run(Instant.Zero + 35.Ms);
        Assert.Equal(["v0 at 0ns", "idle at 1ms", "v0 at 7ms", "idle at 14ms", "v0 at 20ms", "idle at 24ms",
            "v0 at 30ms", "idle at 34ms"], log.Switches);
    }

    [Fact]
    public void A_deadline_that_was_slept_through_is_followed_by_the_next_one_of_the_same_grid()
    {
        var machine = Machine(1, [Hog with
        {
            Workloads = [new ScriptSetup([(Instant.Zero, 1.Ms), (Instant.Zero + 38.Ms, Duration.Forever)])],
        }], NoExtra);
        var log = new Log();
        machine.Watch(log);
        machine.Run(Instant.Zero + 49.Ms);
        // Full at 38 ms, and again at 40 ms, where the deadline is.
        Assert.Equal(["v0 at 0ns", "idle at 1ms", "v0 at 38ms", "idle at 44ms"], log.Switches);
    }

    [Fact]
    public void The_earliest_deadline_runs_whoever_came_first()
    {
        var machine = Machine(1,
        [
            Hog with { Parameters = [new RtdsDomain { Period = 20.Ms, Budget = 10.Ms, Extratime = false }] },
            Hog with { Parameters = [new RtdsDomain { Period = 5.Ms, Budget = 2.Ms, Extratime = false }] },
        ], Rtds);
        var log = new Log();
        machine.Watch(log);
        machine.Run(Instant.Zero + 21.Ms);
        // At 15 ms both have their deadline at 20 ms: who runs goes on.
        Assert.Equal(["v1 at 0ns", "v0 at 2ms", "v1 at 5ms", "v0 at 7ms", "v1 at 10ms", "v0 at 12ms", "v1 at 16ms",
            "idle at 18ms", "v1 at 20ms"], log.Switches);
    }

    [Theory]
    [InlineData(true, 0.5, 0.5)]
    [InlineData(false, 0.4, 0.4)]
    public void Two_hogs_share_all_of_a_pCPU_or_what_they_reserved(bool extratime, double first, double second)
    {
        var machine = Machine(1, [Hog, Hog], host => new RtdsScheduler(host, new() { Extratime = extratime }));
        machine.Run(Instant.Zero + 10.Seconds);
        Assert.Equal(first, machine.Statistics.DomainRun[0] / 10e9, 2);
        Assert.Equal(second, machine.Statistics.DomainRun[1] / 10e9, 2);
    }

    [Fact]
    public void A_budget_is_kept_to_the_nanosecond_where_there_is_no_extra_time()
    {
        var machine = Machine(2,
        [
            Hog with { Parameters = [new RtdsDomain { Period = 7.Ms, Budget = 3.Ms, Extratime = false }] },
            Hog with { Parameters = [new RtdsDomain { Period = 3.Ms, Budget = 1.Ms, Extratime = false }] },
            Hog with { Parameters = [new RtdsDomain { Period = 11.Ms, Budget = 5.Ms, Extratime = false }] },
        ], Rtds);
        // 231 ms is a multiple of all periods: every one is whole.
        machine.Run(Instant.Zero + 2310.Ms);
        Assert.Equal([(330 * 3).Ms.Ns, (770 * 1).Ms.Ns, (210 * 5).Ms.Ns], machine.Statistics.DomainRun);
    }

    [Fact]
    public void Overload_is_noticed_by_nobody()
    {
        // 3 x 60 % on one pCPU: no admission control. Nobody gets what it was promised; all the time is used.
        var slice = new RtdsDomain { Period = 10.Ms, Budget = 6.Ms, Extratime = false };
        var machine = Machine(1, [.. Enumerable.Repeat(Hog with { Parameters = [slice] }, 3)], Rtds);
        machine.Run(Instant.Zero + 10.Seconds);
        Assert.Equal(10.Seconds.Ns, machine.Statistics.DomainRun.Sum());
        Assert.True(machine.Statistics.DomainRun.Min() < 0.5 * machine.Statistics.DomainRun.Max());
    }

    [Fact]
    public void A_pinned_waker_preempts_only_where_it_may_run() => Gantt.Check(Rtds, """
        2 pcpu, column 1ms
        a         wants *.............................
        a         gets  000000000000000000000000000000
        b         wants *.............................
        b         gets  111111-1111111-111111111-11111
        web pin=1 wants ......1......1......1.........
        web       gets  ......1......-1.....----1.....
        """);

    private sealed class Log : IWatcher
    {
        public List<string> Switches { get; } = [];

        public void On(in HostEvent e)
        {
            if (e.Kind == HostEventKind.Switch) Switches.Add($"{e.Vcpu} at {e.At}");
        }
    }

    private static Machine Machine(int pcpus, IReadOnlyList<DomainSetup> domains, Func<ISchedHost, Scheduler> policy) =>
        new(new() { Topology = Topology.Of(1, pcpus), Costs = CostModel.None, Domains = domains },
            host => Referee.Over(host, policy, new() { StarvedAfter = 1000.Seconds }));

    // A vCPU whose deadline always comes last can wait for as long as others are there.
    private static readonly Claims Patient = new() { StarvedAfter = 1000.Seconds };

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(Rtds, worlds: 40);

    [Fact]
    public void Random_worlds_bring_no_foul_without_extra_time() => Swarm.Run(NoExtra, worlds: 40, claims: Patient);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Two_hundred_random_worlds_bring_no_foul_without_extra_time() =>
        Swarm.Run(NoExtra, worlds: 200, claims: Patient);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(Rtds, worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
