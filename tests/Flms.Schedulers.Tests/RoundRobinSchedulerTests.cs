using Flms.Core;
using Flms.Sim;
using Flms.Sim.Workloads;
using Flms.Testing;

namespace Flms.Schedulers.Tests;

/// <summary>Round robin: turns, waits as arithmetic says, and no foul in random worlds.</summary>
public sealed class RoundRobinSchedulerTests
{
    private static readonly Duration Slice = 30.Ms;

    private static Scheduler RoundRobin(ISchedHost host) => new RoundRobinScheduler(host, new());

    private static Scheduler PerPcpu(ISchedHost host) =>
        new RoundRobinScheduler(host, new() { Queues = QueueLayout.PerPcpu });

    [Fact]
    public void Three_hogs_on_two_pCPUs_rotate() => Gantt.Check(RoundRobin, """
        2 pcpu, column 10ms
        a  wants *.......................
        a  gets  000111---000111---000111
        b  wants *.......................
        b  gets  111---000111---000111---
        c  wants *.......................
        c  gets  ---000111---000111---000
        a : b : c gets 1 : 1 : 1 within 15%
        """);

    [Fact]
    public void Who_wakes_goes_behind_all_others() => Gantt.Check(RoundRobin, """
        1 pcpu, column 10ms
        hog  wants *.................
        hog  gets  000---000----000--
        pig  wants *.................
        pig  gets  ---000----000----0
        web  wants ....1.......1.....
        web  gets  ....-----0..----0.
        web waits at most 60ms
        """);

    [Fact]
    public void A_wake_up_takes_the_lowest_idle_pCPU() => Gantt.Check(RoundRobin, """
        3 pcpu, column 1ms
        a  wants 3.....3...
        a  gets  000...000.
        b  wants .4....1...
        b  gets  .1111.1...
        c  wants ..2.......
        c  gets  ..22......
        """);

    [Fact]
    public void A_pCPU_passes_over_who_may_not_run_there() => Gantt.Check(RoundRobin, """
        2 pcpu, column 10ms
        a  pin=0 wants *...........
        a        gets  000---000---
        b  pin=0 wants *...........
        b        gets  ---000---000
        c        wants *...........
        c        gets  111111111111
        a : b : c gets 1 : 1 : 2 within 10%
        """);

    [Fact]
    public void With_a_queue_for_each_pCPU_nobody_leaves_home() => Gantt.Check(PerPcpu, """
        2 pcpu, column 10ms
        a  wants *...........
        a  gets  000---000---
        b  wants ............
        b  gets  ............
        c  wants *...........
        c  gets  ---000---000
        a migrates at most 0 times
        c migrates at most 0 times
        """);

    [Fact]
    public void A_weight_changes_nothing() => Gantt.Check(RoundRobin, """
        1 pcpu, column 10ms
        small weight=1     wants *.....[60s]
        small              gets  000---[60s]
        great weight=65535 wants *.....[60s]
        great              gets  ---000[60s]
        small : great gets 1 : 1 within 0.1%
        """);

    /// <summary>Specification of the compared systems, section 7, item 9: E = (N-1)^2 q / 2N.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_saturated_VM_among_N_waits_as_arithmetic_says(int n)
    {
        // The requests cost next to nothing and come at random, so their round trip is the wait.
        var target = new DomainSetup
        {
            Name = "target",
            Workloads =
            [
                new HogSetup(),
                new PingSetup { IntervalMin = 5.Ms, IntervalMax = 5.Ms, Spacing = Spacing.Poisson, Work = 1.Ns },
            ],
        };
        var trips = RoundTrips([target, .. Hogs(n - 1)], 2_000.Seconds);
        var expected = (n - 1.0) * (n - 1) * Slice.Ns / (2 * n);
        Assert.InRange(trips.Mean / expected, 0.99, 1.01);
        Assert.InRange(trips.Max, 0, (n - 1) * Slice.Ns + 1000);
    }

