using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Xcollopts;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Xcollopts;

public sealed class XcolloptsSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static Scheduler XCollOpts(ISchedHost host) => new XcolloptsScheduler(host, new());

    // What it is for (LB): b belongs to the pCPU where a runs boosted, and goes to the one with a hog.
    [Fact]
    public void A_boosted_waker_goes_where_nobody_boosted_runs() => Gantt.Check(XCollOpts, """
        2 pcpu, column 1ms
        hog   wants *.............................
        hog   gets  111111111111-----1111111111111
        pig   wants *.............................
        pig   gets  00000000000000---0000000000000
        a     wants ............5.................
        a     gets  ............11111.............
        sow   wants ..............................
        sow   gets  ..............................
        b     wants ..............3...............
        b     gets  ..............000.............
        """);

    [Fact]
    public void Under_Credit_it_waits_behind_the_boosted_one() =>
        Gantt.Check(host => new CreditScheduler(host, new()), """
            2 pcpu, column 1ms
            hog   wants *.............................
            hog   gets  111111111111--------1111111111
            pig   wants *.............................
            pig   gets  000000000000000000000000000000
            a     wants ............5.................
            a     gets  ............11111.............
            sow   wants ..............................
            sow   gets  ..............................
            b     wants ..............3...............
            b     gets  ..............---111..........
            """);

    // Its limit: with more boosted ones than pCPUs some wait, wherever they are put.
    [Fact]
    public void Where_all_run_boosted_the_shortest_queue_of_boosted_ones_is_chosen() => Gantt.Check(XCollOpts, """
        2 pcpu, column 1ms
        a     wants ..4.........
        a     gets  ..1111......
        b     wants ..4.........
        b     gets  ..0000......
        c     wants ...2........
        c     gets  ...---11....
        d     wants ...2........
        d     gets  ...---00....
        """);

    // P3: the driver domain has taken two packets at 40 ms and is not boosted any more, for a tick has found it.
    private static readonly DomainSetup[] Driver =
    [
        new() { Name = "dom0", Kind = DomainKind.Service, Workloads = [Packets(40.Ms, 8.Ms), Packets(41.Ms, 8.Ms)] },
        new() { Name = "web", Workloads = [new PulseSetup { Work = 2.Ms, At = 52.Ms }] },
    ];

    [Fact]
    public void A_driver_domain_with_more_packets_is_not_preempted() => Picture.Check("""
             38ms      48ms
        dom0 ..0000000000000000..
        web  ..............----00
        """, XCollOpts, Topology.Of(1, 1), Instant.Zero + 38.Ms, 1.Ms, 20,
        Driver);

    [Fact]
    public void Without_P3_it_is() => Picture.Check("""
             38ms      48ms
        dom0 ..000000000000--0000
        web  ..............00....
        """, host => new XcolloptsScheduler(host, new() { PendingShields = 0 }), Topology.Of(1, 1),
        Instant.Zero + 38.Ms, 1.Ms, 20, Driver);

    [Fact]
    public void With_one_packet_only_it_may_be() => Picture.Check("""
             38ms      48ms
        dom0 ..000000000000--0000
        web  ..............00....
        """, XCollOpts, Topology.Of(1, 1), Instant.Zero + 38.Ms, 1.Ms, 20,
        Driver[0] with { Workloads = [Packets(40.Ms, 16.Ms)] }, Driver[1]);

    [Fact]
    public void A_guest_that_may_not_preempt_the_driver_domain_goes_elsewhere() => Picture.Check("""
             38ms      48ms
        hog  00----------------00
        dom0 ..0000000000000000..
        pig  11111111111111--1111
        web  ..............11....
        """, XCollOpts, Topology.Of(1, 2), Instant.Zero + 38.Ms, 1.Ms, 20,
        Hog, Driver[0], Hog with { Name = "pig" }, Driver[1]);

    /// <summary>XCollOpts, table IV: sysbench's time grows with the load, linear within 2.1 %.</summary>
    [Fact]
    public void Compute_VMs_share_linearly()
    {
        var alone = RunShare(4);
        for (var times = 2; times <= 8; times++)
            Assert.InRange(RunShare(4 * times) * times / alone, 1 - 0.021, 1 + 0.021);
    }

    [Fact]
    public void Boosts_are_spread_so_pings_among_busy_guests_wait_less()
    {
        DomainSetup[] domains =
        [
            .. Enumerable.Range(0, 12).Select(i => new DomainSetup
            {
                Name = $"io{i}",
                Workloads = [new JobsSetup { Interval = 10.Ms, Work = 2.Ms, Device = true }],
            }),
            .. Enumerable.Repeat(Hog, 4),
        ];
        var ours = MeanWait(XCollOpts, domains);
        var credit = MeanWait(host => new CreditScheduler(host, new()), domains);
        Assert.True(ours < 0.9 * credit, $"{ours} {credit}");
    }

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(XCollOpts, 40);

    private static JobsSetup Packets(Duration every, Duration work) => new()
    {
        Interval = every,
        Arrivals = Arrivals.Periodic,
        Work = work,
        Length = JobLength.Fixed,
        Device = true,
    };

    // What the first of some hogs ran on four pCPUs.
    private static double RunShare(int hogs)
    {
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 4),
            Costs = CostModel.None,
            Domains = [.. Enumerable.Repeat(Hog, hogs)],
        };
        var machine = new Machine(setup, XCollOpts);
        machine.Run(Instant.Zero + 60.Seconds);
        return machine.Statistics.DomainRun[0];
    }

    private static double MeanWait(Func<ISchedHost, Scheduler> policy, DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = Topology.Of(1, 4), Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, policy);
        machine.Run(Instant.Zero + 60.Seconds);
        return Enumerable.Range(0, 12).Average(d => machine.Statistics.WakeToRun[d].Mean);
    }
}
