using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Guests;

/// <summary>Looks at the processes of a mixed VM's guest, says who belongs on its reserved vCPUs, and puts them
/// there.</summary>
/// <remarks>
/// <para>All processes belong on the other vCPUs; those that users created and that use very little CPU on the reserved
/// ones (<see cref="MixedGuest"/>, the rule of the simulated guest). A process moves with all its threads.</para>
/// <para><i>Left alone</i> are threads of the kernel, process 1, this process, and every process with a thread that is
/// real-time, bound, in a container, or was changed by somebody else after us: then the whole process is.</para>
/// <para><i>Inheritance.</i> A new process has its parent's affinity, and so may have one that was made here. It counts
/// as inherited if it is one of the two that are made here, the process began after <see cref="Begun"/>, and its parent
/// is ours or has ended. Without that such a process would look bound, and would stay so for ever.</para>
/// </remarks>
public sealed class GuestMonitor
{
    private readonly ISystemFiles _files;
    private readonly ISchedCalls _calls;
    private readonly HostCpus _cpus;
    private readonly ReservedVcpus _vcpus;
    private readonly GuestRules _rules;
    private readonly Lever _lever;
    private readonly IAppendFile _journal;
    private readonly PlanFacts _facts;
    private readonly CpuMask _now;
    private readonly byte[] _text = new byte[4 << 10];
    private readonly List<int> _pids = [], _tids = [];
    private Dictionary<ThreadIdentity, Known> _known = [];
    private readonly Dictionary<int, ThreadIdentity> _processes = [];
    private readonly HashSet<ThreadIdentity> _ours = []; // processes
    private readonly HashSet<ThreadIdentity> _seen = []; // threads, in this look
    private Instant _looked = Instant.Never;

    /// <summary>Nothing is read or changed yet.</summary>
    /// <param name="files">The guest's files.</param>
    /// <param name="calls">Its kernel.</param>
    /// <param name="cpus">Its vCPUs.</param>
    /// <param name="vcpus">Which of them are reserved.</param>
    /// <param name="rules">How to decide.</param>
    /// <param name="lever">Changes threads; it knows what was changed before.</param>
    /// <param name="journal">The lever's.</param>
    public GuestMonitor(ISystemFiles files, ISchedCalls calls, HostCpus cpus, ReservedVcpus vcpus, GuestRules rules,
        Lever lever, IAppendFile journal)
    {
        (_files, _calls, _cpus, _vcpus, _rules) = (files, calls, cpus, vcpus, rules);
        (_lever, _journal) = (lever, journal);
        _facts = new(files, calls, cpus, new FlmsOptions());
        _now = new(cpus.Size);
        foreach (var entry in lever.Ours) _ours.Add(entry.Process);
    }

    /// <summary>Who began later may have inherited an affinity of ours; in clock ticks since the guest booted. Default:
    /// nobody has.</summary>
    public long Begun { get; init; } = long.MaxValue;

    /// <summary>The number of this process, which is left alone.</summary>
    public int Self { get; init; } = Environment.ProcessId;

    private sealed record Known(long RanNs, bool Reserved, bool Lost);

    /// <summary>Reads all processes and decides.</summary>
    /// <param name="now">The time, by a clock that only grows.</param>
    /// <param name="sinceBoot">The same in clock ticks since the guest booted.</param>
    /// <returns>A line a process, in order of their numbers.</returns>
    public IReadOnlyList<GuestLine> Look(Instant now, long sinceBoot)
    {
        var lines = new List<GuestLine>();
        var next = new Dictionary<ThreadIdentity, Known>();
        var folder = _files.Open("/proc");
        if (folder < 0) return lines;
        _files.List(folder, _pids);
        _files.Close(folder);
        _pids.Sort();
        var processes = new List<GuestProcess>();
        _processes.Clear();
        foreach (var pid in _pids)
        {
            if (GuestProcess.Read(_files, pid, _text) is not { } process) continue;
            processes.Add(process);
            _processes[pid] = process.Id;
        }
        foreach (var process in processes)
        {
            var line = Line(process, now, sinceBoot);
            lines.Add(line);
            next[process.Id] = new(process.RanNs, line.Reserved, line.Exclusion == Exclusion.TakenOver);
        }
        (_known, _looked) = (next, now);
        _ours.RemoveWhere(p => !next.ContainsKey(p));
        _lever.Forget(thread => false);
        _facts.Keep(_seen.Contains);
        _seen.Clear();
        return lines;
    }

