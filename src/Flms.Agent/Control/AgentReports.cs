using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Levers;
using Flms.Agent.Libvirt;
using Flms.Agent.Plans;
using Flms.Agent.Running;
using Flms.Core;

namespace Flms.Agent.Control;

/// <summary>Makes reports of what an agent knows; whether it runs as a service or looks once.</summary>
public static class AgentReports
{
    /// <summary>The VMs that are watched.</summary>
    /// <param name="observer">Who watches them.</param>
    /// <param name="plan">Where they belong; null if that is not known.</param>
    /// <param name="lever">What was changed; null for nothing.</param>
    /// <param name="words">What the operator says; null for nothing.</param>
    public static VmsReport Vms(Observer observer, Plan? plan = null, Lever? lever = null, OperatorWords? words = null)
    {
        var lines = plan?.Lines.ToDictionary(l => l.Thread.Thread);
        return new()
        {
            Bounds = Bounds(observer.Rules),
            Vms =
            [
                .. observer.Vms.Select(vm => Vm(vm, words?.IsPaused(vm.Vm) ?? false,
                    plan?.Boosts.FirstOrDefault(b => b.Process == vm.Vm.Process),
                    vcpu => Vcpu(vcpu, lines?.GetValueOrDefault(vcpu.Thread.Id),
                        lever?.IsOurs(vcpu.Thread.Id) ?? false))),
            ],
        };
    }

    /// <summary>A plan, with how its lines ended if they were applied.</summary>
    public static PlanReport Plan(
        Plan plan, IReadOnlyDictionary<ThreadIdentity, LeverOutcome>? outcomes = null) => new()
        {
            Sp = Names.Of(plan.Sp),
            Lp = Names.Of(plan.Lp),
            Split = plan.Split,
            Lent = plan.Lent,
            Verdict = Names.Of(plan.Verdict.State),
            Why = SplitWords.Of(plan.Verdict),
            EstimatedIoNs = plan.EstimatedIo,
            EstimatedCpuNs = plan.EstimatedCpu,
            Boosts = [.. plan.Boosts.Select(Boost)],
            Moves = [.. plan.Moves.Select(Move)],
            Lines = [.. plan.Lines.Select(line => Line(line, outcomes))],
        };

    /// <summary>Whether threads are as the agent left them.</summary>
    public static VerifyReport Verify(Rounds rounds)
    {
        var others = new List<VerifyLine>();
        var tally = rounds.Verify((entry, outcome) =>
        {
            if (outcome is LeverOutcome.Unchanged or LeverOutcome.Gone) return;
            others.Add(new(entry.Process.Tid, entry.Thread.Tid,
                outcome == LeverOutcome.Changed ? "hidden" : Names.Of(outcome)));
        });
        return new() { Unchanged = tally[LeverOutcome.Unchanged], Gone = tally[LeverOutcome.Gone], Others = others };
    }

    /// <summary>A decision.</summary>
    /// <param name="decision">Which.</param>
    /// <param name="wall">What time a moment of the loop's clock was.</param>
    public static DecisionReport Decision(LoggedDecision decision, Func<Instant, DateTimeOffset> wall) => new()
    {
        At = wall(decision.At),
        Kind = Names.Of(decision.Kind),
        Vm = decision.Vm == "" ? null : decision.Vm,
        Text = decision.Text,
    };

    /// <summary>Why the plan has a thread where it is, or leaves it alone, in a word.</summary>
    public static string ReasonOf(PlanLine line) => line.Reason == PlanReason.Excluded
        ? Names.Of(line.Thread.Exclusion) : Names.Of(line.Reason);

    private static ClassBounds Bounds(ClassRules rules) => new()
    {
        LatencyWakes = rules.LatencyWakes,
        LatencyWorkNs = rules.LatencyWork.Ns,
        LatencyUse = rules.LatencyUse,
        DeviceWakes = rules.DeviceWakes,
        ComputeWakes = rules.ComputeWakes,
        ComputeDemand = rules.ComputeDemand,
        ComputeWorkNs = rules.ComputeWork.Ns,
        MixedDemand = rules.MixedDemand,
        MixedWakes = rules.MixedWakes,
    };

    private static PlanLineReport Line(
        PlanLine line, IReadOnlyDictionary<ThreadIdentity, LeverOutcome>? outcomes) => new()
        {
            Vm = line.Thread.Vm,
            Thread = line.Thread.What,
            Tid = line.Thread.Thread.Tid,
            Cpus = line.Cpus?.ToString(),
            Node = line.Node,
            SliceNs = line.Slice?.Ns,
            RuntimeNs = line.Boost?.Runtime.Ns,
            PeriodNs = line.Boost?.Period.Ns,
            Reason = ReasonOf(line),
            Done = outcomes == null ? null
                : outcomes.TryGetValue(line.Thread.Thread, out var o) ? Names.Of(o) : "not-reached",
        };

