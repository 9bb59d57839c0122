using System.Globalization;
using Flms.Agent.Linux;

namespace Flms.Agent.Recording;

/// <summary>Writes events as the kernel itself writes them into <c>/sys/kernel/tracing/trace</c>, with nanoseconds:
/// <c>flms replay</c> reads that, and so do others.</summary>
public sealed class RecordText
{
    private const int LongestLine = 400;
    private const int NameColumns = 16;

    private static readonly byte[] States = "SDTtXZPI"u8.ToArray();

    private readonly Stream _to;
    private readonly byte[] _text = new byte[1 << 20];
    private int _filled;

    /// <summary>Begins the text.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="pcpus">Numbers of pCPUs are below this.</param>
    /// <param name="remark">What the reader should know: lines.</param>
    public RecordText(Stream to, int pcpus, params IEnumerable<string> remark)
    {
        _to = to;
        Put("# tracer: nop\n#\n"u8);
        foreach (var line in remark)
        {
            Put("# "u8);
            Put(line);
            Put("\n"u8);
        }
        Put("#\n#                              #P:"u8);
        Number(pcpus, 0);
        Put("\n#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"u8);
    }

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Writes an event.</summary>
    /// <param name="e">The event.</param>
    /// <param name="current">The name of the thread that runs there.</param>
    public void Write(in SchedRecord e, ReadOnlySpan<byte> current)
    {
        if (_text.Length - _filled < LongestLine) Flush();
        if (e.Kind == SchedRecordKind.Lost)
        {
            Put("CPU:"u8);
            Number(e.Cpu, 0);
            Put(" [LOST "u8);
            Number(e.A, 0);
            Put(" EVENTS]\n"u8);
            return;
        }
        for (var pad = NameColumns - current.Length; pad > 0; pad--) Put(" "u8);
        Name(current);
        Put("-"u8);
        Number(e.Current, 0);
        Put(" ["u8);
        Number(e.Cpu, 3);
        Put("] ..... "u8);
        Number(e.Ns / 1_000_000_000, 0);
        Put("."u8);
        Number(e.Ns % 1_000_000_000, 9);
        switch (e.Kind)
        {
            case SchedRecordKind.Switch:
                Put(": sched_switch: prev_comm="u8);
                Thread(e.AName, " prev_pid="u8, e.A, " prev_prio="u8, e.APriority);
                Put(" prev_state="u8);
                State(e.State);
                Put(" ==> next_comm="u8);
                Thread(e.BName, " next_pid="u8, e.B, " next_prio="u8, e.BPriority);
                break;
            case SchedRecordKind.Wake or SchedRecordKind.WakeNew:
                Put(e.Kind == SchedRecordKind.Wake ? ": sched_wakeup: comm="u8 : ": sched_wakeup_new: comm="u8);
                Thread(e.AName, " pid="u8, e.A, " prio="u8, e.APriority);
                Put(" target_cpu="u8);
                Number(e.B, 3);
                break;
            case SchedRecordKind.Migrate:
                Put(": sched_migrate_task: comm="u8);
                Thread(e.AName, " pid="u8, e.A, " prio="u8, e.APriority);
                Put(" orig_cpu="u8);
                Number(e.BPriority, 0);
                Put(" dest_cpu="u8);
                Number(e.B, 0);
                break;
            default:
                Put(": sched_process_exit: comm="u8);
                Thread(e.AName, " pid="u8, e.A, " prio="u8, e.APriority);
                break;
        }
        Put("\n"u8);
    }

    /// <summary>Hands over what is not yet written.</summary>
    public void Flush()
    {
        _to.Write(_text, 0, _filled);
        _filled = 0;
    }

    /// <summary>The bytes of a name up to its end.</summary>
    internal static ReadOnlySpan<byte> Plain(in ThreadName name)
    {
        ReadOnlySpan<byte> all = name;
        var end = all.IndexOf((byte)0);
        return end < 0 ? all : all[..end];
    }

    private void Thread(in ThreadName name, ReadOnlySpan<byte> tidKey, int tid, ReadOnlySpan<byte> key, int priority)
    {
        Name(Plain(name));
        Put(tidKey);
        Number(tid, 0);
        Put(key);
        Number(priority, 0);
    }

    // R, R+, S, D|Z: as the kernel's own text has it.
    private void State(long state)
    {
        var asleep = state & 0xff;
        if (asleep == 0) Put("R"u8);
        for (var bit = 0; bit < States.Length; bit++)
        {
            if ((asleep & 1 << bit) == 0) continue;
            Put(States.AsSpan(bit, 1));
            if (asleep >> (bit + 1) != 0) Put("|"u8);
        }
        if ((state & 0x100) != 0) Put("+"u8);
    }

    // A thread may call itself anything; a line feed in it would end the line.
    private void Name(ReadOnlySpan<byte> name)
    {
        foreach (var c in name)
        {
            _text[_filled++] = c is < (byte)' ' or 0x7F ? (byte)'?' : c;
            Bytes++;
        }
    }

    private void Number(long number, int digits)
    {
        Span<char> format = ['D', (char)('0' + digits)];
        number.TryFormat(_text.AsSpan(_filled), out var n, digits == 0 ? default : format,
            CultureInfo.InvariantCulture);
        _filled += n;
        Bytes += n;
    }

    private void Put(string text) => Put(System.Text.Encoding.UTF8.GetBytes(text));

    private void Put(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_text.AsSpan(_filled));
        _filled += text.Length;
        Bytes += text.Length;
    }
}
