namespace Flms.Traces.Tests;

/// <summary>Finds recordings: those of the repository, and the larger ones that may lie beside it.</summary>
internal static class Shared
{
    /// <summary>A whole recording if it lies in the folder beside the repository, else the cut that is kept.</summary>
    public static string Recording(string name)
    {
        var whole = Path.Combine(SourceTree.Root, "..", "shared", "data", name + ".trace");
        return File.Exists(whole) ? whole : Kept(name);
    }

    /// <summary>A recording kept in the repository.</summary>
    public static string Kept(string name) => Path.Combine(SourceTree.Root, "scenarios", "recordings", name + ".trace");

    /// <summary>Reads it, and fails the test if that cannot be done.</summary>
    public static Recording Read(string path, string? map = null)
    {
        var error = Traces.Recording.TryRead(path, map, out var recording);
        Assert.Null(error);
        return recording!;
    }
}
