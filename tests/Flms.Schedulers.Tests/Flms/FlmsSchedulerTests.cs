using Flms.Core;
using Flms.Schedulers.Flms;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Flms;

/// <summary>FLMS as pictures: what each vCPU wants above what it gets.</summary>
public sealed class FlmsSchedulerTests
{
    private static Scheduler Default(ISchedHost host) => new FlmsScheduler(host, FlmsOptions.Default);

    private static Scheduler Paper(ISchedHost host) => new FlmsScheduler(host, FlmsOptions.Paper);

    // The paper's reading: ForIO is empty until the isolation timer first fires, here after 300 ms.
    [Fact]
    public void In_the_paper_the_classes_part_ways_at_the_first_regroup() => Gantt.Check(Paper, """
        2 pcpu, column 10ms
        web kind=latency  wants ..1....1....1....1....1....1....1....1....1....1....
        web               gets  ..0....0....0....0....0....0....0....0....0....0....
        hog kind=compute  wants *...................................................
        hog               gets  111111111111111111111111111111------111---111---111-
        cpu kind=compute  wants *...................................................
        cpu               gets  00-0000-0000-0000-0000-0000-00111111---111---111---1
        """);

    // The SP helps the LP out, and whoever it helps gives way as soon as the latency-sensitive vCPU wakes.
    [Fact]
    public void By_default_the_classes_part_ways_at_once_and_an_idle_SP_helps_out() => Gantt.Check(Default, """
        2 pcpu, column 10ms
        web kind=latency  wants ..1....1....1....1....1....1....1....1....1....1....
        web               gets  ..0....0....0....0....0....0....0....0....0....0....
        hog kind=compute  wants *...................................................
        hog               gets  111111111111-0000-0000-0000111111111111111-0000-0000
        cpu kind=compute  wants *...................................................
        cpu               gets  00-0000-0000111111111111111-0000-0000-00001111111111
        """);

    [Fact]
    public void A_helping_SP_is_given_back_within_the_column_however_long_the_guest_s_slice() =>
        Gantt.Check(Default, """
        2 pcpu, column 1ms
        web kind=latency  wants ...........2.............2............................
        web               gets  ...........00............00...........................
        c kind=compute    wants *.....................................................
        c                 gets  111111111111111111111111111111111111111111111111111111
        d kind=compute    wants *.....................................................
        d                 gets  00000000000--000000000000--000000000000000000000000000
        web waits at most 0ms
        """);

    [Fact]
    public void The_reserved_vCPU_of_a_mixed_domain_has_the_SP_and_its_others_the_LPs() => Gantt.Check(Default, """
        4 pcpu, column 10ms
        mix/0 kind=mixed   wants ..1....1....1....1....1....1....1....1....1....
        mix/0              gets  ..0....0....0....0....0....0....0....0....0....
        mix/1 kind=mixed   wants *..............................................
        mix/1              gets  111111111111-0000-0000-000011111111111111111111
        mix/2 kind=mixed   wants *..............................................
        mix/2              gets  222222222222222222222222222-0000-0000-000022222
        cpu/0 kind=compute wants *..............................................
        cpu/0              gets  33333333333333333333333333333333333333333333333
        cpu/1 kind=compute wants *..............................................
        cpu/1              gets  00-0000-0000111111111111111222222222222222-0000
        mix/0 waits at most 0ms
        """);

    [Fact]
    public void Each_class_has_its_own_slice_1_ms_on_the_SP_and_30_ms_on_the_LP() => Gantt.Check(Default, """
        2 pcpu, column 1ms
        a kind=latency  wants *...........................................................
        a               gets  0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-
        b kind=latency  wants *...........................................................
        b               gets  -0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0-0
        c kind=compute  wants *...........................................................
        c               gets  1111111111------------------------------11111111111111111111
        d kind=compute  wants *...........................................................
        d               gets  ----------111111111111111111111111111111--------------------
        """);

    // b waits on p1 while p0 idles from 20 ms on: p1 is no more loaded than p0 was, so no threshold is passed. The tick
    // at 30 ms sends somebody over, as Credit's does.
    [Fact]
    public void In_the_paper_a_pCPU_may_idle_below_the_threshold_while_somebody_waits() => Gantt.Check(Paper, """
        2 pcpu, column 10ms
        x wants 1.......................................................
        x gets  0.......................................................
        a wants *.......................................................
        a gets  1110000000-000000000-000000000-000000000-000000000-00000
        y wants 1.........1.........1.........1.........1.........1.....
        y gets  -0........0.........0.........0.........0.........0.....
        b wants *.......................................................
        b gets  ---11111111111111111111111111111111111111111111111111111
        """);

    // In the paper a pCPU looks elsewhere only when it would idle, so b keeps a pCPU alone and a and c share one.
    [Fact]
    public void In_the_paper_shares_depend_on_who_sits_where() => Gantt.Check(Paper, """
        3 pcpu, column 10ms
        web kind=latency wants 1............[60s]..............................
        web              gets  0............[60s]..............................
        a kind=compute   wants *............[60s]..............................
        a                gets  1111111111111[60s]--111---111---111---111---111-
        b kind=compute   wants *............[60s]..............................
        b                gets  2222222222222[60s]222222222222222222222222222222
        c kind=compute   wants *............[60s]..............................
        c                gets  -000000000000[60s]11---111---111---111---111---1
        a : b : c gets 1 : 2 : 1 within 2%
        """);

    [Fact]
    public void By_default_a_latency_hog_gets_no_more_than_its_share() => Gantt.Check(Default, """
        3 pcpu, column 10ms
        web kind=latency wants 1.....................[60s]...................................................
        web              gets  ~~....................[60s]...................................................
        l kind=latency   wants *.....................[60s]...................................................
        l                gets  ~~~000~--000000~--0000[60s]--000000000---000000000---000000000---000000000---0
        a kind=compute   wants *.....................[60s]...................................................
        a                gets  2-~111~00---111~001111[60s]11-222222222222-----111111-222222222222-----111111-
        b kind=compute   wants *.....................[60s]...................................................
        b                gets  -222222222222222222---[60s]222-----111111-222222222222-----111111-222222222222
        c kind=compute   wants *.....................[60s]...................................................
        c                gets  111---111111---111-222[60s]00111111---000111111---000111111---000111111---0001
        l : a : b : c gets 1 : 1 : 1 : 1 within 1%
        """);

    [Fact]
    public void By_default_weights_hold_across_the_groups() => Gantt.Check(Default, """
        2 pcpu, column 10ms
        l kind=latency weight=512 wants *............[60s]................
        l                         gets  0~-0000000000[60s]0000000000000000
        a kind=compute            wants *............[60s]................
        a                         gets  1~0-111------[60s]111111------1111
        b kind=compute            wants *............[60s]................
        b                         gets  -111---111111[60s]------111111----
        l : a : b gets 2 : 1 : 1 within 1%
        """);

    [Fact]
    public void A_cap_holds_on_an_idle_machine() => Gantt.Check(Default, """
        1 pcpu, column 10ms
        a kind=latency cap=25 wants *.............................
        a                     gets  000=========000=========000===
        """);
}
