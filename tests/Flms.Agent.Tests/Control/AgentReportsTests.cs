using Flms.Agent.Control;
using Flms.Agent.Plans;
using Flms.Agent.Running;
using Flms.Agent.Tests.Running;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Tests.Control;

public sealed class AgentReportsTests
{
    [Fact]
    public void The_boost_of_a_VM_is_told_with_share_budget_and_debt_and_of_one_that_computes_nothing()
    {
        using var bench = new LoopBench(AgentMode.Enforce,
            s => s with { Plan = s.Plan with { Boost = BoostMode.Deadline } });
        bench.Run(4);
        var plan = bench.Loop.Plan!;
        var told = Assert.Single(plan.Boosts);
        var vms = AgentReports.Vms(bench.Loop.Observer, plan).Vms;
        Assert.Equal(new BoostReport("web", Names.Of(told.State), told.FairShare, told.Used, told.Owed, told.Reserved),
            vms.Single(vm => vm.Vm == "web").Boost);
        Assert.Null(vms.Single(vm => vm.Vm == "batch").Boost);
        Assert.All(AgentReports.Vms(bench.Loop.Observer).Vms, vm => Assert.Null(vm.Boost));
    }

    [Fact]
    public void Migrations_are_in_the_plans_report_with_the_balancers_step()
    {
        var cpus = Machines.Of(2, 8);
        var rules = new PlanRules { Lend = false, Judge = false, Nodes = true };
        var planner = new Planner(cpus, FlmsOptions.Default, rules, slices: true);
        var all = new CpuMask(16).Fill();
        PlanThread[] threads =
        [
            Vcpu("web", 100, Treatment.Latency, 10.Ms),
            .. Enumerable.Range(0, 15).Select(n => Vcpu("batch", n, Treatment.Compute, 1.Seconds)),
        ];
        var plan = planner.Next(1.Seconds, threads);
        while (plan.Moves.Count == 0) plan = planner.Next(1.Seconds, threads);
        var report = AgentReports.Plan(plan);
        Assert.Equal(plan.Moves.Select(m => (m.Vm, m.Vcpu, 0, 2, Names.Of(m.Reason))),
            report.Moves.Select(m => (m.Vm, m.Vcpu, m.From, m.To, m.Reason)));
        Assert.Equal(plan.Lines.Select(l => l.Node), report.Lines.Select(l => l.Node));

        PlanThread Vcpu(string vm, int number, Treatment treatment, Duration run) =>
            Plans.PlannerTests.Vcpu(vm, number, treatment, run) with { Allowed = all, Node = 0 };
    }
}
