using System.Net.Sockets;
using System.Text;

namespace Flms.Agent.Linux;

/// <summary>A Unix stream socket that listens under a path, one process at a time.</summary>
/// <remarks>
/// Beside it lies a locked file, <c>PATH.lock</c>: whoever has the lock may replace a socket that a killed process has
/// left behind. The kernel gives the lock up with the process, so a killed one is never in the way, and two that start
/// at once cannot both replace it. The mode is set before anybody can connect.
/// </remarks>
public sealed class SocketFile : IDisposable
{
    /// <summary>The error number for a path on which another process listens.</summary>
    public const int InUse = 98; // EADDRINUSE

    private const int LockHeld = 11; // EAGAIN
    private const int LongestPath = 107; // bytes, of sockaddr_un
    private const int Waiting = 16;

    private readonly LinuxAppendFile _lock;

    private SocketFile(string path, Socket socket, LinuxAppendFile held) =>
        (Path, Socket, _lock) = (path, socket, held);

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>It listens.</summary>
    public Socket Socket { get; }

    /// <summary>Makes it and lets it listen.</summary>
    /// <param name="path">Where; its folder is made if it is not there.</param>
    /// <param name="mode">Who may connect: who may write.</param>
    /// <param name="group">The group it is given to; null to leave it.</param>
    /// <param name="opened">The socket.</param>
    /// <param name="problem">Why not; and if it is there, but could not be given to the group: why not.</param>
    /// <returns>0; the negative error number; <see cref="InUse"/>, negative, if another process has it.</returns>
    public static int Open(string path, UnixFileMode mode, uint? group, out SocketFile? opened, out string problem)
    {
        opened = null;
        problem = $"a socket's path has at most {LongestPath} bytes";
        if (Encoding.UTF8.GetByteCount(path) > LongestPath) return -Errno.Invalid;
        LinuxAppendFile? held = null;
        Socket? socket = null;
        try
        {
            MakeFolder(path);
            var error = LinuxAppendFile.Open(path + ".lock", out held);
            problem = error == -LockHeld ? "another agent listens there" : $"{path}.lock: {Errno.NameOf(error)}";
            if (error < 0) return error == -LockHeld ? -InUse : error;
            error = Clear(path, out problem);
            if (error < 0) return error;
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            // Until it listens nobody can connect, whatever its mode.
            if (OperatingSystem.IsLinux()) File.SetUnixFileMode(path, mode);
            var given = group is { } to ? LinuxUsers.GiveTo(path, to) : 0;
            problem = given < 0 ? $"it cannot be given to the group: {Errno.NameOf(given)}" : "";
            socket.Listen(Waiting);
            opened = new(path, socket, held!);
            (socket, held) = (null, null);
            return 0;
        }
        catch (SocketException e)
        {
            problem = e.Message;
            return -(e.NativeErrorCode == 0 ? Errno.InputOutput : e.NativeErrorCode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
            return e is UnauthorizedAccessException ? -Errno.Access : -Errno.InputOutput;
        }
        finally
        {
            socket?.Dispose();
            held?.Dispose();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // The lock file stays: who deletes it might delete another's.
        Socket.Dispose();
        File.Delete(Path);
        _lock.Dispose();
    }

    // Everybody may look into the folder: the socket's own mode says who may connect.
    private static void MakeFolder(string path)
    {
        if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder)
            && OperatingSystem.IsLinux())
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead
                | UnixFileMode.OtherExecute);
    }

    // What a killed process has left is taken away; a socket that answers, or a file of another kind, is not.
    private static int Clear(string path, out string problem)
    {
        problem = "";
        if (FileFacts.Of(path) is not { } facts) return 0;
        problem = "there is a file that is no socket";
        if (!facts.IsSocket) return -Errno.Exists;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        probe.SendTimeout = 1000; // of the connecting too
        problem = "another process listens there";
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return -InUse;
        }
        catch (SocketException e)
        {
            if (e.SocketErrorCode != SocketError.ConnectionRefused) return -InUse;
            File.Delete(path);
            problem = "";
            return 0;
        }
    }
}
