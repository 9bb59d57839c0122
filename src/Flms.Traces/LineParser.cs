using System.Globalization;

namespace Flms.Traces;

/// <summary>What one line turned out to be.</summary>
internal enum LineKind : byte
{
    /// <summary>A sched event, or a note that events were lost.</summary>
    Event,

    /// <summary>An event of another kind: counted and skipped.</summary>
    OtherEvent,

    /// <summary>A comment, a heading, a blank line.</summary>
    Nothing,

    /// <summary>None of these.</summary>
    Malformed,
}

/// <summary>Reads one line of <c>trace-cmd report</c>, <c>perf script</c> or tracefs, in place and without allocating.
/// </summary>
/// <remarks>
/// The three differ in the head of the line (<c>comm-tid [cpu] flags time:</c> or <c>comm tid [cpu] time:</c>) and in
/// the body (the kernel's own <c>prev_comm=...</c>, or the short <c>comm:tid [prio] S ==> comm:tid [prio]</c> of
/// trace-cmd's plug-ins). Each part is recognised by itself, so every combination is read. A thread's name may hold any
/// character, blanks and brackets too: what follows it is searched from the right.
/// </remarks>
internal ref struct LineParser
{
    /// <summary>The most pCPUs that a recording may have.</summary>
    public const int MaxPcpus = 4096;

    private ReadOnlySpan<byte> _line;

    /// <summary>The event, once <see cref="Parse"/> has said so.</summary>
    public SchedEvent Event;

    /// <summary>The thread's process, if the line tells it; else -1.</summary>
    public int CurrentTgid;

    /// <summary>The name of thread <c>A</c>; for a switch also that of <c>B</c>.</summary>
    public ReadOnlySpan<byte> NameA;

    /// <summary>The name of the thread that is switched to.</summary>
    public ReadOnlySpan<byte> NameB;

    /// <summary>Was the head of the line that of <c>perf script</c>?</summary>
    public bool IsPerf;

    /// <summary>Where a malformed line is wrong, in bytes from 0.</summary>
    public int BadAt;

    /// <summary>What is wrong with it.</summary>
    public string? Bad;

    /// <summary>What to do about it.</summary>
    public string? Remedy;

    /// <summary>Reads the line, without its line break.</summary>
    public LineKind Parse(ReadOnlySpan<byte> line)
    {
        _line = line.TrimEnd((byte)'\r');
        if (IsHeading()) return LineKind.Nothing;
        if (_line.StartsWith("CPU:"u8)) return LostNote();
        if (!Head(out var rest)) return LineKind.Malformed;
        return Body(rest);
    }

    private readonly bool IsHeading()
    {
        var text = _line.TrimStart(" \t"u8);
        if (text.IsEmpty || text[0] == '#') return true;
        return text.StartsWith("cpus="u8) || text.StartsWith("version ="u8)
            || (text.StartsWith("CPU "u8) && text.EndsWith(" is empty"u8));
    }

    // "CPU:1 [LOST 23 EVENTS]" (kernel), "CPU:1 [23 EVENTS DROPPED]" (trace-cmd); either may leave the number out.
    private LineKind LostNote()
    {
        var at = 4;
        if (!Int(ref at, MaxPcpus - 1, out var cpu)) return Fail(at, "no pCPU number after `CPU:`");
        var note = _line[at..].Trim((byte)' ');
        if (note.IndexOf("EVENTS"u8) < 0 || (note.IndexOf("LOST"u8) < 0 && note.IndexOf("DROPPED"u8) < 0))
            return Fail(at, "neither an event nor a note of lost events");
        var digit = at;
        while (digit < _line.Length && !IsDigit(_line[digit])) digit++;
        Event = new() { Kind = SchedEventKind.Lost, Cpu = (short)cpu, Ns = -1, Current = -1 };
        if (digit < _line.Length && !Int(ref digit, int.MaxValue, out Event.A)) Event.A = 0;
        return LineKind.Event;
    }

    // Finds "[cpu]" by what must stand before it: a thread's number, after a dash (ftrace) or a blank (perf).
    private bool Head(out int rest)
    {
        rest = 0;
        CurrentTgid = -1;
        for (var open = _line.IndexOf((byte)'['); open >= 0; open = NextBracket(open))
        {
            var at = open + 1;
            if (!Int(ref at, 99_999, out var cpu) || at >= _line.Length || _line[at] != ']') continue;
            if (!Task(open)) continue;
            if (cpu >= MaxPcpus) return FailHead(open + 1, $"pCPU {cpu}: at most {MaxPcpus - 1} is read");
            Event.Cpu = (short)cpu;
            rest = at + 1;
            return Time(ref rest);
        }
        return FailHead(0, "not a line of sched events");
    }

    private readonly int NextBracket(int open)
    {
        var next = _line[(open + 1)..].IndexOf((byte)'[');
        return next < 0 ? -1 : open + 1 + next;
    }

    private bool Task(int open)
    {
        var end = TrimBack(open);
        if (end > 0 && _line[end - 1] == ')')
        {
            // "( 1977)" or "(-----)": the process, if the kernel was asked to record it.
            var paren = _line[..end].LastIndexOf((byte)'(');
            if (paren < 0 || end - paren > 13) return false;
            var at = paren + 1;
            while (at < end && _line[at] == ' ') at++;
            if (Int(ref at, int.MaxValue, out var tgid)) CurrentTgid = tgid;
            end = TrimBack(paren);
        }
        var start = end;
        while (start > 0 && _line[start - 1] != ' ' && _line[start - 1] != '\t') start--;
        if (start == end) return false;
        return PerfTask(start, end) || FtraceTask(start, end);
    }

    private bool PerfTask(int start, int end)
    {
        var at = start;
        if (_line[at] == '-') at++;
        if (!Int(ref at, int.MaxValue, out var number) || TrimBack(start) == 0) return false;
        if (at < end && _line[at] == '/')
        {
            at++;
            if (!Int(ref at, int.MaxValue, out var tid)) return false;
            CurrentTgid = number;
            number = tid;
        }
        if (at != end) return false;
        IsPerf = true;
        Event.Current = _line[start] == '-' ? -1 : number;
        return true;
    }

    private bool FtraceTask(int start, int end)
    {
        var dash = _line[start..end].LastIndexOf((byte)'-');
        if (dash < 0 || start + dash == 0) return false;
        var at = start + dash + 1;
        if (!Int(ref at, int.MaxValue, out var tid) || at != end) return false;
        IsPerf = false;
        Event.Current = tid;
        return true;
    }

    private readonly int TrimBack(int end)
    {
        while (end > 0 && (_line[end - 1] == ' ' || _line[end - 1] == '\t')) end--;
        return end;
    }

    // "7482.214433:" or "7482.214433001:", perhaps after the flags "d..2.".
    private bool Time(ref int at)
    {
        Blanks(ref at);
        if (at < _line.Length && !IsDigit(_line[at]))
        {
            while (at < _line.Length && _line[at] != ' ') at++;
            Blanks(ref at);
        }
        var start = at;
        if (!Int(ref at, 4_000_000_000, out long seconds)) return FailHead(at, "no time after the pCPU");
        if (at < _line.Length && _line[at] == ':')
        {
            Remedy = "record with a clock that counts seconds: `trace-cmd record -C mono`, "
                + "or `echo mono > /sys/kernel/tracing/trace_clock`";
            return FailHead(start, "the time has no fraction: the clock does not count seconds");
        }
        if (at >= _line.Length || _line[at] != '.') return FailHead(at, "the time is not seconds.fraction");
        var point = at++;
        if (!Int(ref at, 999_999_999, out var fraction)) return FailHead(at, "the time is not seconds.fraction");
        if (at - point - 1 > 9) return FailHead(point, "more than nine digits after the point of the time");
        if (at >= _line.Length || _line[at] != ':') return FailHead(at, "no colon after the time");
        long ns = fraction;
        for (var digits = at - point - 1; digits < 9; digits++) ns *= 10;
        Event.Ns = seconds * 1_000_000_000 + ns;
        at++;
        Blanks(ref at);
        return true;
    }

    private LineKind Body(int at)
    {
        var name = _line[at..];
        var blank = name.IndexOf((byte)' ');
        if (blank >= 0) name = name[..blank];
        at += name.Length;
        Blanks(ref at);
        if (name.StartsWith("PERF_RECORD_LOST"u8)) return PerfLost(at);
        name = name.TrimEnd((byte)':');
        if (name.StartsWith("sched:"u8)) name = name[6..];
        if (!name.StartsWith("sched_"u8)) return LineKind.OtherEvent;
        name = name[6..];
        if (name.SequenceEqual("switch"u8)) return Switch(at);
        if (name.SequenceEqual("wakeup"u8) || name.SequenceEqual("wakeup_new"u8)) return Wake(at, SchedEventKind.Wake);
        if (name.SequenceEqual("waking"u8)) return Wake(at, SchedEventKind.Waking);
        if (name.SequenceEqual("migrate_task"u8)) return Migrate(at);
        return LineKind.OtherEvent;
    }

    private LineKind PerfLost(int at)
    {
        Event.Kind = SchedEventKind.Lost;
        while (at < _line.Length && !IsDigit(_line[at])) at++;
        if (!Int(ref at, int.MaxValue, out Event.A)) Event.A = 0;
        return LineKind.Event;
    }

    private LineKind Switch(int at)
    {
        Event.Kind = SchedEventKind.Switch;
        var arrow = _line[at..].LastIndexOf(" ==> "u8);
        if (arrow < 0) return Fail(_line.Length, "no ` ==> ` in sched_switch");
        arrow += at;
        return _line[at..].StartsWith("prev_comm="u8) ? LongSwitch(at, arrow) : ShortSwitch(at, arrow);
    }

    // prev_comm=CPU 0/KVM prev_pid=12 prev_prio=120 prev_state=R+ ==> next_comm=x next_pid=13 next_prio=120
    private LineKind LongSwitch(int at, int arrow)
    {
        if (!Field(at, arrow, "prev_comm="u8, " prev_pid="u8, out NameA, out Event.A, out var next))
            return Fail(next, "no prev_pid in sched_switch");
        if (!Skip(ref next, " prev_prio="u8) || !Prio(ref next)) return Fail(next, "no prev_prio in sched_switch");
        if (!Skip(ref next, " prev_state="u8) || next >= arrow) return Fail(next, "no prev_state in sched_switch");
        if (!State(_line[next..arrow])) return Fail(next, "prev_state is neither letters nor a number");
        if (!Field(arrow + 5, _line.Length, "next_comm="u8, " next_pid="u8, out NameB, out Event.B, out next))
            return Fail(next, "no next_pid in sched_switch");
        if (!Skip(ref next, " next_prio="u8) || !Prio(ref next)) return Fail(next, "no next_prio in sched_switch");
        return AtEnd(next);
    }

    // CPU 0/KVM:12 [120] R ==> x:13 [120]
    private LineKind ShortSwitch(int at, int arrow)
    {
        if (!Named(at, arrow, out NameA, out Event.A, out var next))
            return Fail(next, "no `comm:tid [prio]` in sched_switch");
        if (!Skip(ref next, " "u8) || next >= arrow) return Fail(next, "no state in sched_switch");
        if (!State(_line[next..arrow])) return Fail(next, "the state is neither letters nor a number");
        if (!Named(arrow + 5, _line.Length, out NameB, out Event.B, out next))
            return Fail(next, "no `comm:tid [prio]` after `==>` in sched_switch");
        return AtEnd(next);
    }

    // comm=x pid=13 prio=120 [success=1] target_cpu=001, or x:13 [120] [success=1] CPU:001
    private LineKind Wake(int at, SchedEventKind kind)
    {
        Event.Kind = kind;
        int next;
        if (_line[at..].StartsWith("comm="u8))
        {
            if (!Field(at, _line.Length, "comm="u8, " pid="u8, out NameA, out Event.A, out next))
                return Fail(next, "no pid in a wake-up");
            if (!Skip(ref next, " prio="u8) || !Prio(ref next)) return Fail(next, "no prio in a wake-up");
            if (Skip(ref next, " success="u8) && !Prio(ref next)) return Fail(next, "no number after success=");
            if (!Skip(ref next, " target_cpu="u8)) return Fail(next, "no target_cpu in a wake-up");
        }
        else
        {
            if (!Named(at, _line.Length, out NameA, out Event.A, out next))
                return Fail(next, "no `comm:tid [prio]` in a wake-up");
            if (Skip(ref next, " success="u8) && !Prio(ref next)) return Fail(next, "no number after success=");
            if (!Skip(ref next, " CPU:"u8)) return Fail(next, "no `CPU:` in a wake-up");
        }
        if (!Int(ref next, MaxPcpus - 1, out Event.B)) return Fail(next, "no pCPU in a wake-up");
        return AtEnd(next);
    }

    // comm=x pid=13 prio=120 orig_cpu=1 dest_cpu=0
    private LineKind Migrate(int at)
    {
        Event.Kind = SchedEventKind.Migrate;
        if (!Field(at, _line.Length, "comm="u8, " pid="u8, out NameA, out Event.A, out var next))
            return Fail(next, "no pid in sched_migrate_task");
        if (!Skip(ref next, " prio="u8) || !Prio(ref next)) return Fail(next, "no prio in sched_migrate_task");
        if (!Skip(ref next, " orig_cpu="u8) || !Int(ref next, MaxPcpus - 1, out int _))
            return Fail(next, "no orig_cpu in sched_migrate_task");
        if (!Skip(ref next, " dest_cpu="u8) || !Int(ref next, MaxPcpus - 1, out Event.B))
            return Fail(next, "no dest_cpu in sched_migrate_task");
        return AtEnd(next);
    }

    // A name between two keys, then a number. The second key is searched from the right: names may hold anything.
    private readonly bool Field(int at, int end, ReadOnlySpan<byte> key, ReadOnlySpan<byte> idKey,
        out ReadOnlySpan<byte> name, out int id, out int next)
    {
        name = default;
        (id, next) = (0, at);
        if (!_line[at..end].StartsWith(key)) return false;
        at += key.Length;
        next = at;
        var split = _line[at..end].LastIndexOf(idKey);
        if (split < 0) return false;
        name = _line.Slice(at, split);
        next = at + split + idKey.Length;
        return Int(ref next, int.MaxValue, out id);
    }

    // comm:tid [prio]
    private readonly bool Named(int at, int end, out ReadOnlySpan<byte> name, out int id, out int next)
    {
        name = default;
        (id, next) = (0, at);
        var open = _line[at..end].LastIndexOf(" ["u8);
        if (open < 0) return false;
        var colon = _line.Slice(at, open).LastIndexOf((byte)':');
        if (colon < 0) return false;
        name = _line.Slice(at, colon);
        next = at + colon + 1;
        if (!Int(ref next, int.MaxValue, out id) || next != at + open) return false;
        next += 2;
        return Prio(ref next) && Skip(ref next, "]"u8);
    }

    // "R", "R+", "R|P" stay runnable. Numbers are the kernel's report bits: the low eight say why it sleeps.
    private bool State(ReadOnlySpan<byte> state)
    {
        state = state.Trim((byte)' ');
        if (state.IsEmpty) return false;
        if (IsDigit(state[0]))
        {
            if (!int.TryParse(state, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)) return false;
            Event.StillRunnable = (bits & 0xff) == 0;
            return true;
        }
        foreach (var c in state)
            if (!char.IsAsciiLetter((char)c) && c != '+' && c != '|') return false;
        Event.StillRunnable = state[0] == 'R';
        return true;
    }

    private LineKind AtEnd(int at) =>
        at >= _line.Length || _line[at] == ' ' ? LineKind.Event : Fail(at, "something follows the event's last field");

    private readonly bool Prio(ref int at)
    {
        if (at < _line.Length && _line[at] == '-') at++;
        return Int(ref at, int.MaxValue, out int _);
    }

    private readonly bool Skip(ref int at, ReadOnlySpan<byte> text)
    {
        if (at > _line.Length || !_line[at..].StartsWith(text)) return false;
        at += text.Length;
        return true;
    }

    private readonly void Blanks(ref int at)
    {
        while (at < _line.Length && (_line[at] == ' ' || _line[at] == '\t')) at++;
    }

    private readonly bool Int(ref int at, int max, out int value)
    {
        var ok = Int(ref at, max, out long wide);
        value = (int)wide;
        return ok;
    }

    private readonly bool Int(ref int at, long max, out long value)
    {
        value = 0;
        var start = at;
        while (at < _line.Length && IsDigit(_line[at]))
        {
            value = value * 10 + (_line[at] - '0');
            at++;
            if (value > max)
            {
                value = 0;
                return false;
            }
        }
        return at > start;
    }

    private static bool IsDigit(byte c) => c is >= (byte)'0' and <= (byte)'9';

    private LineKind Fail(int at, string what)
    {
        (BadAt, Bad) = (Math.Min(at, _line.Length), what);
        return LineKind.Malformed;
    }

    private bool FailHead(int at, string what)
    {
        Fail(at, what);
        return false;
    }
}
