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
/// else's, and left alone)? the journal; affinity; attributes, passed whole, since whatever is not passed is reset;
/// what the kernel made of it; the journal again. It may be killed between any two of these steps, and any of them may
/// fail: then it is not known what the thread has, and that is found out and noted before anything else is intended
/// (<see cref="Settle"/>), since a journal that knew only the intents of two changes that both failed would not know
/// the thread's affinity for ours.</para>
/// <para>A boosted thread must be allowed on every pCPU for as long as it is boosted, so a boost that ends does so
/// before the affinity changes. A thread that is asleep is first left next to nothing, for the reason that
/// <see cref="Reservation.Parting"/> tells.</para>
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
    private readonly HashSet<ThreadIdentity> _refused = []; // the kernel would not boost them
    private readonly byte[] _text = new byte[1 << 10];
    private readonly CpuMask _seen = new(cpus.Size);
    private Duration _pastBeats; // what metronomes and tickers have used that are not there any more

    /// <summary>The threads that are ours now, by process and thread.</summary>
    public IReadOnlyList<JournalEntry> Ours =>
        [.. _ours.Values.OrderBy(e => e.Process.Tid).ThenBy(e => e.Thread.Tid)];

    /// <summary>How many they are.</summary>
    public int Count => _ours.Count;

    /// <summary>The error number of the last call that failed; positive, 0 for none.</summary>
    public int LastError { get; private set; }

    /// <summary>Sees to the budgets of busy boosted threads; null for the kernel's tick alone.</summary>
    public Metronome? Metronome
    {
        get;
        set => (_pastBeats, field) = (_pastBeats + (field?.OwnCpu ?? Duration.Zero), value);
    }

    /// <summary>Lets the kernel choose more often; null for none.</summary>
    public Ticker? Ticker
    {
        get;
        set => (_pastBeats, field) = (_pastBeats + (field?.OwnCpu ?? Duration.Zero), value);
    }

    /// <summary>CPU time that metronome and ticker have used, and those before them.</summary>
    public Duration BeatCpu =>
        _pastBeats + (Metronome?.OwnCpu ?? Duration.Zero) + (Ticker?.OwnCpu ?? Duration.Zero);

    /// <summary>How often a thread has been given a budget, or another one.</summary>
    public long Boosts { get; private set; }

    /// <summary>How often a boost has ended.</summary>
    public long BoostsEnded { get; private set; }

    /// <summary>Has the kernel refused to boost the thread when that was last tried?</summary>
    public bool IsRefused(ThreadIdentity thread) => _refused.Contains(thread);

    /// <summary>Is the thread boosted, by us?</summary>
    public bool IsBoosted(ThreadIdentity thread) =>
        _ours.GetValueOrDefault(thread)?.Done is { Attributes.IsDeadline: true };

    /// <summary>Is the thread ours?</summary>
    public bool IsOurs(ThreadIdentity thread) => _ours.ContainsKey(thread);

    /// <summary>Was it ours until somebody else changed it? It is not touched again.</summary>
    public bool IsLost(ThreadIdentity thread) => _lost.Contains(thread);

    /// <summary>How many threads somebody else has taken over.</summary>
    public int Lost => _lost.Count;

    /// <summary>Threads that somebody else has taken over may be changed again: the operator says so.</summary>
    /// <returns>How many that were.</returns>
    public int Forgive(Func<ThreadIdentity, bool> which) => _lost.RemoveWhere(id => which(id));

    /// <summary>Takes over what an agent before this one has changed.</summary>
    public void Adopt(Journal before)
    {
        foreach (var entry in before.Entries) _ours[entry.Thread] = entry;
    }

    /// <summary>Forgets threads that have ended.</summary>
    /// <param name="present">Is it known to be there? Of others the kernel is asked.</param>
    public void Forget(Func<ThreadIdentity, bool> present)
    {
        _lost.RemoveWhere(id => !present(id) && IsGone(id));
        _refused.RemoveWhere(id => !present(id) && IsGone(id));
        foreach (var id in _ours.Keys)
            if (!present(id) && IsGone(id)) Gone(id);
    }

    /// <summary>Gives a thread what the plan wants.</summary>
    /// <param name="line">A line of a plan; one that wants nothing changes nothing.</param>
    public LeverOutcome Apply(PlanLine line)
    {
        var id = line.Thread.Thread;
        if (line.Cpus is not { IsEmpty: false } wanted || _lost.Contains(id)) return LeverOutcome.Unchanged;
        if (line.Boost == null && IsAsWanted(line, wanted)) return LeverOutcome.Unchanged;
        var error = Find(id);
        if (error < 0) return Fails(id, error);
        var known = _ours.GetValueOrDefault(id);
        var allowed = line.Thread.Allowed;
        error = Read(id.Tid, known, allowed, out var now);
        if (error < 0) return Fails(id, error);
        if (known != null && !(known.OwnsCpus(now.Cpus, allowed) && known.OwnsAttributes(now.Attributes)))
            return IsAsPlanned(id, allowed) ? Lose(known, now, allowed) : LeverOutcome.Unchanged;
        // At the last moment: it may have been bound or made real-time since the plan was made.
        if (known == null && !(now.Attributes.IsFair && now.Cpus.SameAs(allowed))) return LeverOutcome.Unchanged;
        if (line.Boost == null) _refused.Remove(id);
        if (known is { Confirmed: false })
        {
            if (!IsAsPlanned(id, allowed)) return LeverOutcome.Unchanged;
            error = Settle(known, ref now, allowed, out var noted);
            if (error < 0) return noted ? Fails(id, error) : LeverOutcome.NoJournal;
        }
        var target = new SchedState(wanted, TargetOf(line, known?.Original.Attributes, now.Attributes));
        // A cpuset that has nothing of what we gave it hides that, and would show it again.
        var hidden = known?.Done is { } last && !last.Cpus.SameAs(target.Cpus);
        if (now.SameAs(target) && !hidden)
        {
            if (line.Boost is { } same) Follow(id.Tid, same);
            return LeverOutcome.Unchanged;
        }
        if (!IsAsPlanned(id, allowed)) return LeverOutcome.Unchanged;
        var entry = known ?? new(line.Thread.Process, id, now);
        if (Note(JournalKind.Intent, entry, target) < 0) return LeverOutcome.NoJournal;
        entry.Intended = target;
        _ours[id] = entry;
        error = Write(id.Tid, now, target, allowed, hidden);
        if (line.Boost is { } boost) Tell(id, boost, error);
        return error < 0 ? Fails(id, error) : Confirm(entry);
    }

    // Most threads are, in most periods: two calls, and nothing is allocated. If the number is another thread's by now,
    // that is as the plan wants it, and is not touched either.
    private bool IsAsWanted(PlanLine line, CpuMask wanted)
    {
        var (id, known) = (line.Thread.Thread, _ours.GetValueOrDefault(line.Thread.Thread));
        if (known != null && !(known is { Confirmed: true, Done: { } done } && done.Cpus.SameAs(wanted))) return false;
        if (calls.GetAffinity(id.Tid, _seen) < 0 || !_seen.SameAs(wanted)) return false;
        if (calls.GetAttributes(id.Tid, out var now) < 0 || !now.IsFair) return false;
        if (known == null ? !wanted.SameAs(line.Thread.Allowed) : !known.OwnsAttributes(now)) return false;
        if (!now.SameAs(TargetOf(line, known?.Original.Attributes, now))) return false;
        _refused.Remove(id);
        return true;
    }

    private void Tell(ThreadIdentity id, in Reservation boost, int error)
    {
        if (error == 0)
        {
            Boosts++;
            _refused.Remove(id);
            Follow(id.Tid, boost);
        }
        else if (!Errno.IsGone(error)) _refused.Add(id);
    }

    private void Follow(int tid, in Reservation boost)
    {
        if (boost.Paced) Metronome?.Follow(tid, boost.Attributes);
        else Metronome?.Drop(tid);
    }

    private SchedAttributes TargetOf(PlanLine line, SchedAttributes? original, in SchedAttributes now)
    {
        if (line.Boost is { } boost) return boost.Attributes;
        var fair = now.IsFair || original is not { } before ? now : before;
        if (line.Slice is not { } slice || baseSliceNs == 0) return fair;
        return fair with { RuntimeNs = slice.Ns == 0 ? baseSliceNs : (ulong)slice.Ns };
    }

    /// <summary>Puts a thread back as it was: affinity, and slice and policy, each if nobody else has changed
    /// it.</summary>
    /// <param name="entry">Which, and how it was.</param>
    /// <param name="allowed">What its cpuset and the online CPUs leave it now.</param>
    public LeverOutcome Restore(JournalEntry entry, CpuMask allowed)
    {
        var id = entry.Thread;
        var error = Find(id);
        if (error < 0) return Fails(id, error);
        error = Read(id.Tid, entry, allowed, out var now);
        if (error < 0) return Fails(id, error);
        var (ownsCpus, ownsRest) = (entry.OwnsCpus(now.Cpus, allowed), entry.OwnsAttributes(now.Attributes));
        var target = Released(entry, now, allowed, ownsCpus, ownsRest);
        var hidden = ownsCpus && entry.MayBeNarrow(allowed);
        var changed = !now.SameAs(target) || hidden;
        error = changed ? Write(id.Tid, now, target, allowed, hidden) : 0;
        if (error < 0) return Fails(id, error);
        Note(JournalKind.Over, entry, entry.Original);
        _ours.Remove(id);
        return !ownsCpus || !ownsRest ? LeverOutcome.TakenOver
            : changed ? LeverOutcome.Changed : LeverOutcome.Unchanged;
    }

    /// <summary>Is a thread as the agent left it?</summary>
    /// <param name="entry">Which, and how it was left.</param>
    /// <param name="allowed">What its cpuset and the online CPUs leave it now.</param>
    public LeverOutcome Verify(JournalEntry entry, CpuMask allowed)
    {
        var error = Find(entry.Thread);
        var now = default(SchedState);
        if (error == 0) error = Read(entry.Thread.Tid, entry, allowed, out now);
        if (error < 0)
        {
            LastError = -error;
            return Errno.IsGone(error) ? LeverOutcome.Gone : LeverOutcome.Failed;
        }
        return entry is { Confirmed: true, Done: { } done } && now.SameAs(done) ? LeverOutcome.Unchanged
            : entry.OwnsCpus(now.Cpus, allowed) && entry.OwnsAttributes(now.Attributes) ? LeverOutcome.Changed
            : LeverOutcome.TakenOver;
    }

    // What is ours as it was, what is not as it is. Only threads that nobody had bound are ever ours, so as they were
    // is wherever they may run now. A nice that somebody has set stays; that of a boosted thread cannot be seen.
    private static SchedState Released(
        JournalEntry entry, in SchedState now, CpuMask allowed, bool ownsCpus, bool ownsRest)
    {
        var original = entry.Original.Attributes;
        return new(ownsCpus && !allowed.IsEmpty ? allowed : now.Cpus,
            !ownsRest ? now.Attributes
            : now.Attributes.IsFair ? now.Attributes with { RuntimeNs = original.RuntimeNs } : original);
    }

    // Who may run wherever it is allowed is bound to nothing, so that it can follow its cpuset should that grow. The
    // affinity is written even if it is as it should be, where one of ours may be hidden by the cpuset.
    private int Write(int tid, in SchedState now, in SchedState target, CpuMask allowed, bool hidden = false)
    {
        Metronome?.Drop(tid);
        var error = 0;
        var ends = now.Attributes.IsDeadline && !target.Attributes.IsDeadline;
        if (ends) error = EndBoost(tid, now.Attributes, target.Attributes);
        if (error == 0 && (hidden || !now.Cpus.SameAs(target.Cpus)))
            error = calls.SetAffinity(tid, target.Cpus.SameAs(allowed) ? cpus.Unbound : target.Cpus);
        if (error < 0 || ends || now.Attributes.SameAs(target.Attributes)) return error;
        return SetAttributes(tid, target.Attributes);
    }

    private int SetAttributes(int tid, SchedAttributes attributes)
    {
        if (attributes.IsFair && attributes.RuntimeNs == baseSliceNs) attributes.RuntimeNs = 0;
        return calls.SetAttributes(tid, attributes);
    }

    private int EndBoost(int tid, in SchedAttributes now, in SchedAttributes target)
    {
        // Awake, it would be kept waiting for what it owes; and of who is awake the kernel forgets nothing.
        var parted = IsAsleep(tid) && calls.SetAttributes(tid, Reservation.Parting) == 0;
        var error = SetAttributes(tid, target);
        if (error == 0) BoostsEnded++;
        else if (parted && !now.SameAs(Reservation.Parting)) calls.SetAttributes(tid, now);
        return error;
    }

    // A CPU that is about to go offline, or has just come online, is missing for some milliseconds from what the
    // kernel's call tells of an affinity, though it is online; /proc tells the affinity as it was set.
    private int Read(int tid, JournalEntry? known, CpuMask allowed, out SchedState now)
    {
        var error = SchedState.Read(calls, tid, cpus.Size, out now);
        if (error == 0 && known?.OwnsCpus(now.Cpus, allowed) == false && cpus.BoundTo(files, $"/proc/{tid}") is { } set
            && known.OwnsCpus(set, allowed)) now = now with { Cpus = set };
        return error;
    }

    // The kernel keeps slices between bounds of its own. The cpuset may have taken CPUs off, and show them again.
    private LeverOutcome Confirm(JournalEntry entry)
    {
        var error = SchedState.Read(calls, entry.Thread.Tid, cpus.Size, out var now);
        if (error < 0) return Fails(entry.Thread, error);
        entry.Done = now with { Cpus = entry.Intended!.Value.Cpus };
        Note(JournalKind.Done, entry, entry.Done.Value);
        return LeverOutcome.Changed;
    }

    // The last change was not confirmed: whatever the thread has now, all of it ours, is what was done. Where a cpuset
    // shows the same of two affinities, nobody can tell which it is, so it is bound to nothing for a moment.
    private int Settle(JournalEntry entry, ref SchedState now, CpuMask allowed, out bool noted)
    {
        noted = true;
        var set = entry.Shown(now.Cpus, allowed);
        if (set == null)
        {
            var error = calls.SetAffinity(entry.Thread.Tid, cpus.Unbound);
            if (error < 0) return error;
            now = now with { Cpus = allowed };
        }
        var state = now with { Cpus = set ?? allowed };
        var failed = Note(JournalKind.Done, entry, state);
        noted = failed == 0;
        if (noted) entry.Done = state;
        return failed;
    }

    private int Note(JournalKind kind, JournalEntry entry, in SchedState state)
    {
        var error = journal.Append(JournalText.Line(new(kind, entry.Process, entry.Thread, entry.Original, state)));
        if (error < 0) LastError = -error;
        return error;
    }

    // A plan may be older than the cpuset: the next one will know it.
    private bool IsAsPlanned(ThreadIdentity id, CpuMask allowed) =>
        cpus.AllowedTo(files, $"/proc/{id.Tid}").SameAs(allowed);

    private bool IsGone(ThreadIdentity id) => Errno.IsGone(Find(id));

    // 0 if it is there; the error of one that is gone; or another error, which says nothing about it.
    private int Find(ThreadIdentity id)
    {
        var error = Stat(id.Tid, out var stat);
        return error < 0 ? error
            : stat.Started == id.Started && stat.State is not ('Z' or 'X') ? 0 : -Errno.NoProcess;
    }

    private bool IsAsleep(int tid) => Stat(tid, out var stat) == 0 && stat.State is ('S' or 'D');

    private int Stat(int tid, out StatLine stat)
    {
        var n = files.ReadOnce($"/proc/{tid}/stat", _text);
        stat = default;
        return n < 0 ? n : ProcText.TryStat(_text.AsSpan(0, n), out stat) ? 0 : -Errno.InputOutput;
    }

    private LeverOutcome Fails(ThreadIdentity id, int error)
    {
        if (Errno.IsGone(error)) return Gone(id);
        LastError = -error;
        return LeverOutcome.Failed;
    }

    private LeverOutcome Gone(ThreadIdentity id)
    {
        Metronome?.Drop(id.Tid);
        if (_ours.Remove(id, out var entry)) Note(JournalKind.Over, entry, entry.Original);
        return LeverOutcome.Gone;
    }

    private LeverOutcome Lose(JournalEntry entry, in SchedState now, CpuMask allowed)
    {
        // What nobody else has changed is given back, so that nothing of ours stays behind.
        var ownsCpus = entry.OwnsCpus(now.Cpus, allowed);
        var target = Released(entry, now, allowed, ownsCpus, entry.OwnsAttributes(now.Attributes));
        var hidden = ownsCpus && entry.MayBeNarrow(allowed);
        var error = now.SameAs(target) && !hidden ? 0 : Write(entry.Thread.Tid, now, target, allowed, hidden);
        if (error < 0) return Fails(entry.Thread, error);
        Note(JournalKind.Over, entry, entry.Original);
        _ours.Remove(entry.Thread);
        _lost.Add(entry.Thread);
        return LeverOutcome.TakenOver;
    }
}
