using Flms.Core;
using Flms.Schedulers.Bvt;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Bvt;

/// <summary>BVT: the genuine code's trace, charts of both profiles, random worlds.</summary>
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

    private static Scheduler Paper(ISchedHost host) => new BvtScheduler(host, BvtOptions.Paper);

    // Without a warp one that wakes is level with the others, and each of them may go on for its allowance.
    [Fact]
    public void In_the_paper_the_allowance_holds_against_a_waker_too() => Gantt.Check(Paper, """
        1 pcpu, column 1ms
        a     wants *.......................
        a     gets  00000--------0000000----
        b     wants *.......................
        b     gets  -----0000000--------0000
        web   wants .......1.......1.......1
        web   gets  .......-----0..---------
        """);

    [Fact]
    public void In_the_paper_weights_count_and_slices_follow_the_lead() => Gantt.Check(Paper, """
        1 pcpu, column 5ms
        a  weight=256  wants *.......................[60s]
        a              gets  0---0~--~0---0~--~0---0~[60s]
        b  weight=512  wants *.......................[60s]
        b              gets  -000-~00~-000-~00~-000-~[60s]
        a : b gets 1 : 2 within 1%
        """);

    [Fact]
    public void In_the_paper_all_pCPUs_serve_one_order() => Gantt.Check(Paper, """
        2 pcpu, column 2ms
        a  wants *.............................[60s]
        a  gets  00~--~11111111~-----000000000-[60s]
        b  wants *.............................[60s]
        b  gets  11111~-----000000000---~111111[60s]
        c  wants *.............................[60s]
        c  gets  --~00000000---~11111111~-----0[60s]
        a : b : c gets 1 : 1 : 1 within 1%
        """);

    // Guests with long slices can starve others for as long as they like: the referee only asks that nobody is lost.
    [Fact]
    public void No_law_is_broken_in_random_worlds() =>
        Swarm.Run(Xen30, worlds: 60, claims: new() { StarvedAfter = 1000.Seconds });

    [Fact]
    [Trait("Speed", "Slow")]
    public void In_the_paper_no_law_is_broken_in_random_worlds() =>
        Swarm.Run(Paper, worlds: 60, claims: new() { StarvedAfter = 1000.Seconds });

    [Fact]
    public void With_32_bits_no_law_is_broken_in_random_worlds() => Swarm.Run(
        host => new BvtScheduler(host, BvtOptions.Xen30Wrapping), 30, claims: new() { StarvedAfter = 1000.Seconds });

    [Fact]
    public void Nothing_is_allocated_once_it_runs() => Swarm.Run(Paper, worlds: 10,
        claims: new() { AllocatesUntil = 2000, StarvedAfter = 1000.Seconds }, firstSeed: 500);
}
