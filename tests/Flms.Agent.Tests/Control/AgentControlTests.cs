using System.Text.Json.Serialization.Metadata;
using Flms.Agent.Control;
using Flms.Agent.Running;
using Flms.Agent.Tests.Running;
using Flms.Core;

namespace Flms.Agent.Tests.Control;

public sealed class AgentControlTests : IDisposable
{
    private static readonly DateTimeOffset Began = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly LoopBench _bench = new(AgentMode.Enforce);
    private readonly AgentControl _control;
    private (string[] Changes, string Problem) _reload = ([], "");

    public AgentControlTests() => _control = new(_bench.Loop, new()
    {
        Version = "1.2.3",
        Since = Began,
        Wall = at => Began.AddTicks((at - Instant.Zero).Ns / 100),
        OwnCpu = () => _bench.OwnCpu,
        Reload = _ => _reload,
    });

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Status_tells_mode_groups_cost_and_the_last_decision()
    {
        _bench.Run(4);
        var status = Status();
        Assert.Equal(("enforce", 2, 2, 4), (status.Mode, status.Vms, status.Vcpus, status.ThreadsPlaced));
        Assert.Equal(("0", "1-3", "1.2.3"), (status.Groups!.Sp, status.Groups.Lp, status.Version));
        Assert.True(status.Groups.Split);
        Assert.InRange(status.Groups.EstimatedCpuCpus, 0.1m, 1m);
        Assert.Equal((0.001m, 0.02m, 3), (status.Cost.CpuRatio, status.Cost.CpuRatioAllowed, status.Cost.Periods));
        Assert.Equal("placed", status.LastDecision!.Kind);
        Assert.Empty(status.Warnings);
    }

    [Fact]
    public void Before_the_first_period_there_is_a_status_and_no_plan()
    {
        _bench.Run(1);
        Assert.Null(Status().Groups);
        Assert.Equal(Refusal.Busy, Ask(new() { Verb = "plan" }).Refusal);
    }

    [Fact]
    public void The_history_tells_VMs_classes_splits_and_placing_in_order()
    {
        _bench.Run(4);
        var history = Ask("history", ReportJson.Line.HistoryReport);
        Assert.Equal(["vm", "vm", "class", "class", "split", "placed"],
            history.Decisions.Select(d => d.Kind).Distinct().SelectMany(k => history.Decisions.Where(d => d.Kind == k)
                .Select(d => d.Kind)).Take(6));
        Assert.Equal((Began, 0), (history.Since, history.Forgotten));
        Assert.Equal(Began.AddSeconds(1), history.Decisions[0].At);
        Assert.Contains(history.Decisions, d => d.Vm == "web"
            && d.Text.StartsWith("latency, was undecided: the operator", StringComparison.Ordinal));
    }

    [Fact]
    public void A_class_that_is_set_holds_until_it_is_cleared()
    {
        _bench.Run(3);
        Assert.Equal("latency", ClassOf("web"));
        var dry = Change(new() { Verb = "class", Vm = "web", Class = "compute", DryRun = true });
        Assert.Single(dry.Changes);
        _bench.Run(1);
        Assert.Equal("latency", ClassOf("web"));
        Assert.Single(Change(new() { Verb = "class", Vm = "web", Class = "compute" }).Changes);
        Assert.Empty(Change(new() { Verb = "class", Vm = "100", Class = "compute" }).Changes);
        _bench.Run(1);
        Assert.Equal("compute", ClassOf("web"));
        Assert.Equal([new ClassWord("web", "compute")], Status().Classes);
        Assert.Single(Change(new() { Verb = "class", Vm = "web" }).Changes);
        _bench.Run(1);
        Assert.Equal("latency", ClassOf("web"));
    }

    [Fact]
    public void What_cannot_be_taken_changes_nothing()
    {
        _bench.Run(3);
        Assert.Equal(Refusal.BadRequest, Ask(new() { Verb = "class", Vm = "web", Class = "quick" }).Refusal);
        Assert.Equal(Refusal.BadRequest, Ask(new() { Verb = "class", Class = "compute" }).Refusal);
        Assert.Equal(Refusal.NotFound, Ask(new() { Verb = "pause", Vm = "nobody" }).Refusal);
        Assert.Equal(Refusal.BadRequest, Ask(new() { Verb = "exec" }).Refusal);
        _reload = ([], "agent.yaml:1:1: wrong");
        var reply = Ask(new() { Verb = "reload" });
        Assert.Equal((Refusal.BadConfig, "agent.yaml:1:1: wrong"), (reply.Refusal, reply.Error));
        _bench.Run(1);
        Assert.Equal((AgentMode.Enforce, 4), (_bench.Loop.Mode, _bench.Loop.Ours));
    }

