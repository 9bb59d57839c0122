namespace Flms.Tests;

/// <summary>The checkout that the tests run in.</summary>
internal static class SourceTree
{
    /// <summary>The folder that holds Flms.slnx.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Flms.slnx")))
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("the tests run from within the repository");
        return folder;
    }
}
