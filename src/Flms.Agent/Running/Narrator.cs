using System.Globalization;
using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>Tells what has changed from period to period: VMs, what they are, the split, boosts.</summary>
/// <param name="log">Told of it.</param>
internal sealed class Narrator(DecisionLog log)
{
    private readonly Dictionary<ThreadIdentity, (string Name, DomainKind Kind)> _known = [];
    private readonly Dictionary<ThreadIdentity, BoostState> _boosts = [];
    private (SplitState State, SplitForm Form) _told;

    /// <summary>VMs that have come and gone.</summary>
    /// <param name="vms">Those that are here.</param>
    /// <param name="priority">For the log; null: only the history has it.</param>
    public void TellVms(IReadOnlyList<ObservedVm> vms, LogPriority? priority)
    {
        var present = vms.Select(vm => vm.Vm.Process).ToHashSet();
        foreach (var (process, known) in _known)
        {
            if (present.Contains(process)) continue;
            log.Tell(DecisionKind.Vm, known.Name, "has gone", priority);
            _known.Remove(process);
        }
        foreach (var vm in vms)
            if (_known.TryAdd(vm.Vm.Process, (vm.Vm.Name, DomainKind.Unmarked)))
                log.Tell(DecisionKind.Vm, vm.Vm.Name, $"is here: process {vm.Vm.Process.Tid}, "
                    + Names.Count(vm.Vm.Vcpus, "vCPU"),
                    priority);
    }

    /// <summary>VMs that are taken for something else.</summary>
    /// <param name="vms">Those that are here.</param>
    /// <param name="priority">For the log; null: only the history has it.</param>
    public void TellClasses(IReadOnlyList<ObservedVm> vms, LogPriority? priority)
    {
        foreach (var vm in vms)
        {
            var (name, before) = _known[vm.Vm.Process];
            if (vm.Kind == before) continue;
            _known[vm.Vm.Process] = (name, vm.Kind);
            log.Tell(DecisionKind.Class, name, $"{Names.Of(vm.Kind)}, was {Names.Of(before)}: "
                + (vm.Word != null ? "the operator says so" : $"as measured, {vm.Confidence}% sure"), priority);
        }
    }

    /// <summary>vCPUs that are bound to another NUMA node from now on.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="done">Is it applied?</param>
    /// <param name="priority">For the log; null: only the history has it.</param>
    /// <returns>How many they are.</returns>
    public int TellMoves(Plan plan, bool done, LogPriority? priority)
    {
        if (plan.Moves.Count == 0) return 0;
        var bound = plan.Lines.Where(l => l.Node != null).Select(l => l.Thread.Thread).ToHashSet();
        var moves = plan.Moves.Where(m => bound.Contains(m.Thread)).ToList();
        foreach (var m in moves)
            log.Tell(DecisionKind.Migrated, m.Vm, $"{(done ? "" : "would be: ")}vCPU {m.Vcpu} belongs on node {m.To}, "
                + $"was on {m.From}: {Names.Of(m.Reason)}", priority);
        return moves.Count;
    }

    /// <summary>The split, if it has changed.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="period">How long the period was that it was made of.</param>
    /// <param name="done">Is it applied?</param>
    /// <param name="priority">For the log; null: only the history has it.</param>
    public void TellSplit(Plan plan, Duration period, bool done, LogPriority? priority)
    {
        // Whether somebody waits just now, and is measured, may change with every breath.
        var state = plan.Verdict.State == SplitState.Comparing ? SplitState.Calm : plan.Verdict.State;
        var now = (state, plan.Verdict.Form);
        if (!plan.Regrouped && now == _told) return;
        _told = now;
        var load = string.Create(CultureInfo.InvariantCulture, $"latency-sensitive load "
            + $"{plan.EstimatedIo / (decimal)period.Ns:0.00} pCPUs, computing "
            + $"{plan.EstimatedCpu / (decimal)period.Ns:0.00}");
        var split = plan.Sp.IsEmpty || plan.Lp.IsEmpty ? "one group, nothing to keep apart"
            : !plan.Split ? "everybody everywhere"
            : $"short slices on pCPUs {plan.Sp}, long ones on {plan.Lp}"
                + (plan.Lent ? ", the short ones lent" : "");
        var why = SplitWords.Of(plan.Verdict) is { } words ? $": {words}" : "";
        log.Tell(DecisionKind.Split, "", $"{(done ? "" : "would be: ")}{split}{why}; {load}", priority);
    }

    /// <summary>Boosts that begin, end, or cannot be had.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="done">Is it applied?</param>
    /// <param name="priority">For the log; null: only the history has it.</param>
    public void TellBoosts(Plan plan, bool done, LogPriority? priority)
    {
        foreach (var vm in plan.Boosts)
        {
            // One that waits may be boosted in the next period, or be calm again: it is told what comes of it.
            if (vm.State == BoostState.Waiting) continue;
            var before = _boosts.GetValueOrDefault(vm.Process);
            if (vm.State == before) continue;
            _boosts[vm.Process] = vm.State;
            log.Tell(DecisionKind.Boost, vm.Vm, (done ? "" : "would be: ") + vm.State switch
            {
                BoostState.Boosted => "boosted: it is kept waiting while others want pCPUs",
                BoostState.Narrow => "not boosted: it may not use every pCPU, or not all are the agent's",
                BoostState.NoRoom => "not boosted: other boosts have reserved all that may be",
                BoostState.Refused => "not boosted for a while: the kernel would not, or let a boosted thread wait",
                _ => "not boosted: "
                    + (before == BoostState.Boosted ? "nobody else wants a pCPU" : "it need not be"),
            }, priority);
        }
        if (_boosts.Count <= plan.Boosts.Count) return;
        foreach (var process in _boosts.Keys)
            if (!plan.Boosts.Any(b => b.Process == process)) _boosts.Remove(process);
    }
}
