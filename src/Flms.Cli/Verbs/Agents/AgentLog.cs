using System.Globalization;
using Flms.Agent.Linux;
using Flms.Agent.Running;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Writes decisions to standard error, a line each; for systemd's journal with the priority before it.
/// </summary>
/// <param name="terminal">Where.</param>
/// <param name="journald">Does standard error go to systemd's journal?</param>
internal sealed class AgentLog(Terminal terminal, bool journald)
{
    /// <summary>For this process's standard error.</summary>
    public static AgentLog Of(Terminal terminal) =>
        new(terminal, IsJournal(Environment.GetEnvironmentVariable("JOURNAL_STREAM"), FileFacts.Of(2)));

    /// <summary>Does a stream go to systemd's journal, as $JOURNAL_STREAM tells?</summary>
    /// <param name="variable">Device and inode of the journal's stream, as in <c>9:1234</c>; null if not set.</param>
    /// <param name="stream">What the stream is.</param>
    internal static bool IsJournal(string? variable, FileFacts? stream) =>
        variable?.Split(':') is [var device, var inode] && stream is { } facts
        && ulong.TryParse(device, NumberStyles.None, CultureInfo.InvariantCulture, out var d)
        && ulong.TryParse(inode, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
        && d == facts.DeviceNumber && i == facts.Inode;

    /// <summary>Writes a line.</summary>
    public void Write(LogPriority priority, string text) => terminal.Error.WriteLine(journald
        ? string.Create(CultureInfo.InvariantCulture, $"<{(int)priority}>{text}") : text);
}
