using Flms.Agent.Classes;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>A running agent, one period at a time: look, sample, classify, plan, and in mode enforce: apply.</summary>
/// <remarks>No clock, no thread and no files of its own, so that a day of it is tested in a moment. It lets go of
/// everything and only observes from then on if it is itself too expensive, or the journal cannot be written (spec
/// host-agent 4.2, rule 8).</remarks>
/// <param name="settings">What the operator has set.</param>
/// <param name="observer">Watches the VMs.</param>
/// <param name="facts">What may be touched.</param>
/// <param name="planner">FLMS.</param>
/// <param name="lever">Changes threads.</param>
/// <param name="rounds">Puts them back.</param>
/// <param name="log">Told of each decision, a line.</param>
public sealed class AgentLoop(AgentSettings settings, Observer observer, PlanFacts facts, Planner planner, Lever lever,
    Rounds rounds, Action<string> log)
{
    private const int OverBudgetPeriods = 10;

    private readonly Pace _pace = new(settings.Pace);
    private Instant _last = Instant.Never;
    private Instant _scanned;
    private Duration _ownCpu;
    private int _overBudget;
    private bool _lent;

    /// <summary>What it may do now.</summary>
    public AgentMode Mode { get; private set; } = settings.Mode;

    /// <summary>The plan of the last period; null before the first.</summary>
    public Plan? Plan { get; private set; }

    /// <summary>What it has counted.</summary>
    public AgentCounts Counts { get; } = new();

    /// <summary>Watches the VMs.</summary>
    public Observer Observer => observer;

    /// <summary>How many threads are ours now.</summary>
    public int Ours => lever.Ours.Count;

    /// <summary>A period ends.</summary>
    /// <param name="now">The time, on a clock that only grows.</param>
    /// <param name="ownCpu">CPU time that the agent itself has used since it began.</param>
    public void Step(Instant now, Duration ownCpu)
    {
        // The metronome's is bounded by the kernel, and told of by itself.
        if (lever.Metronome is { } metronome) ownCpu -= metronome.OwnCpu;
        observer.Listen();
        if (_last == Instant.Never || observer.Stale || now - _scanned >= settings.Rescan) Scan(now);
        while (observer.TryTell(out var message)) log(message);
        observer.Step(now);
        if (_last != Instant.Never && now > _last)
        {
            var period = now - _last;
            var threads = facts.Of(observer, lever);
            Plan = planner.Next(period, threads);
            Counts.Periods++;
            Tell(Plan);
            if (Mode == AgentMode.Enforce) Apply(Plan, now);
            Watch(period, ownCpu - _ownCpu);
        }
        (_last, _ownCpu) = (now, ownCpu);
    }

    /// <summary>Puts everything back.</summary>
    public LeverTally Release() => rounds.Restore((_, outcome) => Counts.Add(outcome, lever.LastError));

    private void Scan(Instant now)
    {
        var error = observer.Rescan();
        if (error < 0)
        {
            Counts.ScanFaults++;
            log($"/proc cannot be read: {Errno.NameOf(error)}; going on with what is known");
        }
        _scanned = now;
        facts.Forget();
        var present = observer.Vms.SelectMany(vm => vm.Threads).Select(t => t.Thread.Id).ToHashSet();
        _pace.Keep(present.Contains);
        lever.Forget(present.Contains);
    }

    private void Tell(Plan plan)
    {
        if (plan.Regrouped) Counts.Regroups++;
        if (Mode == AgentMode.Observe || (!plan.Regrouped && plan.Lent == _lent)) return;
        _lent = plan.Lent;
        var does = Mode == AgentMode.Enforce ? "" : "would be: ";
        log($"{does}short slices on pCPUs {plan.Sp}, long ones on {plan.Lp}"
            + (plan.Lent ? ", the short ones lent while they are idle" : ""));
    }

    private void Apply(Plan plan, Instant now)
    {
        var changed = 0;
        foreach (var line in plan.Lines)
        {
            var id = line.Thread.Thread;
            if (line.Reason == PlanReason.Excluded && lever.IsOurs(id)) GiveBack(id);
            // A budget follows its VM's share period by period: that moves nobody.
            var adjusts = line.Boost != null && lever.IsBoosted(id);
            if (line.Cpus == null || (!adjusts && !_pace.Allows(id, now))) continue;
            var outcome = lever.Apply(line);
            if (!adjusts || outcome != LeverOutcome.Changed) _pace.Ended(id, outcome, now);
            if (outcome == LeverOutcome.Unchanged) continue;
            Counts.Add(outcome, lever.LastError);
            if (outcome == LeverOutcome.TakenOver)
                log($"{line.Thread.Vm} {line.Thread.What}: somebody else has changed it; it is left to them");
            if (outcome == LeverOutcome.Failed)
                log($"{line.Thread.Vm} {line.Thread.What}: {Errno.NameOf(lever.LastError)}; trying again later");
            if (outcome == LeverOutcome.NoJournal)
            {
                LetGo($"the journal cannot be written ({Errno.NameOf(lever.LastError)})");
                return;
            }
            if (outcome == LeverOutcome.Changed && !adjusts && ++changed >= settings.Pace.Budget) break;
        }
        if (changed > 0) log($"{changed} threads put in place, {lever.Ours.Count} are ours");
    }

    private void GiveBack(Discovery.ThreadIdentity id)
    {
        foreach (var entry in lever.Ours)
            if (entry.Thread == id) Counts.Add(rounds.Restore(entry), lever.LastError);
    }

    private void Watch(Duration period, Duration own)
    {
        var vcpus = observer.Vms.Sum(vm => vm.Vm.Vcpus);
        var allowed = settings.Pace.OwnCpu * (long)Math.Max(1, (vcpus + 99) / 100);
        _overBudget = (Int128)own.Ns * 1000 > (Int128)period.Ns * allowed ? _overBudget + 1 : 0;
        if (_overBudget >= OverBudgetPeriods && Mode != AgentMode.Observe)
            LetGo($"the agent itself used more than {allowed / 10m}% of a core for {OverBudgetPeriods} periods");
    }

    private void LetGo(string why)
    {
        log($"{why}: putting everything back, and only observing from now on");
        Release();
        Mode = AgentMode.Observe;
    }
}
