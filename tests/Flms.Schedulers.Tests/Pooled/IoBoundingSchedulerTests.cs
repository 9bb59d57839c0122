using Flms.Core;
using Flms.Schedulers.Pooled;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>I/O bounding: VMs by label on their own pCPUs, and nobody crosses.</summary>
public sealed class IoBoundingSchedulerTests
{
    private static Scheduler Default(ISchedHost host) => new IoBoundingScheduler(host, new());

    private static Scheduler ISche(ISchedHost host) => new IoBoundingScheduler(host, IoBoundingOptions.ISche);

    [Fact]
    public void An_IO_VM_has_no_hog_ahead_of_it() => Gantt.Check(Default, """
        2 pcpu, column 10ms
        web   kind=latency wants ..1....1....1....1....1.
        web                gets  ..0....0....0....0....0.
        hog   kind=compute wants *.......................
        hog                gets  111---111---111---111---
        pig   kind=compute wants *.......................
        pig                gets  ---111---111---111---111
        web waits at most 0ms
        """);

    // The limits: I/O VMs wait for each other, and an idle I/O pCPU helps nobody else.
    [Fact]
    public void The_partition_never_changes_however_unequal_the_load() => Gantt.Check(Default, """
        2 pcpu, column 10ms
        db    kind=mixed   wants ..................[3s]
        db                 gets  ..................[3s]
        hog   kind=compute wants *.................[3s]
        hog                gets  111------111---111[3s]
        pig                wants *.................[3s]
        pig                gets  ---111------111---[3s]
        dom0  kind=service wants *.................[3s]
        dom0               gets  ------111---------[3s]
        hog : pig : dom0 gets 1 : 1 : 1 within 5%
        """);

    [Fact]
    public void Mixed_VMs_take_turns_of_30_ms() => Gantt.Check(Default, """
        2 pcpu, column 10ms
        a     kind=mixed   wants *.............[3s]
        a                  gets  000------000--[3s]
        b     kind=mixed   wants *.............[3s]
        b                  gets  ---000------00[3s]
        c     kind=mixed   wants *.............[3s]
        c                  gets  ------000-----[3s]
        a waits at most 90ms
        """);

    [Fact]
    public void With_iSche_they_take_turns_of_10_ms() => Gantt.Check(ISche, """
        2 pcpu, column 10ms
        a     kind=mixed   wants *.............[3s]
        a                  gets  0--0-0--0--0--[3s]
        b     kind=mixed   wants *.............[3s]
        b                  gets  -0--0--0--0--0[3s]
        c     kind=mixed   wants *.............[3s]
        c                  gets  --0---0--0--0-[3s]
        a waits at most 21ms
        """);

    [Fact]
    public void Two_IO_pCPUs_balance_between_them() => Gantt.Check(
        host => new IoBoundingScheduler(host, new() { IoPcpus = 2 }), """
        3 pcpu, column 10ms
        a     kind=latency wants *..........
        a                  gets  11111111111
        b     kind=latency wants ..*........
        b                  gets  ..000000000
        hog   kind=compute wants *..........
        hog                gets  22222222222
        a waits at most 0ms
        b waits at most 0ms
        """);

    [Fact]
    public void Mixed_VMs_are_general_if_one_says_so() => Gantt.Check(
        host => new IoBoundingScheduler(host, new() { MixedIsIo = false }), """
        2 pcpu, column 10ms
        a     kind=mixed   wants *.....
        a                  gets  111111
        """);

    [Fact]
    public void A_machine_of_one_pCPU_is_general() => Gantt.Check(Default, """
        1 pcpu, column 10ms
        a     kind=latency wants *........
        a                  gets  000---000
        b     kind=compute wants *........
        b                  gets  ---000---
        """);

    [Fact]
    public void A_pinned_VM_runs_where_it_is_pinned_whatever_its_label() => Gantt.Check(Default, """
        2 pcpu, column 10ms
        a     kind=latency pin=1 wants *........
        a                        gets  111111111
        b     kind=compute pin=0 wants *........
        b                        gets  000000000
        """);

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(Default, worlds: 40);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Two_hundred_random_worlds_bring_no_foul() =>
        Swarm.Run(host => new IoBoundingScheduler(host, new() { IoPcpus = 3, IoSlice = 10.Ms }), 200, firstSeed: 2000);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(Default, worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
