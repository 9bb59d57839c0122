using Flms.Core;
using Flms.Sim.Workloads;
using static Flms.Sim.Tests.Trial;

namespace Flms.Sim.Tests;

/// <summary>What a machine charges, one cost at a time.</summary>
public sealed class CostModelTests
{
    private static Duration[] Done(Topology topology, CostModel costs, params DomainSetup[] domains) =>
        [.. Enumerable.Range(0, domains.Length).Select(v =>
            new Trial(Setup(topology, costs, domains)).Run(1.Seconds).Times(HostEventKind.Done, v)[0])];

    private static DomainSetup Pulse(Duration work, Duration at = default, params int[] on) =>
        Domain($"d{work}{at}", new PulseSetup { Work = work, At = at }) with
        {
            Affinity = on.Length == 0 ? null : Mask(4, on),
        };

    [Fact]
    public void Without_costs_work_takes_as_long_as_it_is() =>
        Assert.Equal([7.Ms], Done(Topology.Of(1, 4), CostModel.None, Pulse(5.Ms, 2.Ms)));

    [Fact]
    public void A_switch_is_paid_for_before_the_work_begins() => Assert.Equal([5.Ms + 30.Us],
        Done(Topology.Of(1, 4), CostModel.None with { ContextSwitch = 30.Us }, Pulse(5.Ms)));

    [Fact]
    public void A_kick_takes_its_time_to_arrive() => Assert.Equal([5.Ms + 7.Us],
        Done(Topology.Of(1, 4), CostModel.None with { Kick = 7.Us }, Pulse(5.Ms)));

    [Fact]
    public void Going_on_with_the_same_vCPU_costs_nothing() => Assert.Equal([100.Ms + 30.Us],
        Done(Topology.Of(1, 1), CostModel.None with { ContextSwitch = 30.Us },
            Domain("a", new PulseSetup { Work = 100.Ms })));

    [Fact]
    public void Turning_idle_and_back_is_a_switch()
    {
        var costs = CostModel.None with { ContextSwitch = 30.Us };
        var trial = new Trial(Setup(Topology.Of(1, 1), costs,
            Domain("a", new PulseSetup { Work = 1.Ms, Every = 10.Ms }))).Run(25.Ms);
        Assert.Equal([1.Ms + 30.Us, 11.Ms + 30.Us, 21.Ms + 30.Us], trial.Times(HostEventKind.Done, 0));
    }

    // pCPUs 0 and 1 share a core, 2 is another core of the socket, 4 another socket, 8 another node.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 10)]
    [InlineData(4, 100)]
    [InlineData(8, 1000)]
    public void A_move_costs_by_its_distance(int to, int refillUs)
    {
        int[] core = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5];
        int[] socket = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
        int[] node = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
        var costs = CostModel.None with
        {
            RefillSameCore = 1.Us,
            RefillSameSocket = 10.Us,
            RefillSameNode = 100.Us,
            RefillRemote = 1000.Us,
        };
        var setup = Setup(new(core, socket, node), costs,
            Domain("a", new PulseSetup { Work = 5.Ms }) with { Affinity = Mask(12, 0) }) with
        {
            Operations = [new(Instant.Zero + 2.Ms, OperationKind.SetAffinity, 0, Mask: Mask(12, to))],
        };
        var trial = new Trial(setup).Run(1.Seconds);
        Assert.Equal([5.Ms + refillUs.Us], trial.Times(HostEventKind.Done, 0));
        Assert.Equal(1, trial.Machine.Statistics.Migrations.Sum());
    }

    [Fact]
    public void The_first_run_is_no_move() => Assert.Equal([5.Ms],
        Done(Topology.Of(1, 4), CostModel.None with { RefillSameSocket = 1.Ms }, Pulse(5.Ms, default, 3)));

    [Fact]
    public void Two_threads_of_a_core_slow_each_other_for_as_long_as_both_are_busy() =>
        // Both at 5/8: the second is done at 8 ms, when the first has done 5 of 10 ms; then it runs alone.
        Assert.Equal([13.Ms, 8.Ms],
            Done(Topology.Of(1, 2, 2), CostModel.None with { SmtSpeed = new(5, 8) },
            Pulse(10.Ms, default, 0), Pulse(5.Ms, default, 1)));

    [Fact]
    public void A_sibling_that_wakes_slows_the_other_from_then_on() =>
        // Alone until 4 ms; then 6 ms of work at half speed beside one that is as long: 12 ms.
        Assert.Equal([16.Ms, 16.Ms],
            Done(Topology.Of(1, 2, 2), CostModel.None with { SmtSpeed = new(1, 2) },
            Pulse(10.Ms, default, 0), Pulse(6.Ms, 4.Ms, 1)));

    [Fact]
    public void Another_core_slows_nobody() => Assert.Equal([10.Ms, 5.Ms],
        Done(Topology.Of(1, 2, 2), CostModel.None with { SmtSpeed = new(5, 8) },
            Pulse(10.Ms, default, 0), Pulse(5.Ms, default, 2)));

    [Theory]
    [InlineData(0, 7)]
    [InlineData(2, 8)]
    public void Away_from_its_memory_a_vCPU_is_slow(int pcpu, int ms) => Assert.Equal([ms.Ms],
        Done(Topology.Of(2, 2), CostModel.None with { RemoteMemorySpeed = new(7, 8) },
            Pulse(7.Ms, default, pcpu) with { MemoryNode = 0 }));

    [Fact]
    public void Time_that_is_paid_for_switching_counts_as_busy()
    {
        var costs = CostModel.None with { ContextSwitch = 500.Us };
        var machine = new Trial(Setup(Topology.Of(1, 1), costs,
            Domain("a", new PulseSetup { Work = 1.Ms, Every = 10.Ms }))).Run(100.Ms - 1.Ns).Machine;
        Assert.Equal(15.Ms.Ns, machine.Statistics.PcpuBusy[0]);
        Assert.Equal(15.Ms.Ns, machine.Statistics.DomainRun[0]);
    }

    [Fact]
    public void A_slice_counts_from_the_decision_and_pays_for_the_switch()
    {
        var costs = CostModel.None with { ContextSwitch = 1.Ms };
        var trial = new Trial(Setup(Topology.Of(1, 1), costs, Domain("a", new HogSetup()), Domain("b", new HogSetup())))
            .Run(100.Ms);
        Assert.Equal([Duration.Zero, 60.Ms], trial.Times(HostEventKind.Switch, 0));
    }

    [Fact]
    public void The_harness_charges_a_switch_and_a_kick_and_nothing_else()
    {
        Assert.Equal((1500, 1000), (CostModel.Harness.ContextSwitch.Ns, CostModel.Harness.Kick.Ns));
        foreach (var d in Enum.GetValues<Distance>()) Assert.Equal(Duration.Zero, CostModel.Harness.Refill(d));
        Assert.Equal((1, 1), (CostModel.Harness.SmtSpeed.Num, CostModel.Harness.RemoteMemorySpeed.Num));
    }

    [Fact]
    public void A_typical_move_costs_more_the_farther_it_goes()
    {
        var refills = Enum.GetValues<Distance>().Select(CostModel.Typical.Refill).ToArray();
        Assert.Equal(refills.Order(), refills);
        Assert.True(refills[^1] > refills[0]);
    }
}
