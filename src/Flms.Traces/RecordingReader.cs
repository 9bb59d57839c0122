using System.Globalization;
using System.Text;

namespace Flms.Traces;

/// <summary>Reads the text of a recording of Linux sched events, line by line, in bounded memory but for the events it
/// keeps.
/// </summary>
/// <remarks>
/// <para>A line that is neither an event nor a heading ends the reading at once: garbage of any size fails fast. Only
/// the last line may be cut off, as it is when a recorder is stopped: it is dropped with a warning.</para>
/// <para>Order: a file made of one pCPU's buffer after the other is put in order of time. Within one pCPU a step back
/// of at most <see cref="ToleranceNs"/> is sorted too; a longer one means two recordings in one file, and is an
/// error.</para>
/// </remarks>
internal sealed class RecordingReader
{
    private const int LongestLine = 65_536;
    private const long ToleranceNs = 1_000_000;
    private const string Formats = "give the text of `trace-cmd report`, `perf script` or /sys/kernel/tracing/trace";

    private readonly SchedTrace _trace;
    private readonly long[] _lastNs = new long[LineParser.MaxPcpus];
    private long _latestNs = -1;
    private long _line;
    private bool _disordered;
    private bool _sawEvent;
    private bool _sawTracer;
    private RecordingError? _error;

