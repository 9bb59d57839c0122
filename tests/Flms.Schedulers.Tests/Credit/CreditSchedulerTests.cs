using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Credit;

/// <summary>What Credit does, as pictures.</summary>
public sealed class CreditSchedulerTests
{
    private static Scheduler Xen442(ISchedHost host) => new CreditScheduler(host, CreditOptions.Xen442);

    private static Scheduler Master(ISchedHost host) => new CreditScheduler(host, CreditOptions.XenMaster);

    [Fact]
    public void A_wake_with_credit_in_hand_preempts_a_hog() => Gantt.Check(Xen442, """
        1 pcpu, column 10ms
        hog   wants *...................
        hog   gets  00000-000000000-0000
        web   wants .....1.........1....
        web   gets  .....0.........0....
        """);

    [Fact]
    public void Three_hogs_on_two_pCPUs_share_by_rotation() => Gantt.Check(Xen442, """
        2 pcpu, column 10ms
        a   wants *...........................................................
        a   gets  111---111111111111---111---000---000111---111111111111---111
        b   wants *...........................................................
        b   gets  000000000---000---000000000---000---000000000---000---000000
        c   wants *...........................................................
        c   gets  ---111---000---000111---111111111111---111---000---000111---
        """);

    [Fact]
    public void Twice_the_weight_is_twice_the_time() => Gantt.Check(Xen442, """
        1 pcpu, column 10ms
        a weight=256 wants *.......................................[60s]
        a            gets  000---000---000------000------000------0[60s]
        b weight=512 wants *.......................................[60s]
        b            gets  ---000---000---000000---000000---000000-[60s]
        a : b gets 1 : 2 within 1%
        """);

    [Fact]
    public void A_cap_holds_even_on_an_idle_machine() => Gantt.Check(Xen442, """
        1 pcpu, column 10ms
        a cap=25  wants *.............................
        a         gets  000=========000=========000===
        """);

    [Fact]
    public void A_vCPU_that_also_computes_is_not_boosted_and_waits_its_turn() => Gantt.Check(Xen442, """
        1 pcpu, column 10ms
        a    wants *...............................
        a    gets  000------000---000---000--------
        b    wants *...............................
        b    gets  ---000------000---------000---00
        web  wants *...............................
        web  gets  ------000---------000------000--
        """);

    [Fact]
    public void An_idle_pCPU_takes_over_a_vCPU_that_waits_elsewhere() => Gantt.Check(Xen442, """
        2 pcpu, column 10ms
        a     wants *...............
        a     gets  11--000000000000
        b     wants 4...............
        b     gets  0000............
        c     wants ..8.............
        c     gets  ..11111111......
        """);

    // The hog's first boost ends at 10 ms; it is preempted at 12 ms and shielded when it is back.
    [Fact]
    public void In_master_the_rate_limit_shields_only_for_the_rest_of_a_millisecond() => Gantt.Check(Master, """
        1 pcpu, column 250us
        hog   wants *...............................................................
        hog   gets  000000000000000000000000000000000000000000000000-0000-0000000000
        web   wants ................................................1.1.............
        web   gets  ................................................0.---0..........
        """);

    [Fact]
    public void In_4_4_2_the_rate_limit_starts_over_Q5() => Gantt.Check(Xen442, """
        1 pcpu, column 250us
        hog   wants *...............................................................
        hog   gets  000000000000000000000000000000000000000000000000-000000-00000000
        web   wants ................................................1..1............
        web   gets  ................................................0..----0........
        """);
}
