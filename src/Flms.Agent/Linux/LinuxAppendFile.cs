using System.Runtime.InteropServices;

namespace Flms.Agent.Linux;

/// <summary>A file of this machine that only grows, and that one process at a time has.</summary>
public sealed partial class LinuxAppendFile : IAppendFile
{
    // O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, whose number differs between architectures.
    private static readonly int Flags = 0x2 | 0x40 | 0x400 | 0x80000
        | (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000);

    private const int OwnerOnly = 0x180; // 0600
    private const int ExclusiveOrFail = 2 | 4; // LOCK_EX | LOCK_NB
    private const int Unlock = 8; // LOCK_UN

    private int _file;

    private LinuxAppendFile(int file) => _file = file;

    /// <summary>Opens a file, made for its owner only if it is not there, and locks it.</summary>
    /// <param name="path">Where; a symbolic link is refused.</param>
    /// <param name="opened">The file.</param>
    /// <returns>0; the negative error number; EAGAIN (-11) if another process has it.</returns>
    public static int Open(string path, out LinuxAppendFile? opened)
    {
        opened = null;
        var file = open(path, Flags, OwnerOnly);
        if (file < 0) return -Marshal.GetLastPInvokeError();
        if (flock(file, ExclusiveOrFail) < 0)
        {
            var error = -Marshal.GetLastPInvokeError();
            _ = close(file);
            return error;
        }
        opened = new(file);
        return 0;
    }

    /// <inheritdoc />
    public int Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var n = write(_file, bytes, bytes.Length);
            if (n < 0 && Marshal.GetLastPInvokeError() is var error && error != Errno.Interrupted) return -error;
            if (n > 0) bytes = bytes[(int)n..];
        }
        return 0;
    }

    /// <summary>All that is in it.</summary>
    /// <param name="bytes">What was read.</param>
    /// <returns>0, or the negative error number.</returns>
    /// <remarks>Not by the framework's files: they take the same kind of lock, and would be refused.</remarks>
    public int ReadAll(out byte[] bytes)
    {
        bytes = [];
        var length = lseek(_file, 0, 2);
        if (length < 0) return -Marshal.GetLastPInvokeError();
        bytes = new byte[length];
        for (var at = 0; at < bytes.Length;)
        {
            var n = pread(_file, bytes.AsSpan(at), bytes.Length - at, at);
            if (n < 0 && Marshal.GetLastPInvokeError() is var error && error != Errno.Interrupted) return -error;
            if (n == 0) break;
            if (n > 0) at += (int)n;
        }
        return 0;
    }

    /// <summary>Empties it.</summary>
    /// <returns>0, or the negative error number.</returns>
    public int Clear() => ftruncate(_file, 0) < 0 ? -Marshal.GetLastPInvokeError() : 0;

    /// <inheritdoc />
    public void Dispose()
    {
        if (_file < 0) return;
        // Closing alone would not do: a program that this process is just starting has the file, and with it the lock,
        // for a moment more.
        _ = flock(_file, Unlock);
        _ = close(_file);
        _file = -1;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(int file, int operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int file, ReadOnlySpan<byte> bytes, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int file, Span<byte> into, nint length, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int file, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int file, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}
