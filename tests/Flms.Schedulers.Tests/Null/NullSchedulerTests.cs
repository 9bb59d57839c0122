using Flms.Core;
using Flms.Schedulers.Null;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Null;

/// <summary>One vCPU for each pCPU (spec/xen.md 4.3).</summary>
public sealed class NullSchedulerTests
{
    private static Scheduler Null(ISchedHost host) => new NullScheduler(host);

    [Fact]
    public void Everybody_has_a_pCPU_and_runs_as_soon_as_it_wakes() => Gantt.Check(Null, """
        2 pcpu, column 1ms
        hog  wants *...............
        hog  gets  0000000000000000
        web  wants ..1....2...1....
        web  gets  ..1....11..1....
        web waits at most 0ms
        hog migrates at most 0 times
        """);

    [Fact]
    public void Who_finds_no_free_pCPU_waits_however_idle_the_others_are() => Gantt.Check(Null, """
        2 pcpu, column 1ms
        hog  wants *...............
        hog  gets  0000000000000000
        web  wants ..1....2...1....
        web  gets  ..1....11..1....
        late wants *...............
        late gets  ================
        """);

    [Fact]
    public void A_wish_comes_first_then_the_own_pCPU_then_the_lowest_that_is_free() => Gantt.Check(Null, """
        3 pcpu, column 1ms
        a  soft=1 wants 1..1....
        a         gets  1..1....
        b         wants 1..1....
        b         gets  0..0....
        c         wants 1..1....
        c         gets  2..2....
        """);

    [Fact]
    public void A_pin_is_kept() => Gantt.Check(Null, """
        2 pcpu, column 1ms
        a  pin=1 wants *.......
        a        gets  11111111
        b  pin=1 wants *.......
        b        gets  ========
        c        wants *.......
        c        gets  00000000
        """);

    [Fact]
    public void A_pCPU_that_is_freed_goes_to_the_first_who_waits_for_it()
    {
        var p1 = new CpuMask(2);
        p1.Add(new(1));
        var hog = new DomainSetup { Name = "a", Workloads = [new HogSetup()] };
        var machine = Machine(2,
            [hog, hog with { Name = "b" }, hog with { Name = "c", Affinity = p1 }, hog with { Name = "d" }],
            new Operation(Instant.Zero + 10.Ms, OperationKind.Destroy, 0),
            new Operation(Instant.Zero + 20.Ms, OperationKind.Destroy, 1));
        machine.Run(Instant.Zero + 30.Ms);
        Assert.Equal([10.Ms.Ns, 20.Ms.Ns, 10.Ms.Ns, 20.Ms.Ns], machine.Statistics.DomainRun);
    }

    [Fact]
    public void Who_is_pinned_away_goes_to_another_free_pCPU_and_leaves_its_own_to_who_waits()
    {
        var p1 = new CpuMask(2);
        p1.Add(new(1));
        var p0 = new CpuMask(2);
        p0.Add(new(0));
        var hog = new DomainSetup { Name = "a", Workloads = [new HogSetup()] };
        var machine = Machine(2, [hog, hog with { Name = "b", Affinity = p0 }],
            new Operation(Instant.Zero + 10.Ms, OperationKind.SetAffinity, 0, Mask: p1));
        machine.Run(Instant.Zero + 30.Ms);
        Assert.Equal([30.Ms.Ns, 20.Ms.Ns], machine.Statistics.DomainRun);
        Assert.Equal(1, machine.Statistics.Migrations.Sum());
    }

    [Fact]
    public void It_decides_at_wakes_and_blocks_only()
    {
        var machine = Machine(2, [new() { Name = "a", Workloads = [new DutySetup { Run = 1.Ms, Sleep = 1.Ms }] },
            new() { Name = "b", Workloads = [new HogSetup()] }]);
        machine.Run(Instant.Zero + 1.Seconds);
        Assert.Equal(0, machine.Statistics.SliceEnds);
        Assert.InRange(machine.Statistics.Decisions, 999, 1003);
    }

    private static Machine Machine(int pcpus, IReadOnlyList<DomainSetup> domains, params Operation[] operations) => new(
        new()
        {
            Topology = Topology.Of(1, pcpus),
            Costs = CostModel.None,
            Domains = domains,
            Operations = operations,
        }, Null);

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(Null, worlds: 40);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(Null, worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
