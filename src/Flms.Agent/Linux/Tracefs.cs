using System.Runtime.InteropServices;

namespace Flms.Agent.Linux;

/// <summary>The kernel's folder of trace events, which describes each of them.</summary>
/// <remarks>
/// Where nobody has mounted it, it is mounted for this process alone: not attached anywhere, seen by nobody else, and
/// gone with the descriptor. So nothing on the host changes, whatever becomes of the process.
/// </remarks>
internal sealed partial class Tracefs : IDisposable
{
    private const nint FsOpen = 430, FsConfig = 431, FsMount = 432; // the same on all architectures
    private const nint CloseOnExec = 1, Create = 6;

    private static readonly string[] Usual = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    private readonly ISystemFiles _files;
    private readonly string _folder;
    private readonly int _mount;

    private Tracefs(ISystemFiles files, string folder, int mount) => (_files, _folder, _mount) = (files, folder, mount);

    /// <summary>Finds or mounts it.</summary>
    /// <returns>0, or the negative error number.</returns>
    public static int Open(ISystemFiles files, out Tracefs? tracefs)
    {
        tracefs = null;
        foreach (var folder in Usual)
        {
            var found = files.Open($"{folder}/events/sched");
            if (found < 0) continue;
            files.Close(found);
            tracefs = new(files, folder, -1);
            return 0;
        }
        var context = Call(FsOpen, "tracefs", CloseOnExec);
        if (context < 0) return context;
        var error = Call(FsConfig, context, Create, 0, 0, 0);
        var mount = error < 0 ? error : Call(FsMount, context, CloseOnExec, 0, 0, 0);
        files.Close(context);
        if (mount < 0) return mount;
        tracefs = new(files, $"/proc/self/fd/{mount}", mount);
        return 0;
    }

    /// <summary>How an event of the scheduler is laid out.</summary>
    /// <returns>Null if this kernel has none of that name.</returns>
    public TracepointFormat? Sched(string name) =>
        _files.Read($"{_folder}/events/sched/{name}/format") is { } text ? TracepointFormat.Parse(text) : null;

    /// <inheritdoc />
    public void Dispose()
    {
        if (_mount >= 0) _files.Close(_mount);
    }

    private static int Call(nint number, string text, nint flags)
    {
        var n = syscall(number, text, flags);
        return n < 0 ? -Marshal.GetLastPInvokeError() : (int)n;
    }

    private static int Call(nint number, nint a, nint b, nint c, nint d, nint e)
    {
        var n = syscall(number, a, b, c, d, e);
        return n < 0 ? -Marshal.GetLastPInvokeError() : (int)n;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint syscall(nint number, string text, nint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);
}
