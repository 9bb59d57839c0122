using Microsoft.Data.Sqlite;

namespace Flms.Sweep.Results;

/// <summary>A file of results cannot be used. The message is one line: which, why, and what to do.</summary>
public sealed class StoreFault : Exception
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14,
        NotADatabase = 26;

    internal StoreFault(string message, bool isOutput) : base(message) => IsOutput = isOutput;

    /// <summary>Was it the writing that failed (disk, permissions)? Otherwise what is in the file.</summary>
    public bool IsOutput { get; }

    /// <summary>What the library says, in words for users.</summary>
    internal static StoreFault Of(string file, SqliteException e, bool writing) => e.SqliteErrorCode switch
    {
        NotADatabase => Foreign(file),
        Corrupt => new($"{file}: the file is damaged; delete it and run the sweep again, or merge from copies", false),
        Full => new($"{file}: the disk is full; make room, then run the same command again: what is in it stays", true),
        ReadOnly => new($"{file} cannot be written: it is read-only; change its permissions, or name another", true),
        Busy or Locked => new($"{file} is in use by another program; wait for it, or stop it", writing),
        CannotOpen => new($"{file} cannot be opened; check the path and the permissions of its folder", writing),
        IoError => new($"{file}: reading or writing failed; check the disk", true),
        _ => new($"{file}: {e.Message}", writing),
    };

    /// <summary>It is something else.</summary>
    internal static StoreFault Foreign(string file) =>
        new($"{file}: this is no file of sweep results; name one that flms sweep run has written", false);
}
