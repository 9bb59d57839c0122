namespace Flms.Cli;

/// <summary>A result file, written whole or not at all.</summary>
/// <remarks>
/// It is written beside its target, and takes the target's place when <see cref="Keep"/> is called. Opening it before
/// a long run finds out at once whether it can be written. A device (<c>/dev/stdout</c>, a shell's
/// <c>&gt;(...)</c>) is written as it comes.
/// </remarks>
internal sealed class OutputFile : IDisposable
{
    private static readonly List<string> Parts = [];

    private readonly string _target;
    private readonly string? _part;
    private FileStream? _stream;

    private OutputFile(string path, string target, string? part, FileStream stream)
    {
        (Path, _target, _part, _stream) = (path, target, part, stream);
    }

    /// <summary>The file as the user named it.</summary>
    public string Path { get; }

    /// <summary>Where to write. Errors of writing are not yet translated: use <see cref="Write"/>.</summary>
    public Stream Stream => _stream ?? throw new InvalidOperationException("the file is closed");

    /// <summary>Makes ready to write a report's page.</summary>
    /// <exception cref="Failure">It cannot be written, or there is no page to write it into.</exception>
    public static OutputFile Page(string path) => Report.ReportPage.Available ? Open(path)
        : throw Failure.Output("the report's page was not built into this flms: start it by ./flms, which builds it "
            + "(Node.js is needed)");

    /// <summary>Makes ready to write.</summary>
    /// <exception cref="Failure">It cannot be written.</exception>
    public static OutputFile Open(string path)
    {
        try
        {
            if (path.StartsWith("/dev/", StringComparison.Ordinal))
                return new(path, path, null, new(path, FileMode.Open, FileAccess.Write));
            if (path.Length == 0) throw Failure.Output("the name of an output file is empty");
            if (Directory.Exists(path)) throw Failure.Output($"{path} is a directory; name a file in it");
            var target = new FileInfo(path).LinkTarget == null ? System.IO.Path.GetFullPath(path)
                : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            var folder = System.IO.Path.GetDirectoryName(target)!;
            if (!Directory.Exists(folder)) throw Failure.Output($"{path}: its directory does not exist; make it first");
            // A file that may not be changed is not replaced either, although the directory would allow it.
            if (File.Exists(target)) using (File.OpenWrite(target)) { }
            var part = System.IO.Path.Combine(
                folder, $".{System.IO.Path.GetFileName(target)}.{Environment.ProcessId}.part");
            var stream = new FileStream(part, FileMode.Create, FileAccess.ReadWrite);
            lock (Parts) Parts.Add(part);
            return new(path, target, part, stream);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Refused(path, e);
        }
    }

    /// <summary>Deletes what has not been kept, when the process ends without disposing.</summary>
    public static void DeleteParts()
    {
        lock (Parts)
            foreach (var part in Parts) File.Delete(part);
    }

    /// <summary>Writes something.</summary>
    /// <exception cref="Failure">The file took no more.</exception>
    public void Write(Action<Stream> write)
    {
        try
        {
            write(Stream);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Refused(Path, e);
        }
    }

    /// <summary>It is complete: let it take its place.</summary>
    /// <exception cref="Failure">It cannot.</exception>
    public void Keep()
    {
        try
        {
            Stream.Dispose();
            if (_part != null) File.Move(_part, _target, overwrite: true);
            _stream = null;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Refused(Path, e);
        }
    }

    /// <summary>Forgets it, unless it was kept.</summary>
    public void Dispose()
    {
        if (_stream == null) return;
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // What could not be flushed is deleted anyway.
        }
        _stream = null;
        if (_part != null) File.Delete(_part);
    }

    private static bool IsRefusal(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentException;

    private static Failure Refused(string path, Exception e) =>
        Failure.Output($"{path} cannot be written: {e.Message.TrimEnd('.')}");
}
