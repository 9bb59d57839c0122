using Flms.Core;
using Flms.Schedulers.Tableau;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Tableau;

/// <summary>The dispatcher of spec/compared-systems.md 3.3, rule by rule.</summary>
public sealed class TableauSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static Scheduler Tableau(ISchedHost host) => new TableauScheduler(host, new());

    private static Scheduler Kicking(ISchedHost host) => new TableauScheduler(host, new() { KickIdle = true });

    [Fact]
    public void Three_hogs_have_their_slots_in_turn() => Gantt.Check(Tableau, """
        1 pcpu, column 1ms
        a     wants *.................................
        a     gets  0000~---------~0000~---------~0000
        b     wants *.................................
        b     gets  ----~0000~---------~0000~---------
        c     wants *.................................
        c     gets  ---------~0000~---------~0000~----
        """);

    [Fact]
    public void In_its_own_slot_a_waker_runs_at_once_in_that_of_another_it_waits() => Gantt.Check(Tableau, """
        1 pcpu, column 1ms
        web   wants ..1............1...........1.......
        web   gets  ..0............--~~........-------~
        hog   wants *..................................
        hog   gets  00-00000000000000~~000000000000000~
        web waits at most 17.1171ms
        """);

    [Fact]
    public void A_slot_that_its_owner_does_not_want_is_shared_out_a_millisecond_at_a_time() => Gantt.Check(Tableau, """
        1 pcpu, column 1ms
        idle  wants ....................................
        idle  gets  ....................................
        a     wants *...................................
        a     gets  0-0-00000~-----~~~~~0000~----~~~~~00
        b     wants *...................................
        b     gets  -0-0-----~00000~~~~~----~0000~~~~~--
        """);

    [Fact]
    public void Who_has_a_cap_gets_its_slots_and_nothing_beside_them() => Gantt.Check(Tableau, """
        1 pcpu, column 2ms
        a  cap=25 wants *.................................
        a         gets  0~----~0~---~0~----~~----~0~----~~
        b  cap=50 wants *.................................
        b         gets  -~000~--~000~----~0~~00~---~000~--
        """);

    [Fact]
    public void Four_vCPUs_on_two_pCPUs_are_two_pairs_and_nobody_moves() => Gantt.Check(Tableau, """
        2 pcpu, column 2ms
        a     wants *.........................
        a     gets  0000~---~000~----~000~---~
        b     wants *.........................
        b     gets  1111~---~111~----~111~---~
        c     wants *.........................
        c     gets  ----~000~---~0000~---~000~
        d     wants *.........................
        d     gets  ----~111~---~1111~---~111~
        a migrates at most 0 times
        d migrates at most 0 times
        """);

    [Fact]
    public void A_split_vCPU_goes_from_one_pCPU_to_the_other_in_every_period() => Gantt.Check(Tableau, """
        2 pcpu, column 1ms
        a     wants *.............................
        a     gets  --------~0000000000000000~----
        b     wants *.............................
        b     gets  11111111111111111~-------~1111
        c     wants *.............................
        c     gets  00000000~--------~1111111~0000
        """);

    [Fact]
    public void A_wake_up_on_an_idle_host_waits_for_the_next_slot_unless_idle_pCPUs_are_kicked()
    {
        const string chart = """
            1 pcpu, column 1ms
            a     wants ..1...................1.....
            b     wants ............................
            """;
        Gantt.Check(Tableau, """
            1 pcpu, column 1ms
            a     wants ..1............1...........1...
            a     gets  ..0............--~~........----
            b     wants ...............................
            b     gets  ...............................
            """);
        Assert.Contains("..0...................0.....", Gantt.Draw(Kicking, chart));
    }

    [Fact]
    public void A_new_domain_lives_on_what_is_left_until_the_table_wraps()
    {
        var machine = Machine(1, [Hog, Hog with { Name = "late", StartsAt = Instant.Zero + 30.Ms }]);
        var tableau = (TableauScheduler)((Referee)machine.Policy).Policy;
        machine.Run(new(102_702_599));
        Assert.Equal((TableauPeriods.Hyperperiod, TableauPeriods.Hyperperiod), tableau.PlanOf(new(0)));
        Assert.Equal(Duration.Forever, tableau.BlackoutOf(new(1)));
        Assert.Equal(0, machine.Statistics.DomainRun[1]);
        machine.Run(new(2 * 102_702_600L));
        Assert.Equal((17_117_100L, 8_558_550L),
            (tableau.PlanOf(new(1)).Period.Ns, tableau.PlanOf(new(1)).Cost.Ns));
        Assert.Equal(102_702_600 / 2, machine.Statistics.DomainRun[1]);
    }

    [Fact]
    public void A_new_domain_begins_at_once_where_a_slot_is_free()
    {
        var half = new TableauDomain { Utilisation = new(1, 2), Burstable = false };
        var machine = Machine(1,
            [Hog with { Parameters = [half] }, Hog with { Name = "late", StartsAt = Instant.Zero + 30.Ms }]);
        machine.Run(new(102_702_600));
        Assert.Equal(102_702_600 / 2, machine.Statistics.DomainRun[0]);
        // From the next decision after 30 ms on, it has every free slot: half of the time.
        Assert.InRange(machine.Statistics.DomainRun[1], 28_000_000, 37_000_000);
    }

    [Fact]
    public void Weights_are_shares_and_a_share_of_ones_own_comes_first()
    {
        var machine = Machine(2,
        [
            Hog with { Parameters = [new TableauDomain { Utilisation = new(3, 10), Burstable = false }] },
            Hog with { Weight = 100, Parameters = [new TableauDomain { Burstable = false }] },
            Hog with { Weight = 200, Parameters = [new TableauDomain { Burstable = false }] },
            Hog with { Weight = 1000, Parameters = [new TableauDomain { Burstable = false }] },
        ]);
        machine.Run(new(10 * 102_702_600L));
        // Of 2 pCPUs 1.7 are left; by weight the last would have 1.31, so it has 1, and 0.7 is left for 100 and 200.
        var shares = machine.Statistics.DomainRun.Select(ran => ran / (10 * 102_702_600.0)).ToArray();
        double[] expected = [0.3, 0.7 / 3, 1.4 / 3, 1];
        // A thirty-second less each is the planner's step where the last fraction of a pCPU cannot be given away.
        for (var d = 0; d < 4; d++) Assert.InRange(shares[d] / expected[d], 31.0 / 32 - 0.001, 1.001);
    }

    [Fact]
    public void Background_vCPUs_have_what_is_left_thirty_milliseconds_each()
    {
        var rest = new TableauDomain { Background = true };
        var machine = Machine(1,
        [
            Hog with { Parameters = [new TableauDomain { Utilisation = new(1, 2), Burstable = false }] },
            Hog with { Parameters = [rest] }, Hog with { Parameters = [rest] },
        ]);
        machine.Run(new(100 * 102_702_600L));
        var whole = 100 * 102_702_600.0;
        Assert.Equal(0.5, machine.Statistics.DomainRun[0] / whole, 4);
        Assert.Equal(0.25, machine.Statistics.DomainRun[1] / whole, 2);
        Assert.Equal(0.25, machine.Statistics.DomainRun[2] / whole, 2);
    }

    [Fact]
    public void Nobody_elses_wake_up_disturbs_a_slot()
    {
        // A vCPU has its slots to itself, however often others wake: what it gets is the plan's share to the ns.
        var duty = new DutySetup { Run = 50.Us, Sleep = 70.Us };
        var quarter = new TableauDomain { Utilisation = new(1, 4), Burstable = false };
        var machine = Machine(1,
            [Hog with { Parameters = [quarter] }, new() { Name = "io", Vcpus = 6, Workloads = [duty] }]);
        machine.Run(new(10 * 102_702_600L));
        Assert.InRange(machine.Statistics.DomainRun[0], 10L * 8 * 3_209_456, 10L * 8 * 3_209_456 + 10 * 8 * 50_000);
    }

    private static Machine Machine(int pcpus, IReadOnlyList<DomainSetup> domains) =>
        new(new() { Topology = Topology.Of(1, pcpus), Costs = CostModel.None, Domains = domains },
            host => Referee.Over(host, Tableau));

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(Tableau, worlds: 40);

    [Fact]
    public void Random_worlds_bring_no_foul_with_kicks() => Swarm.Run(Kicking, worlds: 20);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(Tableau, worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