    [Fact]
    public void A_paused_VM_is_put_back_at_once_and_left_alone_until_it_goes_on()
    {
        var before = _bench.Kernel[101];
        _bench.Run(15);
        Assert.False(_bench.Kernel[101].SameAs(before));
        var dry = Change(new() { Verb = "pause", Vm = "web", DryRun = true });
        Assert.Contains("2 threads put back", Assert.Single(dry.Changes), StringComparison.Ordinal);
        Assert.False(_bench.Kernel[101].SameAs(before));
        Change(new() { Verb = "pause", Vm = "web" });
        Assert.True(_bench.Kernel[101].SameAs(before));
        Assert.Equal(2, _bench.Loop.Ours);
        _bench.Run(20);
        Assert.True(_bench.Kernel[101].SameAs(before));
        Assert.Equal(["web"], Status().PausedVms);
        Assert.All(Ask("plan", ReportJson.Line.PlanReport).Lines.Where(l => l.Vm == "web"),
            l => Assert.Equal(("paused", null), (l.Reason, l.Cpus)));
        Change(new() { Verb = "resume", Vm = "web" });
        _bench.Run(2);
        Assert.False(_bench.Kernel[101].SameAs(before));
    }

    [Fact]
    public void Pausing_all_counts_for_VMs_that_come_later_too()
    {
        _bench.Run(4);
        Change(new() { Verb = "pause" });
        Assert.Equal(0, _bench.Loop.Ours);
        _bench.Start(300, "web2", 1);
        _bench.Run(20);
        Assert.Equal(0, _bench.Loop.Ours);
        Assert.Contains(Status().Warnings, w => w.Contains("all VMs are paused", StringComparison.Ordinal));
        Assert.Equal(Refusal.Failed, Ask(new() { Verb = "resume", Vm = "web" }).Refusal);
        Change(new() { Verb = "resume" });
        _bench.Run(10);
        Assert.Equal(6, _bench.Loop.Ours);
    }

    [Fact]
    public void A_VM_whose_class_is_set_to_ignore_is_put_back()
    {
        _bench.Run(15);
        Change(new() { Verb = "class", Vm = "batch", Class = "ignore" });
        Assert.True(_bench.Kernel[201].Cpus.IsFull);
        _bench.Run(10);
        Assert.True(_bench.Kernel[201].Cpus.IsFull);
    }

    [Fact]
    public void Resuming_forgives_that_somebody_has_taken_a_thread_over()
    {
        _bench.Run(15);
        _bench.Kernel.SetAffinity(101, _bench.Cpus.Parse("3")!);
        _bench.Run(10);
        Assert.True(_bench.Lever.IsLost(new(101, 1000)));
        Assert.Contains(Status().Warnings, w => w.Contains("taken over", StringComparison.Ordinal));
        _bench.Kernel.SetAffinity(101, _bench.Cpus.Parse("0-3")!);
        _bench.Run(10);
        Assert.True(_bench.Kernel[101].Cpus.IsFull);
        Assert.Single(Change(new() { Verb = "resume", Vm = "web" }).Changes);
        _bench.Run(10);
        Assert.Equal("0", _bench.Kernel[101].Cpus.ToString());
    }

    [Fact]
    public void The_same_report_is_made_once_a_period()
    {
        _bench.Run(3);
        var request = new ControlRequest { Verb = "vms" };
        var first = _control.Answer(request);
        Assert.Same(first, _control.Answer(request));
        _bench.Run(1);
        Assert.NotSame(first, _control.Answer(request));
    }

    [Fact]
    public void Verify_tells_who_has_changed_what()
    {
        _bench.Run(15);
        Assert.Equal((4, 0), (Verify().Unchanged, Verify().Others.Count));
        _bench.Kernel.SetAffinity(101, _bench.Cpus.Parse("3")!);
        Change(new() { Verb = "pause", Vm = "batch" }); // so that a new report is made
        Assert.Equal([new VerifyLine(100, 101, "taken-over")], Verify().Others);
    }

    private StatusReport Status() => Ask("status", ReportJson.Line.StatusReport);

    private VerifyReport Verify() => Ask("verify", ReportJson.Line.VerifyReport);

    private string ClassOf(string vm) =>
        Ask("vms", ReportJson.Line.VmsReport).Vms.Single(v => v.Vm == vm).Class;

    private ChangeReport Change(ControlRequest request)
    {
        var reply = Ask(request);
        Assert.Equal("", reply.Error);
        return reply.Report(ReportJson.Line.ChangeReport);
    }

    private T Ask<T>(string verb, JsonTypeInfo<T> form) => Ask(new() { Verb = verb }).Report(form);

    private ControlReply Ask(ControlRequest request) => ControlReply.Read(_control.Answer(request with { V = 1 }))!;
}
