using Flms.Core;
using Flms.Schedulers.Pooled;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>vTurbo: interrupts on turbo pCPUs, threads on regular ones, and the domain pays for both.</summary>
public sealed class VturboSchedulerTests
{
    private static Scheduler Default(ISchedHost host) => new VturboScheduler(host, new());

    [Fact]
    public void The_last_vCPU_of_each_VM_is_turbo_and_the_others_never_run_there() => Gantt.Check(Default, """
        2 pcpu, column 1ms
        web/0              wants *...................
        web/0              gets  11111111111111111111
        web/1              wants ..1....1....1....1..
        web/1              gets  ..~~...~~...~~...~~.
        db/0               wants *...................
        db/0               gets  --------------------
        db/1               wants ..1....1....1....1..
        db/1               gets  ..~~...~~...~~...~~.
        """);

    // The limits: a whole pCPU idles, and what a thread does is no faster.
    [Fact]
    public void Without_interrupts_the_turbo_pCPU_idles() => Gantt.Check(Default, """
        2 pcpu, column 10ms
        web/0              wants ....1....1..
        web/0              gets  ....--1..1..
        web/1              wants ............
        web/1              gets  ............
        hog                wants *...........
        hog                gets  111----11-11
        pig                wants *...........
        pig                gets  ---111------
        """);

    [Fact]
    public void Turbo_vCPUs_take_turns_of_100_us() => Gantt.Check(Default, """
        2 pcpu, column 100us
        a/0                wants ...............
        a/0                gets  ...............
        a/1                wants *..............
        a/1                gets  0-0-0--0-0-0-0-
        b/0                wants ...............
        b/0                gets  ...............
        b/1                wants *..............
        b/1                gets  -0-0--0-0-0-0-0
        c/0                wants ...............
        c/0                gets  ...............
        c/1                wants ....1..........
        c/1                gets  ....-0.........
        """);

    [Fact]
    public void Service_domains_and_VMs_of_one_vCPU_have_no_turbo_vCPU() => Gantt.Check(Default, """
        2 pcpu, column 10ms
        dom0/0 kind=service wants *...........
        dom0/0              gets  111------111
        dom0/1 kind=service wants *...........
        dom0/1              gets  ---111------
        one                 wants *...........
        one                 gets  ------111---
        """);

    [Fact]
    public void Two_turbo_pCPUs_share_what_comes() => Gantt.Check(
        host => new VturboScheduler(host, new() { TurboPcpus = 2 }), """
        3 pcpu, column 100us
        a/0                wants *..............
        a/0                gets  222222222222222
        a/1                wants *..............
        a/1                gets  000011111111111
        b/0                wants ...............
        b/0                gets  ...............
        b/1                wants ....5..........
        b/1                gets  ....00000......
        """);

    // An echo is answered by the interrupt alone. Of four VMs whose regular vCPUs and turbo vCPUs are busy, it waits
    // for three turbo slices at most, and then for its own interrupt: 0.3 ms + 0.03 ms; nothing is charged for
    // switches.
    [Fact]
    public void An_echo_is_answered_far_below_a_millisecond_while_regular_vCPUs_wait_for_tens()
    {
        var trial = new Trial(Topology.Of(1, 2), Default, [.. Enumerable.Range(0, 4).Select(i => new DomainSetup
        {
            Name = $"vm{i}",
            Vcpus = 2,
            Workloads =
            [
                new HogSetup { Vcpu = 0 },
                new DutySetup { Vcpu = 1, Run = 400.Us, Sleep = 2.Ms },
                Trial.Echo(7.Ms, 30.Us, vcpu: 1),
                new RequestSetup { Vcpu = 1, AppVcpu = 0, IntervalMin = 40.Ms, IntervalMax = 60.Ms },
            ],
        })]).Run(60.Seconds);
        for (var d = 0; d < 4; d++)
        {
            var echo = trial.Samples(d, "ping.rtt");
            Assert.True(echo.Count > 8000);
            Assert.InRange(echo.Max, 30_000, 335_000);
            Assert.InRange(echo.Mean, 30_000, 200_000);
            // A request needs the thread too, which has its turn one in four: (N-1)^2 q / 2N is 33.75 ms on average.
            Assert.InRange(trial.Samples(d, "request.rtt").Mean, 20e6, 45e6);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Turbo_time_is_paid_by_the_regular_vCPUs_of_the_same_VM(bool charges)
    {
        // Each wants a whole regular pCPU, of which there is one; the first uses a fifth of the turbo pCPU as well.
        var trial = new Trial(Topology.Of(1, 2), host => new VturboScheduler(host, new() { Charges = charges }),
        [
            new()
            {
                Name = "busy", Vcpus = 2,
                Workloads = [new HogSetup { Vcpu = 0 }, new DutySetup { Vcpu = 1, Run = 2.Ms, Sleep = 8.Ms }],
            },
            new() { Name = "calm", Vcpus = 2, Workloads = [new HogSetup { Vcpu = 0 }] },
        ]).Run(60.Seconds);
        var (busy, turbo, calm) = (Part(0), Part(1), Part(2));
        Assert.InRange(turbo, 0.199, 0.201);
        Assert.InRange(busy + calm, 0.999, 1.001);
        // What the first pays for the turbo pCPU, the other gets of the regular one: the sums are equal, so that each
        // has (1 + 0.2) / 2 in all. Credit is exact within a slice in a minute here.
        if (charges) Assert.InRange(busy + turbo - calm, -0.02, 0.02);
        else Assert.InRange(busy - calm, -0.02, 0.02);

        double Part(int v) => trial.Ran(v).Ns / 60e9;
    }

    [Fact]
    public void A_domain_can_name_its_turbo_vCPU_or_have_none()
    {
        var policy = new Trial(Topology.Of(1, 2), Default,
        [
            Trial.Hog("first", 2) with { Parameters = [new VturboDomain { TurboVcpu = 0 }] },
            Trial.Hog("none", 2) with { Parameters = [new VturboDomain { TurboVcpu = -2 }] },
        ]).Run(1.Seconds);
        Assert.Equal(1.Seconds, policy.Ran(0));
        Assert.Equal(1.Seconds, policy.Ran(1) + policy.Ran(2) + policy.Ran(3));
    }

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(Default, worlds: 40);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Two_hundred_random_worlds_bring_no_foul() =>
        Swarm.Run(host => new VturboScheduler(host, new() { TurboPcpus = 2 }), 200, firstSeed: 3000);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(Default, worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
