namespace Flms.Agent.Linux;

/// <summary>The kernel's files in /proc and /sys: small, and read whole again and again.</summary>
/// <remarks>
/// A file that is kept open belongs to the thread it was opened for: once that thread is gone a read fails with
/// <see cref="Errno.NoProcess"/>, even if its number has been given to another. Reading through a kept descriptor
/// therefore cannot mix up two threads.
/// <para>Nothing is thrown: whatever goes wrong is a negative error number.</para>
/// </remarks>
public interface ISystemFiles
{
    /// <summary>Opens a file or a folder for reading.</summary>
    /// <param name="path">Its absolute path.</param>
    /// <returns>A descriptor, 0 or more, to be closed; or the negative error number.</returns>
    int Open(string path);

    /// <summary>Reads an open file from its beginning.</summary>
    /// <param name="file">What <see cref="Open"/> returned.</param>
    /// <param name="into">Where to; what does not fit is left out.</param>
    /// <returns>How many bytes; or the negative error number.</returns>
    int Read(int file, Span<byte> into);

    /// <summary>The entries of an open folder whose names are numbers, such as /proc's processes.</summary>
    /// <param name="folder">What <see cref="Open"/> returned.</param>
    /// <param name="numbers">Emptied, then filled in the kernel's order.</param>
    /// <returns>0, or the negative error number.</returns>
    int List(int folder, List<int> numbers);

    /// <summary>Closes what <see cref="Open"/> returned.</summary>
    void Close(int file);

    /// <summary>What a symbolic link points at.</summary>
    /// <returns>Null if it cannot be read.</returns>
    string? LinkTarget(string path);
}
