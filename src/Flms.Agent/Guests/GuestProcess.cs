using System.Globalization;
using Flms.Agent.Discovery;
using Flms.Agent.Linux;

namespace Flms.Agent.Guests;

/// <summary>A process of this guest, as it was read at one moment.</summary>
/// <param name="Id">Which.</param>
/// <param name="Name">Its name, at most 15 bytes.</param>
/// <param name="Parent">Its parent's number.</param>
/// <param name="User">Its real user.</param>
/// <param name="RanNs">CPU time that all its threads, also those that have ended, have had, in ns; in steps of 10
/// ms.</param>
public sealed record GuestProcess(ThreadIdentity Id, string Name, int Parent, int User, long RanNs)
{
    /// <summary>A clock tick of /proc, in ns: the same on all of Linux's architectures but one.</summary>
    internal const long TickNs = 10_000_000;

    private const int ParentField = 4, FlagsField = 9, UserTimeField = 14, SystemTimeField = 15, StartedField = 22;

    /// <summary>Reads a process.</summary>
    /// <param name="files">The guest's files.</param>
    /// <param name="pid">Its number.</param>
    /// <param name="text">Room to read in.</param>
    /// <returns>Null if it is gone, has ended, or is a thread of the kernel.</returns>
    public static GuestProcess? Read(ISystemFiles files, int pid, byte[] text)
    {
        var n = files.ReadOnce($"/proc/{pid}/stat", text);
        if (n <= 0) return null;
        var line = System.Text.Encoding.UTF8.GetString(text, 0, n);
        // A name may hold blanks and brackets, so it ends at the last bracket.
        var (open, close) = (line.IndexOf('(', StringComparison.Ordinal), line.LastIndexOf(')'));
        if (open < 0 || close < open || close + 2 > line.Length) return null;
        // From the third field on.
        var words = line[(close + 2)..].Split(' ');
        if (words.Length <= StartedField - 3 || words[0] is "Z" or "X") return null;
        if ((Field(FlagsField) & ProcText.KernelThread) != 0) return null;
        n = files.ReadOnce($"/proc/{pid}/status", text);
        if (n <= 0 || !ProcText.TryValue(text.AsSpan(0, n), "\nUid:"u8, out var user)) return null;
        var name = ProcText.Plain(System.Text.Encoding.UTF8.GetBytes(line[(open + 1)..close]));
        return new(new(pid, Field(StartedField)), name, (int)Field(ParentField), (int)Math.Min(user, int.MaxValue),
            (Field(UserTimeField) + Field(SystemTimeField)) * TickNs);

        long Field(int number) =>
            long.TryParse(words[number - 3], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                ? value : 0;
    }
}