    /// <summary>Gives every thread of every process the place that the lines say.</summary>
    /// <param name="lines">From <see cref="Look"/>.</param>
    /// <param name="told">Told of each process whose threads were changed, and how that ended.</param>
    /// <returns>How it ended, thread by thread.</returns>
    public LeverTally Apply(IReadOnlyList<GuestLine> lines, Action<GuestLine, LeverOutcome>? told = null)
    {
        var tally = new LeverTally();
        foreach (var line in lines)
        {
            var outcome = Apply(line, tally);
            if (outcome != LeverOutcome.Unchanged) told?.Invoke(line, outcome);
            if (outcome == LeverOutcome.NoJournal) break;
        }
        return tally;
    }

    /// <summary>Takes over those that inherited an affinity of ours and are in no journal, so that they can be put
    /// back.</summary>
    /// <param name="lines">From <see cref="Look"/>.</param>
    public void AdoptAll(IReadOnlyList<GuestLine> lines)
    {
        foreach (var line in lines)
            if (line.Exclusion == Exclusion.None)
                foreach (var thread in ThreadsOf(line.Process.Id.Tid))
                    if (!_lever.IsOurs(thread) && Inherits(line.Process, thread, line.Allowed))
                        Adopt(line.Process.Id, thread, line.Allowed);
    }

    private GuestLine Line(GuestProcess process, Instant now, long sinceBoot)
    {
        var known = _known.GetValueOrDefault(process.Id);
        var allowed = _cpus.AllowedTo(_files, $"/proc/{process.Id.Tid}");
        var exclusion = known is { Lost: true } ? Exclusion.TakenOver : ExclusionOf(process, allowed);
        if (exclusion != Exclusion.None) return new(process, null, false, GuestReason.Excluded, exclusion, allowed);
        var reserved = known?.Reserved ?? IsReserved(process, allowed);
        // One that is younger than the last look is measured from its start on.
        var (ran, wall) = known != null ? (process.RanNs - known.RanNs, (now - _looked).Ns)
            : _looked != Instant.Never ? (process.RanNs, (sinceBoot - process.Id.Started) * GuestProcess.TickNs)
            : (0, 0);
        double? percent = wall > 0 ? 100.0 * ran / wall : null;
        if (process.User < _rules.FirstUser || percent == null)
            return new(process, percent, reserved && percent == null, GuestReason.Usual, Exclusion.None, allowed);
        if (MixedGuest.Moves(reserved, ran, wall, _rules.Low, _rules.High)) reserved = !reserved;
        var reason = reserved ? GuestReason.Quiet : GuestReason.Busy;
        return new(process, percent, reserved, reason, Exclusion.None, allowed);
    }

    private Exclusion ExclusionOf(GuestProcess process, CpuMask allowed)
    {
        var pid = process.Id.Tid;
        if (pid == 1 || pid == Self) return Exclusion.Ignored;
        if (!allowed.Intersects(_vcpus.Reserved) || !allowed.Intersects(_vcpus.Others)) return Exclusion.OutsidePool;
        foreach (var thread in ThreadsOf(pid))
        {
            _seen.Add(thread);
            if (_lever.IsLost(thread)) return Exclusion.TakenOver;
            var ours = _lever.IsOurs(thread) || Inherits(process, thread, allowed);
            var exclusion = _facts.ExclusionOf(Described(pid, thread), allowed, ours);
            if (exclusion != Exclusion.None) return exclusion;
        }
        return Exclusion.None;
    }

    private bool IsReserved(GuestProcess process, CpuMask allowed) =>
        _calls.GetAffinity(process.Id.Tid, _now) == 0 && _now.SameAs(Of(_vcpus.Reserved, allowed))
        && !_now.SameAs(allowed);

