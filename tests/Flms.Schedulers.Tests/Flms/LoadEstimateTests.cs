using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Schedulers.Tests.Flms;

public sealed class LoadEstimateTests
{
    private static readonly Fraction Eighth = new(1, 8);

    private static LoadSample Sample(int ioRun, int ioWait, int cpuRun, int cpuWait) =>
        new(new(ioRun), new(ioWait), new(cpuRun), new(cpuWait));

    [Fact]
    public void A_new_sample_counts_for_alpha_and_the_old_estimate_for_the_rest()
    {
        var estimate = new LoadEstimate(Eighth, LoadMeasure.Run);
        estimate.Update(Sample(800, 0, 1600, 0));
        Assert.Equal((100, 200), (estimate.Io, estimate.Cpu)); // 0 * 7/8 + 800 * 1/8
        estimate.Update(Sample(800, 0, 0, 0));
        Assert.Equal((187, 175), (estimate.Io, estimate.Cpu)); // 187.5 down; 175
    }

    [Fact]
    public void Waiting_counts_only_if_load_is_demand()
    {
        var run = new LoadEstimate(new(1, 1), LoadMeasure.Run);
        var demand = new LoadEstimate(new(1, 1), LoadMeasure.Demand);
        run.Update(Sample(10, 90, 20, 30));
        demand.Update(Sample(10, 90, 20, 30));
        Assert.Equal((10, 20), (run.Io, run.Cpu));
        Assert.Equal((100, 50), (demand.Io, demand.Cpu));
    }

    [Fact]
    public void With_alpha_zero_nothing_is_ever_learnt()
    {
        var estimate = new LoadEstimate(new(0, 1), LoadMeasure.Run);
        estimate.Update(Sample(1000, 0, 1000, 0));
        Assert.Equal((0, 0), (estimate.Io, estimate.Cpu));
    }

    [Fact]
    public void A_constant_load_is_reached_to_within_the_rounding()
    {
        var estimate = new LoadEstimate(Eighth, LoadMeasure.Run);
        for (var i = 0; i < 300; i++) estimate.Update(Sample(1_000_000, 0, 7, 0));
        Assert.InRange(estimate.Io, 1_000_000 - 8, 1_000_000);
        Assert.InRange(estimate.Cpu, 0, 7);
    }

    [Fact]
    public void The_estimate_falls_to_zero_when_the_load_goes_away()
    {
        var estimate = new LoadEstimate(Eighth, LoadMeasure.Run);
        estimate.Update(Sample(1_000_000, 0, 0, 0));
        for (var i = 0; i < 300; i++) estimate.Update(default);
        Assert.Equal(0, estimate.Io);
    }

    // Spec A5, by algebra: if both groups are saturated their run time is their size, and any split is a fixed point.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void By_run_time_any_split_of_a_saturated_machine_stays_for_ever(int sps) =>
        Assert.Equal(sps, SettledSplit(LoadMeasure.Run, sps));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void By_demand_a_saturated_machine_is_split_by_what_the_groups_want(int sps) =>
        Assert.Equal(4, SettledSplit(LoadMeasure.Demand, sps)); // 16 vCPUs want each half

    // 16 vCPUs of each class on 8 pCPUs, all of which are always busy, from a split on for 100 periods.
    private static int SettledSplit(LoadMeasure measure, int sps)
    {
        var estimate = new LoadEstimate(Eighth, measure);
        var groups = new PcpuGroups(Topology.Of(1, 8), PcpuGroupsTests.Paper);
        groups.Resize(sps);
        for (var i = 0; i < 100; i++)
        {
            var n = groups.SpCount;
            estimate.Update(new(300.Ms * n, 300.Ms * (16 - n), 300.Ms * (8 - n), 300.Ms * (16 - 8 + n)));
            groups.Resize(groups.Target(estimate.Io, estimate.Cpu, true, true));
        }
        return groups.SpCount;
    }
}
