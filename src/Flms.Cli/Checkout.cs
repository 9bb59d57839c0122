namespace Flms.Cli;

/// <summary>The repository that the user works in: for verbs that keep its generated files up to date.</summary>
internal static class Checkout
{
    /// <summary>Its folder: the one with Flms.slnx, upwards from the present folder.</summary>
    /// <exception cref="Failure">There is none.</exception>
    public static string Find(string verb)
    {
        for (var folder = Directory.GetCurrentDirectory(); folder != null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Flms.slnx"))) return folder;
        throw Failure.Usage($"{verb} works in a checkout of flms: change to one first");
    }

    /// <summary>Writes a text whole or not at all.</summary>
    public static void Write(string path, string text)
    {
        using var file = OutputFile.Open(path);
        file.Write(stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
        file.Keep();
    }
}
