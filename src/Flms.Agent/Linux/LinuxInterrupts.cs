using System.Runtime.InteropServices;
using System.Text;

namespace Flms.Agent.Linux;

/// <summary>The interrupts of the machine this process runs on, by /proc/irq.</summary>
/// <param name="files">Its files.</param>
public sealed partial class LinuxInterrupts(ISystemFiles files) : IInterruptCalls
{
    private const int WriteOnlyCloseOnExec = 0x80001; // O_WRONLY | O_CLOEXEC

    /// <inheritdoc />
    public int GetAffinity(int number, out string cpus)
    {
        var text = new byte[4096];
        var n = files.ReadOnce(PathOf(number), text);
        cpus = n < 0 ? "" : Encoding.ASCII.GetString(text, 0, n).TrimEnd('\n');
        return Math.Min(n, 0);
    }

    /// <inheritdoc />
    public int SetAffinity(int number, string cpus)
    {
        // By system call: the framework's files would read and seek, and do not tell the error's number.
        var file = open(PathOf(number), WriteOnlyCloseOnExec);
        if (file < 0) return -Marshal.GetLastPInvokeError();
        var text = Encoding.ASCII.GetBytes(cpus + "\n");
        var error = write(file, text, text.Length) < 0 ? -Marshal.GetLastPInvokeError() : 0;
        _ = close(file);
        return error;
    }

    private static string PathOf(int number) => $"/proc/irq/{number}/smp_affinity_list";

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int file, ReadOnlySpan<byte> bytes, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}
