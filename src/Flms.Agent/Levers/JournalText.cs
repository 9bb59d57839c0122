using System.Globalization;
using System.Text;
using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Levers;

/// <summary>What a record of the journal tells.</summary>
public enum JournalKind : byte
{
    /// <summary>The agent is about to give the thread this state.</summary>
    Intent,

    /// <summary>It has: this is what the kernel made of it.</summary>
    Done,

    /// <summary>The thread is no longer ours: it has its original state again, is gone, or was taken over.</summary>
    Over,
}

/// <summary>One record of the journal.</summary>
/// <param name="Kind">What it tells.</param>
/// <param name="Process">The VM's process.</param>
/// <param name="Thread">The thread.</param>
/// <param name="Original">How it was before the agent first touched it.</param>
/// <param name="State">How it is to be, or is.</param>
public sealed record JournalRecord(
    JournalKind Kind, ThreadIdentity Process, ThreadIdentity Thread, SchedState Original, SchedState State);

/// <summary>The journal's form: a line a record, each with a checksum, so that a line that a crash or a full disk cut
/// off is known as such.</summary>
/// <remarks>
/// <c>flms-journal 2 BOOT BASE CRC</c> is the first line: the machine's boot, and the kernel's default slice in ns.
/// Then <c>KIND PID PIDSTART TID TIDSTART STATE STATE CRC</c>: first the original state, then the other. KIND is I, D
/// or O. A STATE is <c>CPUS POLICY FLAGS NICE RUNTIME DEADLINE PERIOD</c>; runtime is a fair thread's slice, and a
/// deadline thread's budget. Journals of version 1, which knew no budgets, have no DEADLINE and PERIOD, and are read as
/// well.
/// </remarks>
public static class JournalText
{
    private const string Magic = "flms-journal";
    private const int Version = 2;
    private const int Before = 5;   // words before the states
    private const int StateOf1 = 5; // words of a state of version 1
    private const int StateOf2 = 7;
    private const string Kinds = "IDO";
    private const string NoCpus = "-";

    /// <summary>The first line.</summary>
    public static byte[] Head(string boot, ulong baseSliceNs) =>
        Sealed(string.Create(CultureInfo.InvariantCulture, $"{Magic} {Version} {boot} {baseSliceNs}"));

    /// <summary>A record.</summary>
    public static byte[] Line(JournalRecord r) => Sealed(string.Create(CultureInfo.InvariantCulture,
        $"{Kinds[(int)r.Kind]} {Of(r.Process)} {Of(r.Thread)} {Of(r.Original)} {Of(r.State)}"));

    /// <summary>Reads a first line.</summary>
    public static bool TryHead(string line, out string boot, out ulong baseSliceNs)
    {
        (boot, baseSliceNs) = ("", 0);
        if (Opened(line)?.Split(' ') is not [Magic, "1" or "2", var b, var slice]) return false;
        boot = b;
        return TryUlong(slice, out baseSliceNs);
    }

    /// <summary>Reads a record.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="size">Of the masks.</param>
    /// <param name="record">The record.</param>
    /// <returns>False for a line that is not whole.</returns>
    public static bool TryLine(string line, int size, out JournalRecord? record)
    {
        record = null;
        if (Opened(line)?.Split(' ') is not { Length: Before + 2 * StateOf1 or Before + 2 * StateOf2 } w
            || w[0].Length != 1) return false;
        var words = (w.Length - Before) / 2;
        var kind = Kinds.IndexOf(w[0], StringComparison.Ordinal);
        if (kind < 0 || !TryIdentity(w.AsSpan(1), out var process) || !TryIdentity(w.AsSpan(3), out var thread)
            || !TryState(w.AsSpan(Before, words), size, out var original)
            || !TryState(w.AsSpan(Before + words, words), size, out var state))
            return false;
        record = new((JournalKind)kind, process, thread, original, state);
        return true;
    }

    private static string Of(ThreadIdentity id) =>
        string.Create(CultureInfo.InvariantCulture, $"{id.Tid} {id.Started}");

    private static string Of(in SchedState s) => string.Create(CultureInfo.InvariantCulture,
        $"{(s.Cpus.IsEmpty ? NoCpus : s.Cpus)} {s.Attributes.Policy} {s.Attributes.Flags} {s.Attributes.Nice} "
        + $"{s.Attributes.RuntimeNs} {s.Attributes.DeadlineNs} {s.Attributes.PeriodNs}");

    private static bool TryIdentity(Span<string> words, out ThreadIdentity id)
    {
        id = default;
        if (!int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var tid)
            || !long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var started)) return false;
        id = new(tid, started);
        return true;
    }

    private static bool TryState(Span<string> w, int size, out SchedState state)
    {
        state = default;
        var cpus = new CpuMask(size);
        List<int> list = [];
        if (w[0] != NoCpus && !CpuList.TryParse(w[0], size, out list)) return false;
        foreach (var c in list) cpus.Add(new(c));
        if (!uint.TryParse(w[1], NumberStyles.None, CultureInfo.InvariantCulture, out var policy)
            || !TryUlong(w[2], out var flags)
            || !int.TryParse(w[3], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var nice)
            || !TryUlong(w[4], out var runtime)) return false;
        var (deadline, period) = (0UL, 0UL);
        if (w.Length == StateOf2 && (!TryUlong(w[5], out deadline) || !TryUlong(w[6], out period))) return false;
        state = new(cpus, new()
        {
            Policy = policy,
            Flags = flags,
            Nice = nice,
            RuntimeNs = runtime,
            DeadlineNs = deadline,
            PeriodNs = period,
        });
        return true;
    }

    private static bool TryUlong(string word, out ulong number) =>
        ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    // A line feed before it too: should the line before have been cut off, this one begins anew.
    internal static byte[] Sealed(string text) => Encoding.ASCII.GetBytes($"\n{text} {Checksum(text):x8}\n");

    // The text of a line, without its checksum; null for a line that is not whole.
    internal static string? Opened(string line)
    {
        var end = line.LastIndexOf(' ');
        if (end < 0 || line.Length - end != 9) return null;
        var text = line[..end];
        return uint.TryParse(line.AsSpan(end + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out var sum)
            && sum == Checksum(text) ? text : null;
    }

    // CRC-32 as in IEEE 802.3, bit by bit: a line is short.
    private static uint Checksum(string text)
    {
        var crc = uint.MaxValue;
        foreach (var c in text)
        {
            crc ^= c;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
