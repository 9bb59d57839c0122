using Flms.Core;
using Flms.Schedulers.Credit2;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Credit2;

/// <summary>Credit2: charts of what it is for and of its limits, its rules one by one, random worlds.</summary>
public sealed class Credit2SchedulerTests
{
    private static Scheduler Master(ISchedHost host) => new Credit2Scheduler(host, Credit2Options.XenMaster);

    [Fact]
    public void Who_mostly_sleeps_has_most_credit_and_preempts_without_any_boost() => Gantt.Check(Master, """
        1 pcpu, column 1ms
        hog   wants *.......................
        hog   gets  0-~~~~-~~~~~~-~~~~~~-~~~
        pig   wants *.......................
        pig   gets  -0~~~~~-~~~~~~-~~~~~~-~~
        web   wants ......1......1......1...
        web   gets  ......~~.....~~.....~~..
        """);

    // The runner is not preempted before its rate limit is over, and nobody looks again when it is: web runs only
    // when another wake-up, that of hot, has the pCPU ask.
    [Fact]
    public void Who_wakes_in_the_first_millisecond_of_a_run_waits_for_its_end() => Gantt.Check(Master, """
        1 pcpu, column 500us
        hog   wants *.............................
        hog   gets  0000000--000000000000000000000
        web   wants .1............................
        web   gets  .------0......................
        hot   wants .......1......................
        hot   gets  .......-0.....................
        """);

    [Fact]
    public void Twice_the_weight_is_twice_the_time() => Gantt.Check(Master, """
        1 pcpu, column 1ms
        a  weight=256  wants *.......................[60s]
        a              gets  0--~~-~~-~~-~~-~~-~~-~~-[60s]
        b  weight=512  wants *.......................[60s]
        b              gets  -00~~0~~0~~0~~0~~0~~0~~0[60s]
        a : b gets 1 : 2 within 1%
        """);

    // Within 3 %: who is taken by the other pCPU is given 50 us of credit, and that does not even out.
    [Fact]
    public void Two_pCPUs_of_a_socket_share_one_queue() => Gantt.Check(Master, """
        2 pcpu, column 1ms
        a  wants *.......................[60s]
        a  gets  0~~~00-1~~1~~1~~1~~~~00-[60s]
        b  wants *.......................[60s]
        b  gets  1~~1-11-11-11-11-1~~1~~1[60s]
        c  wants *.......................[60s]
        c  gets  -00~1-00~~0~~0~~0~~0~~~0[60s]
        a : b : c gets 1 : 1 : 1 within 3%
        """);

    [Fact]
    public void A_cap_is_a_budget_for_every_10_ms() => Gantt.Check(Master, """
        2 pcpu, column 1ms
        a  cap=25  wants *.......................[60s]
        a          gets  00~=======00~=======00~=[60s]
        b          wants *.......................[60s]
        b          gets  111111111111111111111111[60s]
        """);

    [Fact]
    public void Who_waits_takes_a_whole_free_core_before_the_other_thread_of_a_busy_one() => Gantt.Check(Master, """
        1 sockets x 2 cores x 2 threads, column 1ms
        a  wants 9.......
        a  gets  00000000
        b  wants .9......
        b  gets  .2222222
        c  wants ..9.....
        c  gets  ..333333
        """);

    // A balance follows when credit runs out, not when a pCPU idles, and averages over a second must differ first: p1
    // idles for 0.1 s while a and c share p0.
    [Fact]
    public void A_socket_idles_until_the_load_averages_say_so() => Gantt.Check(Master, """
        2 sockets x 1 cores x 1 threads, column 100ms
        a  wants *...................
        a  gets  ~~~~~~~~~11111111111
        b  wants 4...................
        b  gets  ~~~~~~~~............
        c  wants *...................
        c  gets  ~~~~~~~~~00000000000
        d  wants 4...................
        d  gets  ~~~~~~~~............
        """);

    [Fact]
    public void No_law_is_broken_in_random_worlds() => Swarm.Run(Master, worlds: 40);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(Master, worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);

    // A pCPU that was asked to look for one may take another, and nobody looks again for the first.
    [Fact]
    public void Work_is_not_conserved_even_on_one_runqueue() => Assert.Contains("P4",
        Swarm.Survey(host => new Credit2Scheduler(host, new() { Runqueue = RunqueueSpan.All, MaxPcpus = 4096 }), 60,
            options: new() { HardAffinity = false, SoftAffinity = false, Caps = false },
            claims: new() { WorkConserving = true }).Keys);

    [Theory]
    [InlineData(RunqueueSpan.Cpu)]
    [InlineData(RunqueueSpan.Core)]
    [InlineData(RunqueueSpan.Node)]
    [InlineData(RunqueueSpan.All)]
    public void No_law_is_broken_with_other_runqueues(RunqueueSpan span) =>
        Swarm.Run(host => new Credit2Scheduler(host, new() { Runqueue = span, MaxPcpus = 5 }), worlds: 20);
}
