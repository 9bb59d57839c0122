using System.Globalization;
using Flms.Agent.Levers;
using Flms.Agent.Linux;

namespace Flms.Agent.Guests;

/// <summary>What the guest's part has changed besides threads: which interrupts, and how they were. Lines as the
/// journal of threads has them.</summary>
/// <remarks><c>flms-guest 1 BOOT BEGUN RESERVED CRC</c> is the first line: the guest's boot, when the first change was
/// made in clock ticks since then, the reserved vCPUs. Then <c>I NUMBER NAME ORIGINAL WANTED CRC</c> before a change,
/// <c>O NUMBER NAME - - CRC</c> when it is over.</remarks>
public sealed class InterruptJournal : IDisposable
{
    private const string Magic = "flms-guest";

    private readonly LinuxAppendFile _file;
    private readonly string _path;
    private readonly Dictionary<(int Number, string Name), InterruptEntry> _ours = [];

    private InterruptJournal(LinuxAppendFile file, string path) => (_file, _path) = (file, path);

    /// <summary>When the first change was made, in clock ticks since the guest booted.</summary>
    public long Begun { get; private set; }

    /// <summary>The vCPUs that were reserved then, as Linux lists them.</summary>
    public string Reserved { get; private set; } = "";

    /// <summary>The interrupts that are ours, by number.</summary>
    public IReadOnlyList<InterruptEntry> Ours => [.. _ours.Values.OrderBy(e => e.Number)];

    /// <summary>Opens it, and makes it if it is not there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="boot">Which boot of the guest it is; a journal of another one is begun anew.</param>
    /// <param name="begun">What <see cref="Begun"/> is to be, if it is new.</param>
    /// <param name="reserved">What <see cref="Reserved"/> is to be, if it is new.</param>
    /// <param name="journal">The journal.</param>
    /// <returns>0, or the negative error number; that of <see cref="JournalFile.InUse"/> if another has it.</returns>
    public static int Open(string path, string boot, long begun, string reserved, out InterruptJournal? journal)
    {
        journal = null;
        var error = LinuxAppendFile.Open(path, out var file);
        if (error < 0) return error;
        error = file!.ReadAll(out var text);
        var read = new InterruptJournal(file, path);
        if (error == 0 && !read.Read(System.Text.Encoding.UTF8.GetString(text), boot))
        {
            (read.Begun, read.Reserved) = (begun, reserved);
            read._ours.Clear();
            error = file.Clear();
            if (error == 0) error = file.Append(JournalText.Sealed(
                string.Create(CultureInfo.InvariantCulture, $"{Magic} 1 {boot} {begun} {reserved}")));
        }
        if (error == 0) journal = read;
        else file.Dispose();
        return error;
    }

    /// <summary>Notes what is about to be done.</summary>
    /// <returns>0, or the negative error number: then it must not be done.</returns>
    public int Intend(InterruptEntry entry)
    {
        var error = _file.Append(JournalText.Sealed(string.Create(CultureInfo.InvariantCulture,
            $"I {entry.Number} {entry.Name} {entry.Original} {entry.Wanted}")));
        if (error == 0) _ours[(entry.Number, entry.Name)] = entry;
        return error;
    }

    /// <summary>It is no longer ours.</summary>
    public void Over(InterruptEntry entry)
    {
        _ours.Remove((entry.Number, entry.Name));
        _file.Append(JournalText.Sealed(
            string.Create(CultureInfo.InvariantCulture, $"O {entry.Number} {entry.Name} - -")));
    }

    /// <summary>Deletes it: everything has been put back.</summary>
    public void Delete() => File.Delete(_path);

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private bool Read(string text, string boot)
    {
        var head = false;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = JournalText.Opened(line)?.Split(' ') ?? [];
            if (words is [Magic, "1", var of, var begun, var reserved])
            {
                if (of != boot || !long.TryParse(begun, CultureInfo.InvariantCulture, out var ticks)) return false;
                (head, Begun, Reserved) = (true, ticks, reserved);
            }
            else if (words is ["I" or "O", var number, var name, var original, var wanted]
                && int.TryParse(number, CultureInfo.InvariantCulture, out var n))
            {
                if (words[0] == "I") _ours[(n, name)] = new(n, name, original, wanted);
                else _ours.Remove((n, name));
            }
        }
        return head;
    }
}

/// <summary>An interrupt that is ours.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">What the kernel says it is for, as in <c>virtio0-input.0</c>.</param>
/// <param name="Original">The CPUs it could go to, as Linux listed them.</param>
/// <param name="Wanted">Those it was to go to.</param>
public sealed record InterruptEntry(int Number, string Name, string Original, string Wanted);
