namespace Flms.Traces;

/// <summary>A file that appears whole or not at all: written under another name beside it, and renamed at the
/// end.</summary>
/// <remarks>Dispose without <see cref="Keep"/> leaves no file, and an older one of that name as it was.</remarks>
public sealed class WholeFile : IDisposable
{
    private readonly string _path;
    private readonly string _partial;
    private FileStream? _stream;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Its name in the end.</param>
    /// <exception cref="IOException">It cannot be written there.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written there.</exception>
    public WholeFile(string path)
    {
        _path = path;
        _partial = path + ".partial";
        _stream = new(_partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
    }

    /// <summary>Where to write.</summary>
    public Stream Stream => _stream ?? throw new ObjectDisposedException(nameof(WholeFile));

    /// <summary>All is written: gives the file its name, in place of an older one.</summary>
    /// <exception cref="IOException">The disk is full, or the name cannot be given.</exception>
    public void Keep()
    {
        Stream.Flush();
        _stream!.Dispose();
        File.Move(_partial, _path, overwrite: true);
        _stream = null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_stream == null) return;
        try
        {
            _stream.Dispose();
            File.Delete(_partial);
        }
        catch (IOException)
        {
            // The disk is full or gone; the caller has been told by the write that failed.
        }
        _stream = null;
    }
}
