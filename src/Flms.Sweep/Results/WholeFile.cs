namespace Flms.Sweep.Results;

/// <summary>Files for others to read: there whole or not at all.</summary>
internal static class WholeFile
{
    private const int Block = 1 << 16;

    /// <summary>Puts a file in its place.</summary>
    /// <remarks>It is made in this machine's own temporary folder, since a database wants locks that a network's file
    /// system may not have; copied beside its place; and renamed, which cannot be seen half done.</remarks>
    /// <param name="target">Its place; one that is there is replaced.</param>
    /// <param name="make">Writes a file of the name that it is given.</param>
    /// <exception cref="StoreFault">It cannot be written.</exception>
    public static void Put(string target, Action<string> make) => Refusals(target, () =>
    {
        var scratch = Directory.CreateTempSubdirectory("flms-");
        // No two processes of all machines may write the same name.
        var part = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(target))!, $".{Path.GetRandomFileName()}.part");
        try
        {
            var made = Path.Combine(scratch.FullName, "made");
            make(made);
            using (var from = File.OpenRead(made))
            using (var to = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, Block))
            {
                from.CopyTo(to);
                to.Flush(flushToDisk: true);
            }
            File.Move(part, target, overwrite: true);
        }
        finally
        {
            scratch.Delete(recursive: true);
            File.Delete(part);
        }
    });

    /// <summary>Does something with files; what the system refuses becomes one line.</summary>
    public static void Refusals(string file, Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreFault($"{file} cannot be written: {e.Message.TrimEnd('.')}", true);
        }
    }
}
