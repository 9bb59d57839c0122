using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Credit;

/// <summary>The variants of Credit that were compared before FLMS (spec/compared-systems.md 2.1).</summary>
public sealed class CreditVariantTests
{
    private static Func<ISchedHost, Scheduler> Credit(CreditOptions options) =>
        host => new CreditScheduler(host, options);

    [Fact]
    public void Without_boost_who_wakes_stands_behind_all_who_are_UNDER() =>
        Gantt.Check(Credit(new() { Boost = BoostRule.Never }), """
            1 pcpu, column 10ms
            a     wants *.........................
            a     gets  000---000----000000-------
            b     wants *.........................
            b     gets  ---000----000-------000000
            web   wants .......1.........1......1.
            web   gets  .......--0.......--0....--
            """);

    [Fact]
    public void With_several_that_wake_at_once_all_are_boosted_and_each_waits_for_the_others() =>
        Gantt.Check(Credit(new()), """
            1 pcpu, column 1ms
            hog   wants *.............................
            hog   gets  000000000000000------------000
            a     wants ...............4..............
            a     gets  ...............0000...........
            b     wants ...............4..............
            b     gets  ...............----0000.......
            c     wants ...............4..............
            c     gets  ...............--------0000...
            """);

    [Fact]
    public void Without_tickle_a_guest_does_not_take_the_pCPU_from_the_driver_domain() =>
        Gantt.Check(Credit(new() { Tickle = false }), """
            1 pcpu, column 2ms
            dom0  kind=service wants *...............................
            dom0               gets  000000000000000-000000000000000-
            web                wants ........1..............1........
            web                gets  ........-------0.......--------0
            """);

    [Fact]
    public void With_tickle_it_does() => Gantt.Check(Credit(new()), """
        1 pcpu, column 2ms
        dom0  kind=service wants *...............................
        dom0               gets  00000000-00000000000000-00000000
        web                wants ........1..............1........
        web                gets  ........0..............0........
        """);

    [Fact]
    public void Without_tickle_idle_pCPUs_still_look() => Gantt.Check(Credit(new() { Tickle = false }), """
        2 pcpu, column 10ms
        hog   wants *.........
        hog   gets  1111111111
        web   wants ..1...1...
        web   gets  ..0...0...
        """);

    [Theory]
    [InlineData(QueueSort.Classes)]
    [InlineData(QueueSort.Never)]
    [InlineData(QueueSort.Credits)]
    public void However_queues_are_sorted_weights_hold(QueueSort sort)
    {
        var machine = Run(new() { SortQueue = sort }, Hog, Hog with { Weight = 512 });
        // A slice of 30 ms more or less in 60 s is 0.05 %.
        Assert.Equal(1 / 3.0, machine.Statistics.DomainRun[0] / 60e9, 2);
    }

    [Fact]
    public void A_queue_that_ticks_sort_has_UNDER_ahead_of_OVER() =>
        Gantt.Check(Credit(new() { SortQueue = QueueSort.Classes }), """
            1 pcpu, column 30ms
            a weight=64  wants *...........................
            a            gets  0--0------0---------0-------
            b weight=128 wants *...........................
            b            gets  -0---0-----0---0-----0---0--
            c weight=512 wants *...........................
            c            gets  --0-0-0000--000-0000--000-00
            """);

    [Fact]
    public void A_queue_that_is_never_sorted_keeps_its_order_whatever_an_accounting_did() =>
        Gantt.Check(Credit(new() { SortQueue = QueueSort.Never }), """
            1 pcpu, column 30ms
            a weight=64  wants *...........................
            a            gets  0--0------0------0--------0-
            b weight=128 wants *...........................
            b            gets  -0---0-----0------0-0------0
            c weight=512 wants *...........................
            c            gets  --0-0-0000--00000--0-00000--
            """);

    [Fact]
    public void A_queue_by_credit_has_the_richest_first() =>
        Gantt.Check(Credit(new() { SortQueue = QueueSort.Credits }), """
            1 pcpu, column 30ms
            a weight=64  wants *...........................
            a            gets  0--0---------0------0-------
            b weight=128 wants *...........................
            b            gets  -0---0----0-----0-----0---0-
            c weight=512 wants *...........................
            c            gets  --0-0-0000-00-00-000-0-000-0
            """);

    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static Machine Run(CreditOptions options, params DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, 1), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, Credit(options));
        machine.Run(Instant.Zero + 60.Seconds);
        return machine;
    }
}
