using System.Runtime.InteropServices;

namespace Flms.Agent.Linux;

/// <summary>Users and groups of the machine this process runs on.</summary>
public static partial class LinuxUsers
{
    private const uint Unchanged = uint.MaxValue; // (uid_t)-1

    /// <summary>The user that this process acts as.</summary>
    public static uint Own => geteuid();

    /// <summary>The number of a group.</summary>
    /// <param name="name">Its name or its number.</param>
    /// <returns>Null if there is none.</returns>
    public static uint? GroupOf(string name)
    {
        if (uint.TryParse(name, System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out var number)) return number;
        var found = getgrnam(name);
        // struct group: name, password, number.
        return found == 0 ? null : (uint)Marshal.ReadInt32(found, 2 * IntPtr.Size);
    }

    /// <summary>Gives a file to a group.</summary>
    /// <returns>0, or the negative error number.</returns>
    public static int GiveTo(string path, uint group) =>
        chown(path, Unchanged, group) < 0 ? -Marshal.GetLastPInvokeError() : 0;

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getgrnam(string name);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint user, uint group);
}
