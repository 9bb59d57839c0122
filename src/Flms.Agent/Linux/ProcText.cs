using System.Text;

namespace Flms.Agent.Linux;

/// <summary>What the kernel writes into /proc, read without allocating.</summary>
public static class ProcText
{
    /// <summary>A flag of <see cref="StatLine.Flags"/>: a thread of the kernel itself.</summary>
    public const long KernelThread = 0x00200000;

    private const int StateField = 3;
    private const int FlagsField = 9;
    private const int StartedField = 22;
    private const int ProcessorField = 39;

    /// <summary>Reads a number that is the whole text.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        if (text.Length is 0 or > 18) return false;
        foreach (var c in text)
        {
            if (c is < (byte)'0' or > (byte)'9') return false;
            number = number * 10 + (c - '0');
        }
        return true;
    }

    /// <summary>Reads three numbers of /proc/TID/schedstat: time run and time waited for a CPU in ns, and how often it
    /// was given one.</summary>
    public static bool TryScheduleStatistics(ReadOnlySpan<byte> text, out long run, out long wait, out long slices)
    {
        (run, wait, slices) = (0, 0, 0);
        text = text.TrimEnd((byte)'\n');
        return Word(ref text, out run) && Word(ref text, out wait) && Word(ref text, out slices);
    }

    /// <summary>Reads a line of the form <c>KEY:[blanks]NUMBER</c> of /proc/TID/status.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="key">With a line feed before it and the colon behind it.</param>
    /// <param name="number">The number.</param>
    public static bool TryValue(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key, out long number)
    {
        number = 0;
        var at = text.LastIndexOf(key);
        if (at < 0) return false;
        text = text[(at + key.Length)..].TrimStart("\t "u8);
        var end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return TryNumber(end < 0 ? text : text[..end], out number);
    }

    /// <summary>Reads /proc/PID/stat. A name may hold blanks and brackets, so it ends at the last bracket.</summary>
    public static bool TryStat(ReadOnlySpan<byte> text, out StatLine stat)
    {
        stat = default;
        var open = text.IndexOf((byte)'(');
        var close = text.LastIndexOf((byte)')');
        if (open < 0 || close < open || close + 2 > text.Length) return false;
        long flags = 0, started = 0, processor = -1;
        var rest = text[(close + 2)..];
        var state = rest.IsEmpty ? (byte)'?' : rest[0];
        for (var field = StateField; field <= ProcessorField && !rest.IsEmpty; field++)
        {
            var end = rest.IndexOfAny((byte)' ', (byte)'\n');
            var word = end < 0 ? rest : rest[..end];
            if (field == FlagsField && !TryNumber(word, out flags)) return false;
            if (field == StartedField && !TryNumber(word, out started)) return false;
            if (field == ProcessorField && !TryNumber(word, out processor)) return false;
            rest = end < 0 ? default : rest[(end + 1)..];
        }
        stat = new(text[(open + 1)..close], (char)state, flags, started, (int)processor);
        return started > 0;
    }

    /// <summary>Bytes as text; what is not UTF-8 is replaced, and control characters too.</summary>
    public static string Plain(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return text.AsSpan().ContainsAnyInRange('\0', '\u001F') || text.Contains('\u007F', StringComparison.Ordinal)
            ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c))
            : text;
    }

    private static bool Word(ref ReadOnlySpan<byte> text, out long number)
    {
        var end = text.IndexOf((byte)' ');
        var word = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return TryNumber(word, out number);
    }
}

/// <summary>What /proc/PID/stat says of a thread.</summary>
/// <param name="name">Its name, at most 15 bytes for a user's thread; valid as long as the text it was read
/// from.</param>
/// <param name="state">R running or runnable, S and D asleep, Z ended.</param>
/// <param name="flags">The kernel's PF_ flags.</param>
/// <param name="started">When it was started, in clock ticks since the machine booted.</param>
/// <param name="processor">The pCPU it last ran on; -1 if the kernel does not tell.</param>
public readonly ref struct StatLine(ReadOnlySpan<byte> name, char state, long flags, long started, int processor)
{
    /// <summary>Its name, at most 15 bytes for a user's thread; valid as long as the text it was read from.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>R running or runnable, S and D asleep, Z ended.</summary>
    public char State { get; } = state;

    /// <summary>The kernel's PF_ flags.</summary>
    public long Flags { get; } = flags;

    /// <summary>When it was started, in clock ticks since the machine booted.</summary>
    public long Started { get; } = started;

    /// <summary>The pCPU it last ran on; -1 if the kernel does not tell.</summary>
    public int Processor { get; } = processor;
}
