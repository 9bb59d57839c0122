namespace Flms.Traces.Tests;

/// <summary>Finds recordings: those of the repository, and the larger ones that may lie beside it.</summary>
internal static class Shared
{
    public static readonly string Root = FindRoot();

    /// <summary>A whole recording if it lies in the folder beside the repository, else the cut that is kept.</summary>
    public static string Recording(string name)
    {
        var whole = Path.Combine(Root, "..", "shared", "data", name + ".trace");
        return File.Exists(whole) ? whole : Kept(name);
    }

    /// <summary>A recording kept in the repository.</summary>
    public static string Kept(string name) => Path.Combine(Root, "scenarios", "recordings", name + ".trace");

    /// <summary>Reads it, and fails the test if that cannot be done.</summary>
    public static Recording Read(string path, string? map = null)
    {
        var error = Traces.Recording.TryRead(path, map, out var recording);
        Assert.Null(error);
        return recording!;
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Flms.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("not inside the repository");
        return folder;
    }
}
