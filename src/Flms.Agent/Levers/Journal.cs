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

/// <summary>A thread that the journal says is ours.</summary>
/// <param name="process">Its VM's process.</param>
/// <param name="thread">Which.</param>
/// <param name="original">How it was.</param>
public sealed class JournalEntry(ThreadIdentity process, ThreadIdentity thread, SchedState original)
{
    /// <summary>Its VM's process.</summary>
    public ThreadIdentity Process { get; } = process;

    /// <summary>Which thread.</summary>
    public ThreadIdentity Thread { get; } = thread;

    /// <summary>How it was before the agent first touched it.</summary>
    public SchedState Original { get; } = original;

    /// <summary>What it was last to be given; null for nothing.</summary>
    public SchedState? Intended { get; set; }

    /// <summary>What it was last given; null for nothing yet.</summary>
    public SchedState? Done { get; set; }

    /// <summary>Is the affinity one that the agent gave it, or its original one?</summary>
    /// <remarks>A change takes several steps and the agent may have died between any two, so it may be the original,
    /// the last that was done, or the last that was intended. The kernel shows of it only what the cpuset and the
    /// online CPUs leave: all that they leave, or nothing, if that is none of it.</remarks>
    /// <param name="now">As it is.</param>
    /// <param name="allowed">What cpuset and online CPUs leave now.</param>
    public bool OwnsCpus(CpuMask now, CpuMask allowed) => Shows(Original.Cpus, now, allowed)
        || Done is { } done && Shows(done.Cpus, now, allowed)
        || Intended is { } next && Shows(next.Cpus, now, allowed);

    /// <summary>Is the slice one that the agent gave it, or its original one?</summary>
    /// <param name="now">As it is.</param>
    public bool OwnsSlice(in SchedAttributes now) => now.Policy == Original.Attributes.Policy
        && (now.RuntimeNs == Original.Attributes.RuntimeNs || now.RuntimeNs == Done?.Attributes.RuntimeNs
            || now.RuntimeNs == Intended?.Attributes.RuntimeNs);

    private static bool Shows(CpuMask set, CpuMask now, CpuMask allowed)
    {
        if (now.SameAs(set)) return true;
        var left = CpuMask.Copy(set);
        left.IntersectWith(allowed);
        return left.IsEmpty ? now.IsEmpty || now.SameAs(allowed) : now.SameAs(left);
    }
}