    private bool Inherits(GuestProcess process, ThreadIdentity thread, CpuMask allowed)
    {
        if (thread.Started < Begun || _calls.GetAffinity(thread.Tid, _now) < 0 || _now.SameAs(allowed)) return false;
        if (!_now.SameAs(Of(_vcpus.Reserved, allowed)) && !_now.SameAs(Of(_vcpus.Others, allowed))) return false;
        return _ours.Contains(process.Id) || process.Parent <= 1
            || !_processes.TryGetValue(process.Parent, out var parent) || _ours.Contains(parent);
    }

    private LeverOutcome Apply(GuestLine line, LeverTally tally)
    {
        var pid = line.Process.Id.Tid;
        if (line.Exclusion != Exclusion.None)
        {
            // A part of it may be ours from before.
            if (_ours.Remove(line.Process.Id)) GiveBack(line, tally);
            return LeverOutcome.Unchanged;
        }
        var worst = LeverOutcome.Unchanged;
        var target = Of(line.Reserved ? _vcpus.Reserved : _vcpus.Others, line.Allowed);
        foreach (var thread in ThreadsOf(pid))
        {
            if (!_lever.IsOurs(thread) && Inherits(line.Process, thread, line.Allowed)
                && !Adopt(line.Process.Id, thread, line.Allowed)) return Count(LeverOutcome.NoJournal);
            var outcome = Count(_lever.Apply(new(Planned(line, thread), target, null, PlanReason.Latency)));
            if (_lever.IsOurs(thread)) _ours.Add(line.Process.Id);
            if (outcome == LeverOutcome.NoJournal) return outcome;
            if (outcome == LeverOutcome.TakenOver)
            {
                _known[line.Process.Id] = _known[line.Process.Id] with { Lost = true };
                GiveBack(line, tally);
                return outcome;
            }
            if (outcome is LeverOutcome.Changed or LeverOutcome.Failed && worst != LeverOutcome.Failed) worst = outcome;
        }
        return worst;

        LeverOutcome Count(LeverOutcome outcome)
        {
            tally.Add(outcome, _lever.LastError);
            return outcome;
        }
    }

    private void GiveBack(GuestLine line, LeverTally tally)
    {
        foreach (var entry in _lever.Ours)
            if (entry.Process == line.Process.Id) tally.Add(_lever.Restore(entry, line.Allowed), _lever.LastError);
    }

    // As if it had been changed here from what its cpuset leaves it.
    private bool Adopt(ThreadIdentity process, ThreadIdentity thread, CpuMask allowed)
    {
        if (SchedState.Read(_calls, thread.Tid, _cpus.Size, out var now) < 0) return true;
        var line = JournalText.Line(new(JournalKind.Done, process, thread, now with { Cpus = allowed }, now));
        if (_journal.Append(line) < 0) return false;
        var head = JournalText.Head("", 0);
        _lever.Adopt(Journal.Read(System.Text.Encoding.ASCII.GetString([.. head, .. line]), _cpus.Size)!);
        _ours.Add(process);
        return true;
    }

    private static PlanThread Planned(GuestLine line, ThreadIdentity thread) => new()
    {
        Thread = thread,
        Process = line.Process.Id,
        Vm = line.Process.Name,
        Role = ThreadRole.Other,
        Treatment = line.Reserved ? Treatment.Latency : Treatment.Compute,
        Allowed = line.Allowed,
    };

    private List<ThreadIdentity> ThreadsOf(int pid)
    {
        var threads = new List<ThreadIdentity>();
        var folder = _files.Open($"/proc/{pid}/task");
        if (folder < 0) return threads;
        _files.List(folder, _tids);
        _files.Close(folder);
        foreach (var tid in _tids)
        {
            var n = _files.ReadOnce($"/proc/{pid}/task/{tid}/stat", _text);
            if (n > 0 && ProcText.TryStat(_text.AsSpan(0, n), out var stat)) threads.Add(new(tid, stat.Started));
        }
        return threads;
    }

    private static VmThread Described(int pid, ThreadIdentity thread) =>
        new(thread, "", ThreadRole.Other, 0, $"/proc/{pid}/task/{thread.Tid}");

    private static CpuMask Of(CpuMask set, CpuMask allowed)
    {
        var both = CpuMask.Copy(set);
        both.IntersectWith(allowed);
        return both;
    }
}