    /// <summary>Specification of the compared systems, section 7, item 10: E = (H - 1/2) q.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_idle_VM_behind_H_hogs_waits_as_arithmetic_says(int hogs)
    {
        var target = new DomainSetup
        {
            Name = "target",
            Workloads = [new PingSetup { IntervalMin = 200.Ms, IntervalMax = 260.Ms, Work = 1.Ns }],
        };
        var trips = RoundTrips([target, .. Hogs(hogs)], 7_000.Seconds);
        Assert.InRange(trips.Mean / ((hogs - 0.5) * Slice.Ns), 0.99, 1.01);
        Assert.InRange(trips.Max, 0, hogs * Slice.Ns + 1000);
        Assert.InRange(trips.Min, (hogs - 1) * Slice.Ns, hogs * Slice.Ns);
    }

    /// <summary>Specification of the compared systems, section 7, item 21: |W_i - W_j| is at most q, always.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void No_hog_is_ever_more_than_a_slice_ahead_of_another(int n)
    {
        var machine = Run(Hogs(n), 1, new());
        var spread = new Spread(n);
        machine.Watch(spread);
        machine.Run(Instant.Zero + 10.Seconds);
        Assert.True(spread.Looks > 300);
        Assert.Equal(Slice.Ns, spread.Greatest);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(4, 2)]
    [InlineData(4, 9)]
    public void Run_time_and_idle_time_make_up_all_time(int pcpus, int hogs)
    {
        var machine = Run(Hogs(hogs), pcpus, new());
        machine.Run(Instant.Zero + 3.Seconds);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + 10.Seconds + 7.Ms);
        var wall = (machine.Statistics.Until - machine.Statistics.Since).Ns;
        Assert.Equal((7.Seconds + 7.Ms).Ns, wall);
        Assert.Equal(Math.Min(hogs, pcpus) * wall, machine.Statistics.DomainRun.Sum());
        Assert.Equal(Math.Min(hogs, pcpus) * wall, machine.Statistics.PcpuBusy.Sum());
    }

    [Fact]
    public void Random_worlds_bring_no_foul() => Swarm.Run(RoundRobin, 40);

    [Fact]
    public void Random_worlds_bring_no_foul_with_a_queue_for_each_pCPU() =>
        Swarm.Run(PerPcpu, 40, options: new() { HardAffinity = false });

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(RoundRobin, 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);

    private static DomainSetup[] Hogs(int n)
    {
        var hogs = new DomainSetup[n];
        for (var i = 0; i < n; i++) hogs[i] = new() { Name = $"hog{i}", Workloads = [new HogSetup()] };
        return hogs;
    }

    private static Machine Run(IReadOnlyList<DomainSetup> domains, int pcpus, RoundRobinOptions options) => new(
        new() { Topology = Topology.Of(1, pcpus), Costs = CostModel.None, Domains = domains },
        host => new RoundRobinScheduler(host, options));

    private static Histogram RoundTrips(IReadOnlyList<DomainSetup> domains, Duration length)
    {
        var machine = Run(domains, 1, new());
        machine.Run(Instant.Zero + 10.Seconds);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + length);
        foreach (var w in machine.Workloads)
            if (w.Samples is { Count: > 10_000 } samples) return samples;
        throw new InvalidOperationException("no workload measured enough");
    }

    /// <summary>Looks at each switch how far the run times of always-runnable vCPUs lie apart.</summary>
    private sealed class Spread(int vcpus) : IWatcher
    {
        private readonly long[] _ran = new long[vcpus];
        private Instant _from;

        public int Looks { get; private set; }

        public long Greatest { get; private set; }

        public void On(in HostEvent e)
        {
            if (e.Kind != HostEventKind.Switch) return;
            if (!e.Other.IsNone) _ran[e.Other.Index] += (e.At - _from).Ns;
            _from = e.At;
            Looks++;
            Greatest = Math.Max(Greatest, _ran.Max() - _ran.Min());
        }
    }
}
