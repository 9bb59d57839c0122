using Flms.Agent.Discovery;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>Applies plans, period by period: within the pace, and telling what became of it.</summary>
/// <param name="lever">Changes threads.</param>
/// <param name="rounds">Puts them back.</param>
/// <param name="log">Told of decisions.</param>
/// <param name="rules">How fast things may be changed.</param>
public sealed class Placement(Lever lever, Rounds rounds, DecisionLog log, PaceRules rules)
{
    // Of threads that are as the plan wants them, an eighth is looked at again each period: has somebody else changed
    // them?
    private const int Turns = 8;

    private const string Full = " (other DEADLINE threads have reserved all that may be; if there are none, the "
        + "kernel has not given back what killed ones had, and counts anew once sysctl kernel.sched_rt_runtime_us is "
        + "written the value that it has)";

    private readonly Pace _pace = new(rules);
    private readonly Dictionary<ThreadIdentity, (CpuMask Cpus, CpuMask Allowed, Duration? Slice)> _asWanted = [];
    private int _turn;

    /// <summary>How changes ended.</summary>
    public AgentCounts Counts { get; } = new();

    /// <summary>How fast things may be changed.</summary>
    public PaceRules Rules
    {
        get => _pace.Rules;
        set => _pace.Rules = value;
    }

    /// <summary>Forgets threads that have ended.</summary>
    public void Forget(Func<ThreadIdentity, bool> present)
    {
        _pace.Keep(present);
        lever.Forget(present);
        foreach (var thread in _asWanted.Keys)
            if (!present(thread)) _asWanted.Remove(thread);
    }

    /// <summary>Gives threads what the plan wants, as many as the pace allows.</summary>
    /// <returns>Why nothing more may be changed; null if it may.</returns>
    public string? Apply(Plan plan, Instant now)
    {
        var changed = 0;
        _turn = (_turn + 1) % Turns;
        for (var i = 0; i < plan.Lines.Count; i++)
        {
            var line = plan.Lines[i];
            var id = line.Thread.Thread;
            if (IsAsWanted(line) && (id.Tid + _turn) % Turns != 0) continue;
            // A budget follows its VM's share period by period: that moves nobody.
            var adjusts = line.Boost != null && lever.IsBoosted(id);
            if (line.Cpus == null || (!adjusts && !_pace.Allows(id, now))) continue;
            var outcome = lever.Apply(line);
            if (line.Boost == null && outcome is (LeverOutcome.Unchanged or LeverOutcome.Changed))
                _asWanted[id] = (line.Cpus, line.Thread.Allowed, line.Slice);
            else _asWanted.Remove(id);
            if (!adjusts || outcome != LeverOutcome.Changed) _pace.Ended(id, outcome, now);
            if (outcome == LeverOutcome.Unchanged) continue;
            Counts.Add(outcome, lever.LastError);
            if (outcome == LeverOutcome.Changed && !adjusts) Counts.Moved(line.Reason);
            if (outcome == LeverOutcome.TakenOver)
                log.Tell(DecisionKind.TakenOver, line.Thread.Vm, $"{line.Thread.What}: somebody else has changed it; "
                    + "it is left to them", LogPriority.Notice);
            if (outcome == LeverOutcome.Failed)
                log.Tell(DecisionKind.Failed, line.Thread.Vm, $"{line.Thread.What}: {Errno.NameOf(lever.LastError)}"
                    + (line.Boost != null && lever.LastError == Errno.Busy ? Full : "") + "; trying again later",
                    LogPriority.Warning);
            if (outcome == LeverOutcome.NoJournal)
                return $"the journal cannot be written ({Errno.NameOf(lever.LastError)})";
            if (outcome == LeverOutcome.Changed && !adjusts && ++changed >= Rules.Budget) break;
        }
        if (changed > 0)
            log.Tell(DecisionKind.Placed, "", $"{Names.Count(changed, "thread")} put in place, {lever.Count} "
                + (lever.Count == 1 ? "is ours" : "are ours"));
        return null;
    }

    private bool IsAsWanted(PlanLine line) => line is { Boost: null, Cpus: { } cpus }
        && _asWanted.TryGetValue(line.Thread.Thread, out var last) && last.Slice == line.Slice
        && last.Cpus.SameAs(cpus) && last.Allowed.SameAs(line.Thread.Allowed);

    /// <summary>Puts back the threads that are ours and that the plan leaves alone: they are paused or ignored, or
    /// their control group has changed.</summary>
    public void PutBackExcluded(Plan plan, Instant now)
    {
        Dictionary<(string Vm, Exclusion Why), HashSet<ThreadIdentity>>? excluded = null;
        foreach (var line in plan.Lines)
        {
            var id = line.Thread.Thread;
            if (line.Reason != PlanReason.Excluded || !lever.IsOurs(id) || !_pace.Allows(id, now)) continue;
            excluded ??= [];
            var key = (line.Thread.Vm, line.Thread.Exclusion);
            if (!excluded.TryGetValue(key, out var threads)) excluded[key] = threads = [];
            threads.Add(id);
        }
        if (excluded == null) return;
        foreach (var ((vm, why), threads) in excluded)
        {
            PutBack(entry => threads.Contains(entry.Thread), vm, Names.Of(why));
            foreach (var thread in threads)
                if (lever.IsOurs(thread)) _pace.Ended(thread, LeverOutcome.Failed, now);
        }
    }

    /// <summary>Puts back what is ours of a process.</summary>
    /// <param name="process">The VM's process.</param>
    /// <param name="vm">The VM's name.</param>
    /// <param name="why">Why, in a word.</param>
    public LeverTally PutBack(ThreadIdentity process, string vm, string why) =>
        PutBack(entry => entry.Process == process, vm, why);

    /// <summary>Puts back everything that is ours.</summary>
    public LeverTally Release() => PutBack(null, "", null);

    private LeverTally PutBack(Func<JournalEntry, bool>? which, string vm, string? why)
    {
        _asWanted.Clear();
        var tally = rounds.Restore((_, outcome) => Counts.Add(outcome, lever.LastError), which);
        var back = tally[LeverOutcome.Changed] + tally[LeverOutcome.Unchanged];
        if (back > 0)
            log.Tell(DecisionKind.PutBack, vm, $"{Names.Count(back, "thread")} put back"
                + (why == null ? "" : $": {why}"));
        if (!tally.Fine)
            log.Tell(DecisionKind.Failed, vm, $"{tally[LeverOutcome.Failed]} threads could not be put back: "
                + string.Join(", ", tally.Errors.Keys.Select(Errno.NameOf)), LogPriority.Error);
        return tally;
    }
}
