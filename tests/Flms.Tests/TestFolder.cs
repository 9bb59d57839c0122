namespace Flms.Tests;

/// <summary>A folder of its own for each test; deleted at the end.</summary>
public abstract class TestFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flms-");

    /// <summary>The names of the files in it, in order.</summary>
    protected string[] FilesLeft => [.. _folder.GetFiles().Select(f => f.Name).Order(StringComparer.Ordinal)];

    /// <summary>Its path, or that of a file in it.</summary>
    protected string PathOf(string name = "") => Path.Combine(_folder.FullName, name);

    /// <summary>Writes a file in it, and returns its path.</summary>
    protected string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }
}
