using Flms.Agent.Host;
using Flms.Agent.Linux;
using Flms.Agent.Plans;

namespace Flms.Agent.Levers;

/// <summary>Rounds over many threads: a plan applied, a host put back, a host checked.</summary>
/// <remarks>One thread that fails does not keep the others from their turn.</remarks>
/// <param name="files">The machine's files.</param>
/// <param name="cpus">The machine's pCPUs.</param>
/// <param name="lever">What changes the threads.</param>
public sealed class Rounds(ISystemFiles files, HostCpus cpus, Lever lever)
{
    /// <summary>Gives every thread what the plan wants.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="told">Told of each line, and how it ended.</param>
    public LeverTally Apply(Plan plan, Action<PlanLine, LeverOutcome>? told = null)
    {
        var tally = new LeverTally();
        foreach (var line in plan.Lines)
        {
            var outcome = lever.Apply(line);
            tally.Add(outcome, lever.LastError);
            told?.Invoke(line, outcome);
            // Without a journal nothing more may be changed.
            if (outcome == LeverOutcome.NoJournal) break;
        }
        return tally;
    }

    /// <summary>Puts every thread that is ours back as it was.</summary>
    /// <param name="told">Told of each, and how it ended.</param>
    /// <param name="which">Only of these; null for all.</param>
    public LeverTally Restore(
        Action<JournalEntry, LeverOutcome>? told = null, Func<JournalEntry, bool>? which = null) =>
        Each(entry => lever.Restore(entry, Allowed(entry)), told, which);

    /// <summary>Says of every thread that is ours whether it is as it was left: Unchanged if so, Changed if a cpuset or
    /// a CPU that went offline hides some of it or a change was cut short, TakenOver if somebody else has changed it.
    /// Writes nothing.</summary>
    /// <param name="told">Told of each, and how it ended.</param>
    public LeverTally Verify(Action<JournalEntry, LeverOutcome>? told = null) =>
        Each(entry => lever.Verify(entry, Allowed(entry)), told);

    private LeverTally Each(Func<JournalEntry, LeverOutcome> act, Action<JournalEntry, LeverOutcome>? told,
        Func<JournalEntry, bool>? which = null)
    {
        var tally = new LeverTally();
        foreach (var entry in lever.Ours)
        {
            if (which != null && !which(entry)) continue;
            var outcome = act(entry);
            tally.Add(outcome, lever.LastError);
            told?.Invoke(entry, outcome);
        }
        return tally;
    }

    private Core.CpuMask Allowed(JournalEntry entry) => cpus.AllowedTo(files, $"/proc/{entry.Thread.Tid}");
}
