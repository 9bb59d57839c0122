using System.Text;

namespace Flms.Traces;

/// <summary>Which tool wrote a recording.</summary>
public enum RecordingFormat : byte
{
    /// <summary>The kernel itself: the text of <c>/sys/kernel/tracing/trace</c>.</summary>
    Tracefs,

    /// <summary><c>trace-cmd report</c>.</summary>
    TraceCmd,

    /// <summary><c>perf script</c>.</summary>
    PerfScript,
}

/// <summary>A recording as it was read: events in order of time, the threads in them, and what was
/// remarkable.</summary>
internal sealed class SchedTrace
{
    /// <summary>A thread that occurs in the recording.</summary>
    internal sealed class Thread(int tid)
    {
        private byte[] _name = [];
        private int _length;

        public int Tid { get; } = tid;

        /// <summary>Its process, or -1 if the recording does not tell.</summary>
        public int Tgid { get; set; } = -1;

        public string Name => Encoding.UTF8.GetString(_name, 0, _length);

        public void Rename(ReadOnlySpan<byte> name)
        {
            if (name.SequenceEqual(_name.AsSpan(0, _length))) return;
            if (name.Length > _name.Length) _name = new byte[name.Length];
            name.CopyTo(_name);
            _length = name.Length;
        }
    }

    private readonly Dictionary<int, int> _index = [];
    private SchedEvent[] _events = new SchedEvent[1024];

    public required string File { get; init; }

    public RecordingFormat Format { get; set; }

    public int Pcpus { get; set; }

    /// <summary>Events of other kinds, which were skipped.</summary>
    public long OtherEvents { get; set; }

    /// <summary>Events that the recorder said it had lost.</summary>
    public long LostEvents { get; set; }

    public List<string> Warnings { get; } = [];

    public List<Thread> Threads { get; } = [];

    public int Count { get; private set; }

    public ReadOnlySpan<SchedEvent> Events => _events.AsSpan(0, Count);

    public Thread ThreadOf(int tid)
    {
        if (_index.TryGetValue(tid, out var i)) return Threads[i];
        _index.Add(tid, Threads.Count);
        var thread = new Thread(tid);
        Threads.Add(thread);
        return thread;
    }

    /// <summary>The place of a thread in <see cref="Threads"/>; -1 if it does not occur.</summary>
    public int IndexOf(int tid) => _index.TryGetValue(tid, out var i) ? i : -1;

    public void Add(in SchedEvent e)
    {
        if (Count == _events.Length) Array.Resize(ref _events, Count * 2);
        _events[Count++] = e;
    }

    /// <summary>Puts the events in order of time; those of one time stay in the order of the file.</summary>
    public void SortByTime()
    {
        var order = new (long Ns, int Place)[Count];
        for (var i = 0; i < Count; i++) order[i] = (_events[i].Ns, i);
        Array.Sort(order);
        var sorted = new SchedEvent[Count];
        for (var i = 0; i < Count; i++) sorted[i] = _events[order[i].Place];
        _events = sorted;
    }
}
