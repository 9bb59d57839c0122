using Flms.Agent.Linux;

namespace Flms.Agent.Recording;

/// <summary>Records what the kernel's scheduler does with the threads of this host's VMs.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> The kernel reports the events of all threads; those of VMs are written as they
/// are. Of all others only this is kept: whether a pCPU is idle or with somebody. They are shown as one thread a pCPU,
/// <c>other</c>, so that a recording tells nothing about programs that are not VMs, and is small; each pCPU is still
/// with exactly one thread at any time, which a replay relies on. With <see cref="Everything"/> they are all
/// written.</para>
/// <para><i>Order.</i> Each pCPU's events come in order. What is older than <see cref="HoldNs"/> is put in order among
/// all pCPUs and written; a pCPU whose report comes later than that is not waited for, as readers put it in
/// order.</para>
/// <para><i>What no event tells.</i> A thread that held its pCPU all the time without one switch (nohz_full) is known
/// by what the kernel counted for it, and is shown to leave at the very end. One that was found later than the
/// recording began is shown from its first rest on.</para>
/// </remarks>
public sealed class SchedRecorder
{
    /// <summary>The number of pCPU 0's <c>other</c>; more than any thread of Linux has.</summary>
    public const int FirstOther = (4 << 20) + 1;

    private const long HoldNs = 20_000_000;
    private const int UsualPriority = 120; // nice 0

    private static readonly ThreadName Idle = NameOf("<idle>"), Swapper = NameOf("swapper"), Other = NameOf("other");
    private static readonly ThreadName Unnamed = NameOf("<...>");

    private readonly ISchedEvents _events;
    private readonly FollowedThreads _threads;
    private readonly RecordText _text;
    private readonly long _mostBytes;
    private readonly Pcpu[] _pcpus;
    private SchedRecords _held = new(), _taken = new();
    private Place[] _order = [];
    private long _noted;

    /// <summary>Finds the VMs and makes ready.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="events">The kernel's events.</param>
    /// <param name="pcpus">Numbers of pCPUs are below this.</param>
    /// <param name="to">Where to.</param>
    /// <param name="mostBytes">It ends when so many are written.</param>
    /// <param name="remark">Lines for the head of the text.</param>
    public SchedRecorder(ISystemFiles files, ISchedEvents events, int pcpus, Stream to, long mostBytes,
        params IEnumerable<string> remark)
    {
        (_events, _mostBytes) = (events, mostBytes);
        _threads = new(files);
        _text = new(to, pcpus, remark);
        _pcpus = new Pcpu[pcpus];
    }

    private struct Pcpu
    {
        public bool Switched;   // has any switch been seen there?
        public int Running;     // who came by the last
        public ThreadName Name; // what that thread is called
    }

    private readonly record struct Place(long Ns, int Number) : IComparable<Place>
    {
        public int CompareTo(Place other) => Ns != other.Ns ? Ns.CompareTo(other.Ns) : Number.CompareTo(other.Number);
    }

    /// <summary>Are the threads of no VM written as they are, each with its name? Default: no.</summary>
    public bool Everything { get; init; }

    /// <summary>The VMs' threads so far.</summary>
    public IReadOnlyList<FollowedThread> Threads => _threads.All;

    /// <summary>Processes that look like VMs whose threads cannot be told apart.</summary>
    public int Unrecognised => _threads.Unrecognised;

    /// <summary>Threads that were left out, as their number had been another's.</summary>
    public int Left => _threads.Left;

    /// <summary>Events written.</summary>
    public long Written { get; private set; }

    /// <summary>Bytes written.</summary>
    public long Bytes => _text.Bytes;

    /// <summary>Events that the kernel had no room for.</summary>
    public long Lost { get; private set; }

    /// <summary>When the kernel was asked to begin, in ns of the monotonic clock.</summary>
    public long Begin { get; private set; }

    /// <summary>The moment of the last event that was written.</summary>
    public long End { get; private set; }

    /// <summary>Is it as long as it may be?</summary>
    public bool Full { get; private set; }

    /// <summary>Looks for VMs.</summary>
    /// <returns>0, or the negative error number.</returns>
    public int Search() => _threads.Search(begin: Begin == 0);

    /// <summary>Lets the kernel begin.</summary>
    public void Start()
    {
        Begin = End = _events.Now;
        _events.Start();
    }

    /// <summary>Writes what has happened until a moment ago.</summary>
    public void Step()
    {
        var until = _events.Now - HoldNs;
        _events.Take(_held);
        Put(until);
    }

    /// <summary>Lets the kernel stop, and writes the rest.</summary>
    public void Finish()
    {
        var end = _events.Now;
        _events.Stop();
        _events.Take(_held);
        Put(long.MaxValue);
        _threads.CountAtEnd();
        Lost = _events.Lost;
        // The kernel tells of a loss with the next event only; where none came there is no note yet.
        if (Lost > _noted && !Full) Note(Lost - _noted);
        if (!Full) Close(end);
        _text.Flush();
    }

