using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Levers;

/// <summary>How a change of one thread ended.</summary>
public enum LeverOutcome : byte
{
    /// <summary>It was as it should be: nothing was written.</summary>
    Unchanged,

    /// <summary>It was changed.</summary>
    Changed,

    /// <summary>The thread is gone.</summary>
    Gone,

    /// <summary>Somebody else has changed it: it is theirs from now on.</summary>
    TakenOver,

    /// <summary>A call failed.</summary>
    Failed,

    /// <summary>The journal could not be written: nothing was changed.</summary>
    NoJournal,
}

/// <summary>Changes threads, and puts them back: the only place that does.</summary>
/// <remarks>
/// <para>The order of a change: is it still that thread? how is it now? is that how we left it (else it is somebody
/// else's, and left alone)? the journal; affinity; attributes, read anew and passed whole, since whatever is not passed
/// is reset; what the kernel made of it; the journal again. It may be killed between any two of these steps.</para>
/// <para>A slice that equals the kernel's default is put back as 0: written as a number it would be a slice of the
/// thread's own for ever (spec host-agent 0.5).</para>
/// </remarks>
/// <param name="files">The machine's files.</param>
/// <param name="calls">The kernel.</param>
/// <param name="journal">Where changes are noted.</param>
/// <param name="cpus">The machine's pCPUs.</param>
/// <param name="baseSliceNs">The kernel's default slice; 0 if it has no slices.</param>
public sealed class Lever(
    ISystemFiles files, ISchedCalls calls, IAppendFile journal, HostCpus cpus, ulong baseSliceNs)
{
    private readonly Dictionary<ThreadIdentity, JournalEntry> _ours = [];
    private readonly HashSet<ThreadIdentity> _lost = [];
    private readonly byte[] _text = new byte[1 << 10];

    /// <summary>The threads that are ours now, by process and thread.</summary>
    public IReadOnlyList<JournalEntry> Ours =>
        [.. _ours.Values.OrderBy(e => e.Process.Tid).ThenBy(e => e.Thread.Tid)];

    /// <summary>The error number of the last call that failed; positive, 0 for none.</summary>
    public int LastError { get; private set; }

    /// <summary>Is the thread ours?</summary>
    public bool IsOurs(ThreadIdentity thread) => _ours.ContainsKey(thread);

    /// <summary>Was it ours until somebody else changed it? It is not touched again.</summary>
    public bool IsLost(ThreadIdentity thread) => _lost.Contains(thread);

    /// <summary>Takes over what an agent before this one has changed.</summary>
    public void Adopt(Journal before)
    {
        foreach (var entry in before.Entries) _ours[entry.Thread] = entry;
    }

    /// <summary>Forgets threads that have ended.</summary>
    /// <param name="present">Is it known to be there? Of others the kernel is asked.</param>
    public void Forget(Func<ThreadIdentity, bool> present)
    {
        _lost.RemoveWhere(id => !present(id) && !IsAlive(id));
        foreach (var id in _ours.Keys.Where(id => !present(id) && !IsAlive(id)).ToList()) Gone(id);
    }

    /// <summary>Gives a thread what the plan wants.</summary>
    /// <param name="line">A line of a plan; one that wants nothing changes nothing.</param>
    public LeverOutcome Apply(PlanLine line)
    {
        var id = line.Thread.Thread;
        if (line.Cpus is not { IsEmpty: false } wanted || _lost.Contains(id)) return LeverOutcome.Unchanged;
        if (!IsAlive(id)) return Gone(id);
        var error = SchedState.Read(calls, id.Tid, cpus.Size, out var now);
        if (error < 0) return Fails(id, error);
        var known = _ours.GetValueOrDefault(id);
        var allowed = line.Thread.Allowed;
        if (known != null && !(known.OwnsCpus(now.Cpus, allowed) && known.OwnsSlice(now.Attributes)))
            return Lose(known, now, allowed);
        // At the last moment: it may have been bound or made real-time since the plan was made.
        if (!now.Attributes.IsFair || (known == null && !now.Cpus.SameAs(allowed))) return LeverOutcome.Unchanged;
        var slice = line.Slice is { } s && baseSliceNs > 0
            ? s.Ns == 0 ? baseSliceNs : (ulong)s.Ns : now.Attributes.RuntimeNs;
        var target = new SchedState(wanted, now.Attributes with { RuntimeNs = slice });
        if (now.SameAs(target)) return LeverOutcome.Unchanged;
        // The plan may be older than the cpuset: the next one will know it.
        if (!cpus.AllowedTo(files, $"/proc/{id.Tid}").SameAs(allowed)) return LeverOutcome.Unchanged;
        var entry = known ?? new(line.Thread.Process, id, now);
        if (Note(JournalKind.Intent, entry, target) < 0) return LeverOutcome.NoJournal;
        entry.Intended = target;
        _ours[id] = entry;
        error = Write(id.Tid, now, target);
        return error < 0 ? Fails(id, error) : Confirm(entry);
    }

    /// <summary>Puts a thread back as it was: affinity and slice, each if nobody else has changed it.</summary>
    /// <param name="entry">Which, and how it was.</param>
    /// <param name="allowed">What its cpuset and the online CPUs leave it now.</param>
    public LeverOutcome Restore(JournalEntry entry, CpuMask allowed)
    {
        var id = entry.Thread;
        if (!IsAlive(id)) return Gone(id);
        var error = SchedState.Read(calls, id.Tid, cpus.Size, out var now);
        if (error < 0) return Fails(id, error);
        var (ownsCpus, ownsSlice) = (entry.OwnsCpus(now.Cpus, allowed), entry.OwnsSlice(now.Attributes));
        var target = Released(entry, now, ownsCpus, ownsSlice);
        var changed = !now.SameAs(target);
        error = changed ? Write(id.Tid, now, target) : 0;
        if (error < 0) return Fails(id, error);
        Note(JournalKind.Over, entry, entry.Original);
        _ours.Remove(id);
        return !ownsCpus || !ownsSlice ? LeverOutcome.TakenOver
            : changed ? LeverOutcome.Changed : LeverOutcome.Unchanged;
    }

    /// <summary>Is a thread as the agent left it?</summary>
    /// <param name="entry">Which, and how it was left.</param>
    /// <param name="allowed">What its cpuset and the online CPUs leave it now.</param>
    public LeverOutcome Verify(JournalEntry entry, CpuMask allowed)
    {
        if (!IsAlive(entry.Thread)) return LeverOutcome.Gone;
        if (SchedState.Read(calls, entry.Thread.Tid, cpus.Size, out var now) is < 0 and var error)
        {
            LastError = -error;
            return Errno.IsGone(error) ? LeverOutcome.Gone : LeverOutcome.Failed;
        }
        return entry.Done is { } done && now.SameAs(done) ? LeverOutcome.Unchanged
            : entry.OwnsCpus(now.Cpus, allowed) && entry.OwnsSlice(now.Attributes) ? LeverOutcome.Changed
            : LeverOutcome.TakenOver;
    }

    // What is ours as it was, what is not as it is. Affinity whose CPUs are all offline reads as empty, and stays.
    private static SchedState Released(JournalEntry entry, in SchedState now, bool ownsCpus, bool ownsSlice) => new(
        ownsCpus && !entry.Original.Cpus.IsEmpty ? entry.Original.Cpus : now.Cpus,
        ownsSlice ? now.Attributes with { RuntimeNs = entry.Original.Attributes.RuntimeNs } : now.Attributes);

    private int Write(int tid, in SchedState now, in SchedState target)
    {
        if (!now.Cpus.SameAs(target.Cpus))
        {
            var error = calls.SetAffinity(tid, target.Cpus);
            if (error < 0) return error;
        }
        if (now.Attributes.RuntimeNs == target.Attributes.RuntimeNs) return 0;
        var attributes = target.Attributes;
        if (attributes.RuntimeNs == baseSliceNs) attributes.RuntimeNs = 0;
        return calls.SetAttributes(tid, attributes);
    }

    // The cpuset may have taken CPUs off, and the kernel keeps slices between bounds of its own.
    private LeverOutcome Confirm(JournalEntry entry)
    {
        var error = SchedState.Read(calls, entry.Thread.Tid, cpus.Size, out var now);
        if (error < 0) return Fails(entry.Thread, error);
        entry.Done = now;
        Note(JournalKind.Done, entry, now);
        return LeverOutcome.Changed;
    }

    private int Note(JournalKind kind, JournalEntry entry, in SchedState state)
    {
        var error = journal.Append(JournalText.Line(new(kind, entry.Process, entry.Thread, entry.Original, state)));
        if (error < 0) LastError = -error;
        return error;
    }

    private bool IsAlive(ThreadIdentity id)
    {
        var n = files.ReadOnce($"/proc/{id.Tid}/stat", _text);
        return n > 0 && ProcText.TryStat(_text.AsSpan(0, n), out var stat) && stat.Started == id.Started
            && stat.State is not ('Z' or 'X');
    }

    private LeverOutcome Fails(ThreadIdentity id, int error)
    {
        if (Errno.IsGone(error)) return Gone(id);
        LastError = -error;
        return LeverOutcome.Failed;
    }

    private LeverOutcome Gone(ThreadIdentity id)
    {
        if (_ours.Remove(id, out var entry)) Note(JournalKind.Over, entry, entry.Original);
        return LeverOutcome.Gone;
    }

    private LeverOutcome Lose(JournalEntry entry, in SchedState now, CpuMask allowed)
    {
        // What nobody else has changed is given back, so that nothing of ours stays behind.
        var target = Released(entry, now, entry.OwnsCpus(now.Cpus, allowed), entry.OwnsSlice(now.Attributes));
        if (!now.SameAs(target) && Write(entry.Thread.Tid, now, target) is < 0 and var error) LastError = -error;
        Note(JournalKind.Over, entry, entry.Original);
        _ours.Remove(entry.Thread);
        _lost.Add(entry.Thread);
        return LeverOutcome.TakenOver;
    }
}
