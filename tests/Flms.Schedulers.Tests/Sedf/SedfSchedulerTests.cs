using Flms.Core;
using Flms.Schedulers.Sedf;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Sedf;

/// <summary>SEDF: the genuine code's traces, charts of what it is for and of its limits, random worlds.</summary>
public sealed class SedfSchedulerTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    [Fact]
    public void A_slice_with_extra_time_starves_best_effort_as_the_genuine_code_did() =>
        Golden.IsEqual("sedf_trace_dom0_20_15_extra.txt", 400.Ms, host => new SedfScheduler(host, new()),
            Hog with { Parameters = [new SedfDomain { Period = 20.Ms, Slice = 15.Ms }] }, Hog, Hog);

    [Fact]
    public void Short_blocks_cost_real_time_as_in_the_genuine_code()
    {
        var sleeper = new DutySetup { Run = 1.Ms, Sleep = 500.Us };
        var slice = new SedfDomain { Period = 10.Ms, Slice = 4.Ms };
        Golden.IsEqual("sedf_trace_short_block.txt", 200.Ms, host => new SedfScheduler(host, new()),
            new() { Name = "d0", Workloads = [sleeper], Parameters = [slice] }, Hog);
    }

    private static Scheduler Sedf(ISchedHost host) => new SedfScheduler(host, new());

    [Fact]
    public void Best_effort_is_round_robin_in_half_milliseconds() => Gantt.Check(Sedf, """
        1 pcpu, column 500us
        a     wants *...........
        a     gets  0--0--0--0--
        b     wants *...........
        b     gets  -0--0--0--0-
        c     wants *...........
        c     gets  --0--0--0--0
        """);

    [Fact]
    public void A_vCPU_that_is_alone_runs_on_in_quanta() => Gantt.Check(Sedf, """
        1 pcpu, column 500us
        a     wants ..6........4....
        a     gets  ..000000...0000.
        """);

    [Fact]
    public void An_io_vCPU_waits_for_the_quanta_of_the_others() => Gantt.Check(Sedf, """
        1 pcpu, column 250us
        a     wants *.......................
        a     gets  00--0---00--00--00---00-
        b     wants *.......................
        b     gets  --00--00--00--00---00--0
        web   wants .....1.........1........
        web   gets  .....0.........---0.....
        """);

    [Fact]
    public void Overload_by_two_equal_slices_is_shared_three_to_one() => Gantt.Check(ServiceSlices, """
        1 pcpu, column 5ms
        a  kind=service  wants *...................................
        a                gets  ~~~000---000000---000000000---000000
        b  kind=service  wants *...................................
        b                gets  ~~~---000------000---------000------
        """);

    [Fact]
    public void Dom0_with_a_slice_and_extra_time_leaves_nothing_to_the_others() => Gantt.Check(ServiceSlices, """
        1 pcpu, column 5ms
        dom0  kind=service  wants *...................................
        dom0                gets  ~00000000000000000000000000000~000~0
        a                   wants *...................................
        a                   gets  ~-----------------------------~-----
        b                   wants *...................................
        b                   gets  ~---------------------------------~-
        """);

    private static Scheduler ServiceSlices(ISchedHost host) =>
        new SedfScheduler(host, new() { ServiceSlice = 15.Ms });

    [Fact]
    public void Every_pCPU_is_on_its_own() => Gantt.Check(Sedf, """
        2 pcpu, column 500us
        a     wants *...........
        a     gets  0-0-0-0-0-0-
        b     wants *...........
        b     gets  -0-0-0-0-0-0
        c  pin=1  wants *...........
        c         gets  111111111111
        """);

    // Guests with long slices can starve others for as long as they like: the referee only asks that nobody is lost.
    [Fact]
    public void No_law_is_broken_in_random_worlds() =>
        Swarm.Run(Sedf, worlds: 60, claims: new() { StarvedAfter = 1000.Seconds });

    [Fact]
    public void Nothing_is_allocated_once_it_runs() => Swarm.Run(Sedf, worlds: 10,
        claims: new() { AllocatesUntil = 2000, StarvedAfter = 1000.Seconds }, firstSeed: 500);

    // A best-effort vCPU whose period began and ended while an operator paused the runner: nobody idles for no time.
    [Fact]
    public void No_law_is_broken_where_a_period_begins_as_its_pCPU_is_asked() => Swarm.Run(
        host => new SedfScheduler(host, SedfOptions.Xen30), 1, claims: new() { StarvedAfter = 1000.Seconds },
        firstSeed: 10_096);
}