    private void Put(long until)
    {
        if (_order.Length < _held.Count) _order = new Place[_held.Count * 2];
        var ready = 0;
        _taken.Clear();
        for (var i = 0; i < _held.Count; i++)
            if (_held[i].Ns <= until) _order[ready++] = new(_held[i].Ns, i);
            else _taken.Add() = _held[i];
        Array.Sort(_order, 0, ready);
        for (var i = 0; i < ready && !Full; i++) Put(ref _held[_order[i].Number]);
        (_held, _taken) = (_taken, _held);
    }

    private void Put(ref SchedRecord e)
    {
        if (e.Cpu >= _pcpus.Length) return;
        if (e.Kind == SchedRecordKind.Switch)
        {
            Switch(ref e);
            return;
        }
        if (e.Kind == SchedRecordKind.Lost)
        {
            _noted += e.A;
            Write(e, default);
            return;
        }
        var thread = _threads[e.A];
        if (thread != null)
        {
            thread.Seen = true;
            thread.Ending |= e.Kind == SchedRecordKind.Exit;
        }
        if (!Everything && thread is not { Shown: true }) return;
        ref var pcpu = ref _pcpus[e.Cpu];
        var name = pcpu.Switched && pcpu.Running == e.Current ? pcpu.Name : Unnamed;
        if (e.Current == 0) name = Idle;
        else if (!IsShown(_threads[e.Current])) Disguise(e.Cpu, ref e.Current, ref name);
        Write(e, name);
    }

    private void Switch(ref SchedRecord e)
    {
        var (leaves, comes) = (_threads[e.A], _threads[e.B]);
        var late = leaves is { Shown: false } ? e : default;
        _pcpus[e.Cpu] = new() { Switched = true, Running = e.B, Name = e.BName };
        if (e.A != 0 && !IsShown(leaves)) Disguise(e.Cpu, ref e.A, ref e.AName);
        if (e.B != 0 && !IsShown(comes)) Disguise(e.Cpu, ref e.B, ref e.BName);
        e.Current = e.A;
        if (e.A != e.B) Write(e, e.A == 0 ? Idle : e.AName);
        if (comes != null) comes.Seen = true;
        if (leaves == null) return;
        leaves.Seen = true;
        if (leaves.Ending) _threads.End(leaves);
        if (leaves.Shown) return;
        leaves.Shown = true;
        if (Everything || (late.State & 0xff) != 0) return;
        // It is still runnable; without a wake-up it would be taken to have been so from the beginning.
        (late.Kind, late.Current, late.B) = (SchedRecordKind.Wake, e.B, e.Cpu);
        Write(late, e.BName);
    }

    private bool IsShown(FollowedThread? thread) => Everything || thread is { Shown: true };

    // Somebody who is no VM's: one thread a pCPU stands for them all.
    private static void Disguise(int cpu, ref int tid, ref ThreadName name) =>
        (tid, name) = (FirstOther + cpu, Other);

    private void Write(in SchedRecord e, in ThreadName current)
    {
        if (_text.Bytes >= _mostBytes)
        {
            Full = true;
            return;
        }
        _text.Write(e, RecordText.Plain(current));
        if (e.Kind == SchedRecordKind.Lost) return;
        Written++;
        End = Math.Max(End, e.Ns);
    }

    private void Note(long lost)
    {
        // On which pCPU is not told: from here on nothing comes, so it does not matter.
        Write(new() { Kind = SchedRecordKind.Lost, A = (int)Math.Min(lost, int.MaxValue), Ns = End }, default);
        _noted += lost;
    }

    // Who was on a pCPU all the time has left no event. It is shown to leave it at the end, by which readers know that
    // it was there from the beginning.
    private void Close(long end)
    {
        foreach (var thread in _threads.All)
        {
            if (thread is not { Seen: false, Shown: true, Kernel: { } counted }) continue;
            if (counted.RunNs < (end - Begin) / 10 * 9) continue;
            var cpu = _threads.ProcessorOf(thread);
            if (cpu < 0 || cpu >= _pcpus.Length || _pcpus[cpu].Switched) continue;
            var e = new SchedRecord
            {
                Kind = SchedRecordKind.Switch,
                Cpu = cpu,
                Ns = Math.Max(end, End),
                Current = thread.Thread.Id.Tid,
                A = thread.Thread.Id.Tid,
                APriority = UsualPriority,
                BPriority = UsualPriority,
                AName = NameOf(thread.Thread.Name),
                BName = Swapper,
            };
            _pcpus[cpu].Switched = true;
            Write(e, e.AName);
        }
    }

    private static ThreadName NameOf(string text)
    {
        ThreadName name = default;
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        bytes.AsSpan(0, Math.Min(bytes.Length, ThreadName.Length - 1)).CopyTo(name);
        return name;
    }
}
