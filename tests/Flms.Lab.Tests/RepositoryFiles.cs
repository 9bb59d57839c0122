namespace Flms.Lab.Tests;

/// <summary>Files of the repository that tests read.</summary>
internal static class RepositoryFiles
{
    // What lies in scenarios/sweeps/ says how scenarios vary; Flms.Sweep.Tests reads it.
    public static IEnumerable<string> Scenarios =>
        Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "scenarios"), "*.yaml", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(SourceTree.Root, f))
            .Where(f => !f.StartsWith("scenarios/sweeps/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public static string Text(string path) => File.ReadAllText(Path.Combine(SourceTree.Root, path));
}