    private static MoveReport Move(NodeMove m) => new(m.Vm, m.Vcpu, m.Thread.Tid, m.From, m.To, Names.Of(m.Reason));

    private static BoostReport Boost(VmBoost b) =>
        new(b.Vm, Names.Of(b.State), b.FairShare, b.Used, b.Owed, b.Reserved);

    private static VmReport Vm(
        ObservedVm vm, bool paused, VmBoost? boost, Func<ObservedThread, VcpuReport> vcpu) => new()
        {
            Vm = vm.Vm.Name,
            Pid = vm.Vm.Process.Tid,
            Uuid = vm.Vm.Uuid,
            Cgroup = vm.Vm.Cgroup,
            Class = Names.Of(vm.Kind),
            Said = vm.Word?.ToString(),
            By = vm.Word != null ? "operator" : "measurement",
            Confidence = vm.Confidence,
            Paused = paused,
            Libvirt = Words(vm.Managed),
            Boost = boost == null ? null : Boost(boost),
            HaltsPerSecond = vm.Rates?.Halts,
            InterruptsPerSecond = vm.Rates?.Interrupts,
            ExitsPerSecond = vm.Rates?.Exits,
            Serving = [.. vm.Threads.Where(t => t.Thread.Role != ThreadRole.Vcpu).Select(t => t.Thread.Name)],
            Vcpus = [.. vm.Vcpus.Select(vcpu)],
        };

    private static VcpuReport Vcpu(ObservedThread vcpu, PlanLine? line, bool placed)
    {
        var f = vcpu.Figures;
        return new()
        {
            Vcpu = vcpu.Thread.Number,
            Tid = vcpu.Thread.Id.Tid,
            Class = Names.Of(vcpu.Class),
            Confidence = vcpu.Confidence,
            Verdict = Names.Of(vcpu.Verdict),
            RunRatio = f.Run / 1000m,
            DelayRatio = f.Wait / 1000m,
            DemandRatio = f.Demand / 1000m,
            WakesPerSecond = f.Wakes,
            WorkNs = f.WorkNs == long.MaxValue ? null : f.WorkNs,
            DeviceWakesPerSecond = f.DeviceWakes,
            HaltsPerSecond = vcpu.Rates?.Halts,
            InterruptsPerSecond = vcpu.Rates?.Interrupts,
            ExitsPerSecond = vcpu.Rates?.Exits,
            Group = line == null ? null : GroupOf(line.Reason),
            SliceNs = line?.Slice?.Ns,
            BoostNs = line?.Boost?.Runtime.Ns,
            BoostPeriodNs = line?.Boost?.Period.Ns,
            Reason = line == null ? null : ReasonOf(line),
            Placed = placed,
        };
    }

    private static string? Words(ManagedVm? managed) => managed switch
    {
        null => null,
        { Claim: ManagedClaim.Pinned } => "its operator has pinned it; it is left alone",
        { Claim: ManagedClaim.Cpuset } => "its operator has given it pCPUs; it is left alone",
        { Claim: ManagedClaim.Numatune } => "its memory is bound to NUMA nodes; it is left alone",
        { Claim: ManagedClaim.RealTime } => "it has a real-time policy; it is left alone",
        { Claim: ManagedClaim.NotRead } => "has not told yet what its operator says; it is left alone",
        { Problem: not "" } => $"its policy is no policy: {managed.Problem}",
        { Taken.Count: > 0 } => "its operator has pinned some of its threads since; they are left alone",
        { Word: { } word } => $"its metadata says {word}",
        _ => "its metadata says nothing",
    };

    /// <summary>The group of pCPUs that a reason puts a thread into; null if it is left alone.</summary>
    public static string? GroupOf(PlanReason reason) => reason switch
    {
        PlanReason.Excluded => null,
        PlanReason.OneGroup or PlanReason.Floats => "all",
        PlanReason.Latency or PlanReason.ServesLatency => "sp",
        PlanReason.Lent => "lp+sp",
        PlanReason.Boosted or PlanReason.ServesBoosted => "boost",
        PlanReason.Yields or PlanReason.NotServing or PlanReason.MayBeBoosted => "all",
        PlanReason.ShortSlice or PlanReason.LongSlice or PlanReason.Calm or PlanReason.Comparing
            or PlanReason.NoGain or PlanReason.Unfair or PlanReason.Wasteful => "all",
        PlanReason.Roams => "roams",
        _ => "lp",
    };
}
