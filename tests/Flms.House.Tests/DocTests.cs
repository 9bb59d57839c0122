using System.Text;
using System.Text.RegularExpressions;

namespace Flms.House.Tests;

/// <summary>Documentation points at what is there.</summary>
public sealed partial class DocTests
{
    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6}\s+(.*?)\s*$")]
    private static partial Regex Heading();

    private static IEnumerable<string> Pages =>
        Repository.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal));

    [Fact]
    public void Every_link_resolves() => Repository.NoFindings(
        from page in Pages
        from line in Prose(page)
        from Match match in Link().Matches(line.Text)
        let target = match.Groups[1].Value
        where !target.Contains("://", StringComparison.Ordinal) && !Resolves(page, target)
        select $"{page}:{line.Number}: {target} is not there");

    [Fact]
    public void Every_page_of_docs_can_be_reached_from_its_index()
    {
        var reached = new HashSet<string>();
        var left = new Queue<string>(["docs/README.md"]);
        while (left.TryDequeue(out var page))
            if (reached.Add(page) && Repository.Exists(page))
                foreach (var linked in PagesLinkedFrom(page)) left.Enqueue(linked);
        Repository.NoFindings(Pages.Where(p => p.StartsWith("docs/", StringComparison.Ordinal) && !reached.Contains(p))
            .Select(p => $"{p} is not linked from docs/README.md or a page it links"));
    }

    // A link to a folder leads to every page in it.
    private static IEnumerable<string> PagesLinkedFrom(string page) =>
        from line in Prose(page)
        from Match match in Link().Matches(line.Text)
        let path = Target(page, match.Groups[1].Value).Path
        from found in Pages
        where found == path || Path.GetDirectoryName(found) == path
        select found;

    private static bool Resolves(string page, string target)
    {
        var (path, anchor) = Target(page, target);
        if (!Repository.Exists(path)) return false;
        if (anchor == "" || !path.EndsWith(".md", StringComparison.Ordinal)) return true;
        return Prose(path).Select(l => Heading().Match(l.Text))
            .Any(m => m.Success && Slug(m.Groups[1].Value) == anchor);
    }

    private static (string Path, string Anchor) Target(string page, string target)
    {
        var hash = target.IndexOf('#', StringComparison.Ordinal);
        var anchor = hash < 0 ? "" : target[(hash + 1)..];
        var path = hash < 0 ? target : target[..hash];
        if (path == "") return (page, anchor);
        var folder = Path.GetDirectoryName(Repository.Full(page))!;
        var full = Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(path)));
        return (Path.GetRelativePath(Repository.Root, full).Replace('\\', '/'), anchor);
    }

    // As GitHub makes them: lower case, spaces to hyphens, all else but letters, digits, hyphens and underscores
    // dropped.
    private static string Slug(string heading)
    {
        var slug = new StringBuilder();
        foreach (var c in heading.ToLowerInvariant())
            if (char.IsLetterOrDigit(c) || c is '-' or '_') slug.Append(c);
            else if (c == ' ') slug.Append('-');
        return slug.ToString();
    }

    /// <summary>The lines of a page that are not in a code block.</summary>
    private static IEnumerable<(string Text, int Number)> Prose(string page)
    {
        var code = false;
        var number = 0;
        foreach (var line in Repository.Read(page).Split('\n'))
        {
            number++;
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) code = !code;
            else if (!code) yield return (Regex.Replace(line, "`[^`]*`", m => new string(' ', m.Length)), number);
        }
    }
}
