using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Levers;

/// <summary>What the agent has changed on this host, and how it was before: enough to put it all back, whoever
/// died.</summary>
/// <remarks>It lies in <c>/run</c>, which is gone with the boot, as is what it describes. A record is written before
/// its change is made; a change whose record could not be written is not made.</remarks>
public sealed class Journal
{
    private readonly Dictionary<ThreadIdentity, JournalEntry> _entries = [];

    private Journal(string boot, ulong baseSliceNs) => (Boot, BaseSliceNs) = (boot, baseSliceNs);

    /// <summary>Of which boot of the machine it tells.</summary>
    public string Boot { get; }

    /// <summary>The kernel's default slice in ns: whose slice was that, had none of its own.</summary>
    public ulong BaseSliceNs { get; }

    /// <summary>Lines that were not whole.</summary>
    public int Broken { get; private set; }

    /// <summary>The threads that are still ours, by process and thread.</summary>
    public IReadOnlyList<JournalEntry> Entries =>
        [.. _entries.Values.OrderBy(e => e.Process.Tid).ThenBy(e => e.Thread.Tid)];

    /// <summary>Reads a journal.</summary>
    /// <param name="text">All of it.</param>
    /// <param name="size">Of masks.</param>
    /// <returns>Null if it is none.</returns>
    public static Journal? Read(string text, int size)
    {
        Journal? journal = null;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (journal == null)
            {
                if (JournalText.TryHead(line, out var boot, out var slice)) journal = new(boot, slice);
                continue;
            }
            if (JournalText.TryLine(line, size, out var record)) journal.Take(record!);
            // Every agent that goes on with it writes a head.
            else if (!JournalText.TryHead(line, out _, out _)) journal.Broken++;
        }
        return journal;
    }

    private void Take(JournalRecord record)
    {
        if (record.Kind == JournalKind.Over)
        {
            _entries.Remove(record.Thread);
            return;
        }
        if (!_entries.TryGetValue(record.Thread, out var entry))
            _entries[record.Thread] = entry = new(record.Process, record.Thread, record.Original);
        if (record.Kind == JournalKind.Intent) entry.Intended = record.State;
        else entry.Done = record.State;
    }
}
