using Flms.Agent.Linux;

namespace Flms.Agent.Levers;

/// <summary>The journal as a file: opened by one agent at a time.</summary>
public sealed class JournalFile : IAppendFile
{
    /// <summary>Where it lies if nothing else is said: gone with the boot, as is what it describes.</summary>
    public const string DefaultPath = "/run/flms/journal";

    /// <summary>The error number of a journal that another agent has open.</summary>
    public const int InUse = 11; // EAGAIN

    private LinuxAppendFile _file;
    private long _written;

    private JournalFile(LinuxAppendFile file, string path, Journal? before) =>
        (_file, Path, Before) = (file, path, before);

    /// <summary>How many bytes have been written since it was opened or last made short.</summary>
    public long Written => _written;

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>What an agent before this one has changed in this boot and not put back; null for nothing.</summary>
    public Journal? Before { get; }

    /// <summary>Opens it, and makes it if it is not there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="boot">Which boot of the machine it is; a journal of another one is begun anew.</param>
    /// <param name="baseSliceNs">The kernel's default slice.</param>
    /// <param name="size">Of masks.</param>
    /// <param name="journal">The journal.</param>
    /// <returns>0; the negative error number; <see cref="InUse"/>, negative, if another agent has it.</returns>
    public static int Open(string path, string boot, ulong baseSliceNs, int size, out JournalFile? journal)
    {
        journal = null;
        try
        {
            if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder)
                && OperatingSystem.IsLinux())
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite
                    | UnixFileMode.UserExecute);
            var error = LinuxAppendFile.Open(path, out var file);
            if (error < 0) return error;
            // Only now that nobody else writes.
            error = file!.ReadAll(out var text);
            var before = Journal.Read(System.Text.Encoding.ASCII.GetString(text), size);
            if (error == 0 && (before == null || before.Boot != boot || before.Entries.Count == 0))
            {
                before = null;
                error = file.Clear();
                if (error == 0) error = file.Append(JournalText.Head(boot, baseSliceNs));
            }
            if (error == 0) journal = new(file, path, before);
            else file.Dispose();
            return error;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e is UnauthorizedAccessException ? -Errno.Access : -Errno.InputOutput;
        }
    }

    /// <inheritdoc />
    public int Append(ReadOnlySpan<byte> bytes)
    {
        _written += bytes.Length;
        return _file.Append(bytes);
    }

    /// <summary>Writes only what still counts into a new file, and puts it in the place of the old one.</summary>
    /// <param name="boot">Which boot of the machine it is.</param>
    /// <param name="baseSliceNs">The kernel's default slice.</param>
    /// <param name="ours">The threads that are ours.</param>
    /// <returns>0; or the negative error number, and the old one is still there and used.</returns>
    public int Shorten(string boot, ulong baseSliceNs, IReadOnlyList<JournalEntry> ours)
    {
        // Whoever wants to open it meets a locked file all the time: the old one, or the new one.
        var error = LinuxAppendFile.Open(Path + ".new", out var file);
        if (error < 0) return error;
        error = file!.Clear();
        if (error == 0) error = file.Append(JournalText.Head(boot, baseSliceNs));
        foreach (var entry in ours)
        {
            // The later word last: what is known to have been done, unless something was intended after it.
            var (intent, done) = ((JournalKind.Intent, entry.Intended), (JournalKind.Done, entry.Done));
            var (first, last) = entry.Confirmed ? (intent, done) : (done, intent);
            if (error == 0) error = Append(file, entry, first);
            if (error == 0) error = Append(file, entry, last);
        }
        try
        {
            if (error == 0) File.Move(Path + ".new", Path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = -Errno.InputOutput;
        }
        if (error < 0)
        {
            file.Dispose();
            return error;
        }
        _file.Dispose();
        (_file, _written) = (file, 0);
        return 0;
    }

    private static int Append(LinuxAppendFile file, JournalEntry entry, (JournalKind Kind, SchedState? State) word) =>
        word.State is { } state
            ? file.Append(JournalText.Line(new(word.Kind, entry.Process, entry.Thread, entry.Original, state))) : 0;

    /// <summary>Deletes it: everything has been put back.</summary>
    public void Delete() => File.Delete(Path);

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();
}
