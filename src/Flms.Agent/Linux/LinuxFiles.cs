using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Flms.Agent.Linux;

/// <summary>The files of the machine this process runs on.</summary>
/// <remarks>By system call, since the framework's own reading allocates a stream for each file and its listing a
/// string for each entry: a thousand threads are read every second.</remarks>
public sealed partial class LinuxFiles : ISystemFiles
{
    private const int ReadOnlyCloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC
    private const int HeaderBytes = 19;              // of linux_dirent64, before the name

    private readonly byte[] _entries = new byte[32 << 10];

    /// <inheritdoc />
    public int Open(string path)
    {
        var file = open(path, ReadOnlyCloseOnExec);
        return file >= 0 ? file : -Marshal.GetLastPInvokeError();
    }

    /// <inheritdoc />
    public int Read(int file, Span<byte> into)
    {
        while (true)
        {
            var n = pread(file, into, into.Length, 0);
            if (n >= 0) return (int)n;
            var error = Marshal.GetLastPInvokeError();
            // Some files, as those of debugfs, can only be read once each time that they are opened.
            if (error == Errno.NoSeek && (n = read(file, into, into.Length)) >= 0) return (int)n;
            if (error != Errno.Interrupted) return -error;
        }
    }

    /// <inheritdoc />
    public int List(int folder, List<int> numbers)
    {
        numbers.Clear();
        if (lseek(folder, 0, 0) < 0) return -Marshal.GetLastPInvokeError();
        while (true)
        {
            var n = (int)getdents64(folder, _entries, _entries.Length);
            if (n < 0) return -Marshal.GetLastPInvokeError();
            if (n == 0) return 0;
            for (var at = 0; at < n;)
            {
                var length = BinaryPrimitives.ReadUInt16LittleEndian(_entries.AsSpan(at + 16));
                var name = _entries.AsSpan(at + HeaderBytes, length - HeaderBytes);
                name = name[..name.IndexOf((byte)0)];
                if (ProcText.TryNumber(name, out var number) && number <= int.MaxValue) numbers.Add((int)number);
                at += length;
            }
        }
    }

    /// <inheritdoc />
    public void Close(int file) => _ = close(file);

    /// <inheritdoc />
    public string? LinkTarget(string path)
    {
        Span<byte> target = stackalloc byte[512];
        var n = readlink(path, target, target.Length);
        return n < 0 ? null : System.Text.Encoding.UTF8.GetString(target[..(int)n]);
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int file, Span<byte> into, nint length, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int file, Span<byte> into, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int file, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getdents64(int file, Span<byte> into, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlink(string path, Span<byte> into, nint length);
}
