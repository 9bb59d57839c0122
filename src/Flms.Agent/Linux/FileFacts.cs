using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Flms.Agent.Linux;

/// <summary>What kind of file something is, and which one: the framework does not say.</summary>
/// <param name="IsSocket">Is it a socket?</param>
/// <param name="Device">The number of its file system, major and minor.</param>
/// <param name="Inode">Its number there.</param>
public readonly partial record struct FileFacts(bool IsSocket, (uint Major, uint Minor) Device, ulong Inode)
{
    /// <summary>The number of the file system in one, as the C library's <c>makedev</c> puts it together.</summary>
    public ulong DeviceNumber => (Device.Minor & 0xFFUL) | (Device.Major & 0xFFFUL) << 8
        | (Device.Minor & ~0xFFUL) << 12 | (Device.Major & ~0xFFFUL) << 32;

    private const int Here = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int ByDescriptor = 0x1000; // AT_EMPTY_PATH
    private const uint Wanted = 0x101; // STATX_TYPE | STATX_INO
    private const int TypeMask = 0xF000;
    private const int SocketType = 0xC000;

    /// <summary>Of a path; a symbolic link is not followed.</summary>
    /// <returns>Null if there is none, or it cannot be looked at.</returns>
    public static FileFacts? Of(string path) => Ask(Here, path, NoFollow);

    /// <summary>Of an open file.</summary>
    /// <returns>Null if it is not open.</returns>
    public static FileFacts? Of(int descriptor) => Ask(descriptor, "", ByDescriptor);

    private static FileFacts? Ask(int folder, string path, int flags)
    {
        // struct statx, which is the same on every architecture.
        Span<byte> facts = stackalloc byte[256];
        if (statx(folder, path, flags, Wanted, facts) < 0) return null;
        var mode = BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]);
        return new((mode & TypeMask) == SocketType,
            (BinaryPrimitives.ReadUInt32LittleEndian(facts[136..]),
                BinaryPrimitives.ReadUInt32LittleEndian(facts[140..])),
            BinaryPrimitives.ReadUInt64LittleEndian(facts[32..]));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint wanted, Span<byte> facts);
}
