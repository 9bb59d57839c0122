using System.Text.Json;

namespace Flms.Schedulers.Tests;

/// <summary>Recorded answers of the genuine schedulers, in tests/golden.</summary>
internal static class Golden
{
    public static string PathOf(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "Flms.slnx"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "tests", "golden", name);
    }

    public static IEnumerable<JsonElement> Lines(string name) =>
        File.ReadLines(PathOf(name)).Where(line => line.Length > 0)
            .Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>The switches of a trace: time in us, from, to, slice in us (-1: none).</summary>
    public static IEnumerable<(long AtUs, string From, string To, long SliceUs)> Switches(string name)
    {
        foreach (var line in File.ReadLines(PathOf(name)))
        {
            var word = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (word.Length < 7 || word[4] != "->") continue;
            var slice = decimal.Parse(word[6]["slice=".Length..]);
            yield return ((long)(decimal.Parse(word[0]) * 1000), Plain(word[3]), Plain(word[5]),
                word[6].Contains('-') ? -1 : (long)(slice * 1000));
        }
    }

    private static string Plain(string name) => name.StartsWith("idle") ? "idle" : name;
}
