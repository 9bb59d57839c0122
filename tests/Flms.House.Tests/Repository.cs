namespace Flms.House.Tests;

/// <summary>The files of this repository, as the tidy tests see them.</summary>
internal static class Repository
{
    private static readonly HashSet<string> NotOurs =
        ["bin", "obj", "node_modules", "dist", "out", ".git", ".build", "TestResults"];

    /// <summary>The folder that holds Flms.slnx.</summary>
    public static string Root { get; } = SourceTree.Root;

    /// <summary>Every file, as a path from the root with forward slashes, in order.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    /// <summary>The C# files, parsed.</summary>
    public static IReadOnlyList<SourceFile> Sources { get; } =
        [.. Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal)).Select(f => new SourceFile(f, Read(f)))];

    public static string Read(string path) => File.ReadAllText(Full(path));

    public static string Full(string path) => Path.Combine(Root, path);

    public static bool Exists(string path) => File.Exists(Full(path)) || Directory.Exists(Full(path));

    /// <summary>The project a path lies in, like <c>Flms.Core</c>; empty outside src, tests and bench.</summary>
    public static string RoomOf(string path)
    {
        var parts = path.Split('/');
        return parts.Length > 2 && parts[0] is "src" or "tests" or "bench" ? parts[1] : "";
    }

    /// <summary>Fails with one line a finding, if there is any.</summary>
    public static void NoFindings(IEnumerable<string> findings)
    {
        var all = findings.ToList();
        Assert.True(all.Count == 0, $"{all.Count} findings:\n" + string.Join('\n', all));
    }

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder)) yield return Relative(file);
        foreach (var inner in Directory.EnumerateDirectories(folder))
        {
            if (NotOurs.Contains(Path.GetFileName(inner))) continue;
            foreach (var file in Walk(inner)) yield return file;
        }
    }

    private static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');
}
