using Flms.Core;
using Flms.Schedulers.Bvt;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Bvt;

public sealed class BvtSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    [Fact]
    public void Two_hogs_at_10_and_20_switch_as_the_genuine_code_did() =>
        Golden.IsEqual("bvt_trace_adv10_adv20.txt", 300.Ms, host => new BvtScheduler(host, new()),
            Hog with { Parameters = [new BvtDomain { Advance = 10 }] },
            Hog with { Parameters = [new BvtDomain { Advance = 20 }] });

    private static Scheduler Xen30(ISchedHost host) => new BvtScheduler(host, BvtOptions.Xen30);

    [Fact]
    public void Hogs_alternate_by_the_allowance_and_a_waker_goes_first() => Gantt.Check(Xen30, """
        1 pcpu, column 1ms
        a     wants *.......................
        a     gets  -----00-00000~-------~0-
        b     wants *.......................
        b     gets  00000--------~0-00000~--
        web   wants .......1.......1.......1
        web   gets  .......0.......0.......0
        """);

    [Fact]
    public void Who_is_alone_runs_on_and_gives_way_at_once_to_who_wakes() => Gantt.Check(Xen30, """
        1 pcpu, column 10ms
        a     wants *..............
        a     gets  000-000-000-000
        web   wants ...1...1...1...
        web   gets  ...0...0...0...
        """);

    [Fact]
    public void Nothing_moves_between_pCPUs() => Gantt.Check(Xen30, """
        2 pcpu, column 5ms
        a     wants *...........
        a     gets  -0~~~~~~~~~~
        b     wants ............
        b     gets  ............
        c     wants *...........
        c     gets  0-~~~~~~~~~~
        """);

    [Theory]
    [InlineData(false, 0.5)]
    [InlineData(true, 0.5)]
    public void A_warp_is_a_lead_and_not_a_larger_share(bool warp, double share)
    {
        var domain = new BvtDomain { Warp = warp, WarpValue = 1000, WarpLimit = Duration.Zero };
        var setup = new MachineSetup
        {
            Topology = Topology.Of(1, 1),
            Costs = CostModel.None,
            Domains = [Hog with { Parameters = [domain] }, Hog],
        };
        var machine = new Machine(setup, Xen30);
        machine.Run(Instant.Zero + 10.Seconds);
        Assert.Equal(share, machine.Statistics.DomainRun[0] / 10e9, 2);
    }

    // Guests with long slices can starve others for as long as they like: the referee only asks that nobody is lost.
    [Fact]
    public void No_law_is_broken_in_random_worlds() =>
        Swarm.Run(Xen30, worlds: 60, claims: new() { StarvedAfter = 1000.Seconds });

    [Fact]
    [Trait("Speed", "Slow")]
    public void No_law_is_broken_in_2000_random_worlds() =>
        Swarm.Run(Xen30, worlds: 2000, claims: new() { StarvedAfter = 1000.Seconds });
}
