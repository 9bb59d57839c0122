using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Plans;

public sealed class PlannerTests
{
    private static readonly PlanRules NoLending = new() { Lend = false, Judge = false };
    private readonly HostCpus _cpus = Machines.Of(8);

    [Fact]
    public void The_classes_part_ways_and_each_gets_its_slice()
    {
        var plan = Planner(NoLending).Next(1.Seconds, Host());
        Assert.Equal(("0", "1-7"), (plan.Sp.ToString(), plan.Lp.ToString()));
        Assert.Equal(
        [
            ("web vCPU 0", "0", 100.Us, PlanReason.Latency),
            ("web main", "0", 100.Us, PlanReason.ServesLatency),
            ("batch vCPU 0", "1-7", 20.Ms, PlanReason.Compute),
            ("batch vCPU 1", "1-7", 20.Ms, PlanReason.Compute),
            ("batch main", "1-7", 20.Ms, PlanReason.ServesCompute),
        ], plan.Lines.Select(l => ($"{l.Thread.Vm} {l.Thread.What}", l.Cpus!.ToString(), l.Slice!.Value, l.Reason)));
    }

    [Fact]
    public void A_group_is_as_large_as_its_load()
    {
        var planner = Planner(NoLending);
        Plan plan = null!;
        // 3 pCPUs of latency-sensitive load and 5 of compute, on 8.
        for (var i = 0; i < 40; i++)
            plan = planner.Next(1.Seconds,
            [
                .. Enumerable.Range(0, 4).Select(n => Vcpu("io", n, Treatment.Latency, run: 750.Ms)),
                .. Enumerable.Range(0, 5).Select(n => Vcpu("cpu", n, Treatment.Compute, run: 1.Seconds)),
            ]);
        Assert.Equal("0-2", plan.Sp.ToString());
    }

    [Fact]
    public void Where_there_is_one_class_only_nothing_is_kept_apart()
    {
        var plan = Planner(NoLending).Next(1.Seconds, [Vcpu("a", 0, Treatment.Compute, 1.Seconds)]);
        var line = Assert.Single(plan.Lines);
        Assert.Equal((PlanReason.OneGroup, "0-7", Duration.Zero), (line.Reason, line.Cpus!.ToString(),
            line.Slice!.Value));
    }

    [Theory]
    [InlineData(Exclusion.Ignored)]
    [InlineData(Exclusion.Bound)]
    [InlineData(Exclusion.RealTime)]
    [InlineData(Exclusion.Container)]
    [InlineData(Exclusion.TakenOver)]
    public void Who_is_excluded_is_left_alone_and_its_load_is_not_shared_out(Exclusion why)
    {
        var threads = Host().Select(t => t.Vm == "web" ? t with { Exclusion = why } : t).ToList();
        var plan = Planner(NoLending).Next(1.Seconds, threads);
        Assert.All(plan.Lines.Where(l => l.Thread.Vm == "web"), l =>
            Assert.Equal((null, null, PlanReason.Excluded), (l.Cpus, l.Slice, l.Reason)));
        Assert.True(plan.Sp.IsEmpty);
    }

    [Fact]
    public void A_cpuset_counts_more_than_a_group()
    {
        var cpuset = _cpus.Parse("6-7")!;
        var threads = Host().Select(t => t with { Allowed = cpuset }).ToList();
        var plan = Planner(NoLending).Next(1.Seconds, threads);
        // The SP is pCPU 0: web may not go there.
        Assert.All(plan.Lines, l => Assert.Equal("6-7", l.Cpus!.ToString()));
        Assert.Equal(PlanReason.Roams, plan.Lines[0].Reason);
        Assert.Equal(PlanReason.Compute, plan.Lines[2].Reason);
    }

    [Fact]
    public void A_kernel_without_slices_is_asked_for_none() =>
        Assert.All(new Planner(_cpus, FlmsOptions.Default, NoLending, slices: false).Next(1.Seconds, Host()).Lines,
            l => Assert.Null(l.Slice));

    [Fact]
    public void The_same_samples_give_the_same_plans()
    {
        var (a, b) = (Planner(new()), Planner(new()));
        for (var i = 0; i < 100; i++)
        {
            var threads = Host(webMs: 10 + i * 37 % 900, batchMs: 300 + i * 101 % 700);
            var (x, y) = (a.Next(1.Seconds, threads), b.Next(1.Seconds, threads));
            Assert.Equal(Text(x), Text(y));
        }
    }

    [Fact]
    public void Those_who_compute_may_use_lent_pCPUs_with_a_shorter_slice()
    {
        var plan = Planner(new() { Judge = false }).Next(1.Seconds, Host());
        Assert.True(plan.Split && plan.Lent);
        Assert.Equal(("0-7", 1.Ms, PlanReason.Lent), Of(plan, "batch vCPU 0"));
        Assert.Equal(("0", 100.Us, PlanReason.Latency), Of(plan, "web vCPU 0"));
    }

    [Fact]
    public void Slices_alone_are_given_everywhere()
    {
        var plan = Planner(new() { Judge = false, Split = false }).Next(1.Seconds, Host());
        Assert.False(plan.Split);
        Assert.Equal(("0-7", 20.Ms, PlanReason.LongSlice), Of(plan, "batch vCPU 0"));
        Assert.Equal(("0-7", 100.Us, PlanReason.ShortSlice), Of(plan, "web vCPU 0"));
    }

    private static (string, Duration, PlanReason) Of(Plan plan, string who)
    {
        var line = plan.Lines.Single(l => $"{l.Thread.Vm} {l.Thread.What}" == who);
        return (line.Cpus!.ToString(), line.Slice!.Value, line.Reason);
    }

    private static string Text(Plan plan) => $"{plan.Sp}|{plan.Lp}|{plan.Lent}|{plan.EstimatedIo}|{plan.EstimatedCpu}|"
        + string.Join(';', plan.Lines.Select(l => $"{l.Cpus} {l.Slice} {l.Reason}"));

    private Planner Planner(PlanRules rules) => new(_cpus, FlmsOptions.Default, rules, slices: true);

    private static List<PlanThread> Host(int webMs = 20, int webWaitMs = 0, int batchMs = 500, int batchWaitMs = 0) =>
    [
        Vcpu("web", 0, Treatment.Latency, webMs.Ms, webWaitMs.Ms, sleeper: true),
        Vcpu("web", 0, Treatment.Latency, 1.Ms) with { Role = ThreadRole.Main },
        Vcpu("batch", 0, Treatment.Compute, batchMs.Ms, batchWaitMs.Ms),
        Vcpu("batch", 1, Treatment.Compute, batchMs.Ms, batchWaitMs.Ms),
        Vcpu("batch", 0, Treatment.Compute, 1.Ms) with { Role = ThreadRole.Main },
    ];

    internal static PlanThread Vcpu(
        string vm, int number, Treatment treatment, Duration run, Duration wait = default, bool sleeper = false) =>
            new()
            {
                Thread = new(1000 + number, 1),
                Process = new(1000, 1),
                Vm = vm,
                Role = ThreadRole.Vcpu,
                Number = number,
                Treatment = treatment,
                Sleeper = sleeper,
                Run = run,
                Wait = wait,
                Timeslices = 200,
                Allowed = new CpuMask(8).Fill(),
            };
}
