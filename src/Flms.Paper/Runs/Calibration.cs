using System.Text.RegularExpressions;

namespace Flms.Paper.Runs;

/// <summary>What was fixed, by what, and why: the tables of calibration.md beside the scenarios.</summary>
public static partial class Calibration
{
    /// <summary>The page's name.</summary>
    public const string File = "calibration.md";

    [GeneratedRegex(@"^\| (?<what>[^|]+) \| (?<value>[^|]+) \| (?<why>[^|]+) \|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"\*\*|`|\[(?<text>[^\]]*)\]\([^)]*\)")]
    private static partial Regex Marks();

    /// <summary>Each assumption as a sentence: what, its value, and why. None if there is no such page.</summary>
    /// <param name="folder">The folder of the scenario files.</param>
    public static IReadOnlyList<string> Read(string folder)
    {
        var path = Path.Combine(folder, File);
        return System.IO.File.Exists(path) ? [.. Rows(System.IO.File.ReadAllLines(path))] : [];
    }

    /// <summary>The assumptions in the lines of the page.</summary>
    internal static IEnumerable<string> Rows(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            var row = Row().Match(line);
            if (!row.Success || row.Groups["why"].Value == "why") continue;
            yield return Plain($"{row.Groups["what"].Value}: {row.Groups["value"].Value}. "
                + $"{row.Groups["why"].Value.TrimEnd('.')}.");
        }
    }

    private static string Plain(string text) => Marks().Replace(text, m => m.Groups["text"].Value);
}
