using Flms.Core;
using Flms.Schedulers.Credit2;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Schedulers.Tests.Credit2;

/// <summary>The rules of Credit2 (spec/xen.md 4.1), one by one, by what they do to a run.</summary>
public sealed class Credit2RuleTests
{
    private static readonly DomainSetup Hog = new() { Name = "hog", Workloads = [new HogSetup()] };

    private static (Machine Machine, Runs Runs) Run(Duration length, Topology topology, Credit2Options options,
        params DomainSetup[] domains)
    {
        var setup = new MachineSetup { Topology = topology, Costs = CostModel.None, Domains = domains };
        var machine = new Machine(setup, host => new Credit2Scheduler(host, options));
        var runs = new Runs();
        machine.Watch(runs);
        machine.Run(Instant.Zero + length);
        return (machine, runs);
    }

    // Both begin with 10 ms. The first runs until it has as much as the second, but for the rate limit, 1 ms; then each
    // until it has as much as the other, but for the least time: 1 ms while the limit holds, then 0.5 ms more.
    [Fact]
    public void Two_hogs_take_turns_as_their_credits_cross()
    {
        var (_, runs) = Run(20.Ms, Topology.Of(1, 1), new(), Hog, Hog);
        Assert.Equal((0, 1.Ms), (runs.Of[0].Vcpu, runs.Of[0].Ran));
        Assert.Equal((1, new Duration(1_500_000)), (runs.Of[1].Vcpu, runs.Of[1].Ran));
        Assert.All(runs.Of, r => Assert.InRange(r.Ran.Ns, 1_000_000, 2_000_000));
    }

    // The slice of one who is alone is all its credit, at most the longest timer.
    [Theory]
    [InlineData(10)]
    [InlineData(2)]
    public void Alone_it_is_asked_every_longest_timer(int ms)
    {
        var (machine, _) = Run(10.Seconds, Topology.Of(1, 1), new() { MaxTimer = ms.Ms }, Hog);
        Assert.InRange(machine.Statistics.Decisions, 10_000 / ms - 2, 10_000 / ms + 2);
    }

    [Theory]
    [InlineData(256, 256)]
    [InlineData(256, 512)]
    [InlineData(100, 700)]
    public void Hogs_share_by_weight(int a, int b)
    {
        var (machine, _) = Run(60.Seconds, Topology.Of(1, 1), new(), Hog with { Weight = a }, Hog with { Weight = b });
        // The shortest run is 1 ms, and credits are given every 10 ms of the heavier: to within a few ms of a minute.
        Assert.Equal((double)a / (a + b), machine.Statistics.DomainRun[0] / 60e9, 0.001);
    }

    // Its budget is filled every 10 ms and it may overrun by one shortest run, which it pays back.
    [Theory]
    [InlineData(5)]
    [InlineData(25)]
    [InlineData(75)]
    [InlineData(150)]
    public void A_cap_holds_over_every_second(int cap)
    {
        var setup = Hog with { Vcpus = 2, Cap = cap };
        var (machine, _) = Run(60.Seconds, Topology.Of(1, 2), new(), setup);
        Assert.Equal(cap / 100.0, machine.Statistics.DomainRun[0] / 60e9, 0.0002);
    }

    [Fact]
    public void A_runqueue_has_at_most_16_pCPUs_and_does_not_cut_a_core()
    {
        var layout = new RunqueueLayout(Topology.Of(2, 12, 2), RunqueueSpan.Socket, 16);
        Assert.Equal((4, 16, 8), (layout.Count, layout.Pcpus(0).Length, layout.Pcpus(1).Length));
        layout = new(Topology.Of(1, 3, 2), RunqueueSpan.All, 5);
        Assert.Equal((2, 4, 2), (layout.Count, layout.Pcpus(0).Length, layout.Pcpus(1).Length));
        layout = new(Topology.Of(1, 3, 2), RunqueueSpan.Cpu, 16);
        Assert.Equal(6, layout.Count);
        layout = new(Topology.Of(1, 3, 2), RunqueueSpan.Core, 16);
        Assert.Equal((3, layout[new(0)]), (layout.Count, layout[new(1)]));
        layout = new(Topology.Of(2, 2, 1, 4), RunqueueSpan.Node, 16);
        Assert.Equal(4, layout.Count);
    }

    // Three sockets' worth of hogs on two sockets of four: a move each, then the loads are as even as they can be.
    [Fact]
    public void Load_ends_up_even_between_sockets()
    {
        var hogs = new List<DomainSetup>();
        for (var i = 0; i < 16; i++)
            hogs.Add(Hog with
            {
                // All but four stop after a second: those that go on had been placed on one socket.
                Workloads = i % 2 == 0 && i < 8 ? [new HogSetup()] : [new PulseSetup { Work = 500.Ms }],
            });
        var (machine, _) = Run(10.Seconds, Topology.Of(2, 4), new(), [.. hogs]);
        machine.ResetStatistics();
        machine.Run(Instant.Zero + 20.Seconds);
        for (var d = 0; d < 8; d += 2) Assert.Equal(10.0, machine.Statistics.DomainRun[d] / 1e9, 0.01);
    }

    // A guest that needs 30 us now and then against hogs: no more than the rate limit and the runner's least time, and
    // mostly nothing. There is no published figure for Credit2 here.
    [Fact]
    public void An_io_vCPU_runs_at_once_most_of_the_time()
    {
        var io = new DomainSetup { Name = "io", Workloads = [new PingSetup()] };
        var (machine, _) = Run(60.Seconds, Topology.Of(1, 1), new(), io, Hog, Hog, Hog);
        var samples = machine.Workloads[0].Samples!;
        Assert.InRange(samples.Mean, 30_000, 1_000_000);
    }

    [Fact]
    public void A_wish_for_a_pCPU_outweighs_credit()
    {
        var wish = new CpuMask(2);
        wish.Add(new(1));
        var (machine, _) = Run(1.Seconds, Topology.Of(1, 2), new(), Hog with { SoftAffinity = wish }, Hog);
        Assert.Equal(0, machine.Statistics.Migrations.Sum());
        Assert.Equal(1e9, machine.Statistics.DomainRun[0], 1e6);
        Assert.Equal(1e9, machine.Statistics.DomainRun[1], 1e6);
    }
}