    private RecordingReader(string file)
    {
        _trace = new() { File = file };
        Array.Fill(_lastNs, -1);
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trace">What it holds; null on an error.</param>
    /// <returns>What is wrong; null if nothing is.</returns>
    public static RecordingError? Read(string path, out SchedTrace? trace)
    {
        trace = null;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Read(path, stream, out trace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(path, 1, 1, $"cannot be read: {FirstLine(e.Message)}",
                "name a file that exists and may be read");
        }
    }

    /// <summary>Reads a whole stream.</summary>
    public static RecordingError? Read(string file, Stream stream, out SchedTrace? trace)
    {
        var reader = new RecordingReader(file);
        reader.ReadAll(stream);
        trace = reader._error == null ? reader._trace : null;
        return reader._error;
    }

    internal static string FirstLine(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    private void ReadAll(Stream stream)
    {
        var buffer = new byte[1 << 20];
        var held = 0;
        var first = true;
        while (true)
        {
            var got = stream.Read(buffer, held, buffer.Length - held);
            var filled = held + got;
            if (first && !Begins(buffer.AsSpan(0, filled))) return;
            first = false;
            var text = buffer.AsSpan(0, filled);
            while (true)
            {
                var end = text.IndexOf((byte)'\n');
                if (end < 0) break;
                if (!OnLine(text[..end], cutOff: false)) return;
                text = text[(end + 1)..];
            }
            held = text.Length;
            if (held > LongestLine)
            {
                _line++;
                Fail(1, $"a line of more than {LongestLine} bytes: this is no recording", Formats);
                return;
            }
            text.CopyTo(buffer);
            if (got == 0) break;
        }
        if (held > 0 && !OnLine(buffer.AsSpan(0, held), cutOff: true)) return;
        Finish();
    }

    // Binary files are known by how they begin; each can be made into text by a command.
    private bool Begins(ReadOnlySpan<byte> start)
    {
        _line = 1;
        if (start.IsEmpty) return Fail(1, "the file is empty", "record again, or name the right file");
        if (start.StartsWith("\u0017\u0008\u0044tracing"u8))
            return Fail(1, "a binary recording of trace-cmd",
                $"make text of it: trace-cmd report -i {_trace.File} > NAME.trace");
        if (start.StartsWith("PERFILE2"u8) || start.StartsWith("2ELIFREP"u8))
            return Fail(1, "a binary recording of perf",
                $"make text of it: perf script -i {_trace.File} --ns > NAME.trace");
        if (start.Length >= 4 && (start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b])
            || start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd])
            || start.StartsWith((ReadOnlySpan<byte>)[0xfd, 0x37, 0x7a, 0x58, 0x5a])))
            return Fail(1, "a compressed file", "decompress it first (gunzip, unzstd, unxz)");
        if (start[..Math.Min(start.Length, 4096)].Contains((byte)0)) return Fail(1, "a binary file", Formats);
        _line = 0;
        return true;
    }

    private bool OnLine(ReadOnlySpan<byte> line, bool cutOff)
    {
        _line++;
        var parser = new LineParser();
        switch (parser.Parse(line))
        {
            case LineKind.Nothing:
                Heading(line);
                return true;
            case LineKind.OtherEvent:
                _trace.OtherEvents++;
                return true;
            case LineKind.Event:
                return OnEvent(ref parser);
        }
        // The call chains that perf script prints under an event: a blank, an address, a name.
        if (_sawEvent && _trace.Format == RecordingFormat.PerfScript && IsCallChain(line)) return true;
        if (cutOff && _sawEvent)
        {
            _trace.Warnings.Add($"{_trace.File}:{_line}: the last line is cut off and was left out");
            return true;
        }
        if (line.Contains((byte)0)) return Fail(parser.BadAt + 1, "binary data among the lines", Formats);
        var remedy = parser.Remedy ?? (_sawEvent ? "remove the line, or record again" : Formats);
        return Fail(parser.BadAt + 1, parser.Bad!, remedy);
    }

    private static bool IsCallChain(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || (line[0] != '\t' && line[0] != ' ')) return false;
        line = line.Trim(" \t\r"u8);
        var digits = 0;
        while (digits < line.Length && char.IsAsciiHexDigit((char)line[digits])) digits++;
        return digits > 0 && digits < line.Length && line[digits] == ' ';
    }

    // "# tracer: nop", "#P:2" and "cpus=2" say who wrote it, and how many pCPUs there were.
    private void Heading(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("# tracer:"u8)) _sawTracer = true;
        var at = line.IndexOf("#P:"u8);
        if (at >= 0) PcpusSaid(line[(at + 3)..]);
        else if (line.StartsWith("cpus="u8)) PcpusSaid(line[5..]);
    }

    private void PcpusSaid(ReadOnlySpan<byte> text)
    {
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit((char)text[digits])) digits++;
        if (int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && n <= LineParser.MaxPcpus) _trace.Pcpus = Math.Max(_trace.Pcpus, n);
    }

    private bool OnEvent(ref LineParser parser)
    {
        ref var e = ref parser.Event;
        _trace.Pcpus = Math.Max(_trace.Pcpus, e.Cpu + 1);
        if (e.Kind == SchedEventKind.Lost)
        {
            _trace.LostEvents += Math.Max(1, e.A);
            // The note stands before the pCPU's next event: what was lost lies after its last one.
            e.Ns = _lastNs[e.Cpu];
            if (e.Ns >= 0) _trace.Add(e);
            return true;
        }
        if (!_sawEvent)
        {
            _sawEvent = true;
            _trace.Format = parser.IsPerf ? RecordingFormat.PerfScript
                : _sawTracer ? RecordingFormat.Tracefs
                : RecordingFormat.TraceCmd;
        }
        if (!InOrder(e)) return false;
        NameThreads(ref parser);
        _trace.Add(e);
        return true;
    }

    private bool InOrder(in SchedEvent e)
    {
        ref var last = ref _lastNs[e.Cpu];
        if (last - e.Ns > ToleranceNs)
            return Fail(1, $"time goes back on pCPU {e.Cpu}, from {Seconds(last)} to {Seconds(e.Ns)}",
                "these are two recordings: give one at a time "
                + "(the buffers of several pCPUs in one file are no problem)");
        if (e.Ns < _latestNs) _disordered = true;
        last = Math.Max(last, e.Ns);
        _latestNs = Math.Max(_latestNs, e.Ns);
        return true;
    }

    private void NameThreads(ref LineParser parser)
    {
        ref var e = ref parser.Event;
        if (e.A != 0) _trace.ThreadOf(e.A).Rename(parser.NameA);
        if (e.Kind == SchedEventKind.Switch && e.B != 0) _trace.ThreadOf(e.B).Rename(parser.NameB);
        if (parser.CurrentTgid >= 0 && e.Current > 0) _trace.ThreadOf(e.Current).Tgid = parser.CurrentTgid;
    }

    private void Finish()
    {
        var switches = false;
        foreach (ref readonly var e in _trace.Events) switches |= e.Kind == SchedEventKind.Switch;
        if (!switches)
        {
            Fail(1, "no sched_switch event in the whole file", "record the events sched_switch and sched_wakeup");
            return;
        }
        if (_disordered) _trace.SortByTime();
        if (_trace.LostEvents > 0)
            _trace.Warnings.Add($"{_trace.File}: the recorder lost at least {_trace.LostEvents} events; "
                + "what ran meanwhile is counted for nobody; record with larger buffers (trace-cmd record -b 65536)");
    }

    private static string Seconds(long ns) =>
        (ns / 1e9m).ToString("0.000000###", CultureInfo.InvariantCulture);

    private bool Fail(int column, string what, string remedy)
    {
        _error = new(_trace.File, _line, column, what, remedy);
        return false;
    }
}
