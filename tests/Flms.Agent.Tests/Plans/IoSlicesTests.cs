using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Plans;

public sealed class IoSlicesTests
{
    private readonly PlanRules _rules = new() { Lend = false, Judge = false };

    [Fact]
    public void The_heavier_the_IO_of_a_vCPU_the_shorter_its_slice_as_the_simulated_FLMSs_IO_Boost_orders_them()
    {
        var options = FlmsOptions.Default;
        var boost = new IoBoost(4,
            new(options.History, options.Beta, options.Newcomer, options.BoostCountsDispatches));
        var planner = Planner(_rules);
        Plan plan = null!;
        // 0.4, 2, 80 and 10 % of a pCPU; 1 % is a credit of a load period.
        int[] tenths = [4, 20, 800, 100];
        for (var i = 0; i < 60; i++)
        {
            for (var v = 0; v < 4; v++) boost.Burn(new(v), tenths[v] / 10);
            boost.EndLoadPeriod();
            for (var v = 0; v < 4; v++) boost.Renew(new(v));
            plan = planner.Next(1.Seconds, [.. Enumerable.Range(0, 4).Select(v => Io(v, 1.Ms * tenths[v])), Batch()]);
        }
        Assert.Equal([175.Us, 150.Us, 100.Us, 125.Us], Slices(plan));
        Assert.Equal(Enumerable.Range(0, 4).OrderBy(v => boost.Of(new(v))),
            Enumerable.Range(0, 4).OrderBy(v => Slices(plan)[v]));
        // Who also computes is behind all of them, whose main thread before.
        Assert.All(Slices(plan), s => Assert.True(s < _rules.SpSlice && s >= _rules.SleeperSlice));
    }

    [Fact]
    public void What_swings_about_a_bound_is_not_written_every_period()
    {
        var planner = Planner(_rules);
        List<Duration> seen = [];
        for (var i = 0; i < 200; i++)
        {
            // Between a third and a sixth of the other's, about the bound of a fourth.
            var plan = planner.Next(1.Seconds, [Io(0, 300.Ms), Io(1, i % 2 == 0 ? 100.Ms : 50.Ms), Batch()]);
            if (seen.Count == 0 || seen[^1] != Slices(plan)[1]) seen.Add(Slices(plan)[1]);
        }
        Assert.Equal([100.Us], seen);
    }

    [Fact]
    public void One_alone_has_the_shortest_slice_however_little_it_does_and_so_have_all_if_the_operator_wants_it()
    {
        foreach (var io in (int[])[1, 100])
        {
            var planner = Planner(_rules);
            for (var i = 0; i < 20; i++)
                Assert.Equal(100.Us, Slices(planner.Next(1.Seconds, [Io(0, 1.Ms * io), Batch()]))[0]);
        }
        var alike = Planner(_rules with { IoOrder = false });
        for (var i = 0; i < 20; i++)
            Assert.Equal([100.Us, 100.Us], Slices(alike.Next(1.Seconds, [Io(0, 400.Ms), Io(1, 1.Ms), Batch()])));
    }

    private static Planner Planner(PlanRules rules) =>
        new(Machines.Of(8), FlmsOptions.Default, rules, slices: true);

    private static Duration[] Slices(Plan plan) =>
        [.. plan.Lines.Where(l => l.Thread.Vm == "io").Select(l => l.Slice!.Value)];

    private static PlanThread Io(int number, Duration run) =>
        PlannerTests.Vcpu("io", number, Treatment.Latency, run, sleeper: true);

    private static PlanThread Batch() => PlannerTests.Vcpu("batch", 9, Treatment.Compute, 1.Seconds);
}
