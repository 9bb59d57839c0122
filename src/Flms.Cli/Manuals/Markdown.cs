using System.Text.RegularExpressions;

namespace Flms.Cli.Manuals;

/// <summary>Puts sections of the documentation into a manual page, so that both say the same.</summary>
/// <remarks>It knows what docs/ uses: headings, paragraphs, lists, tables, fenced lines. A table's row becomes a term
/// with the rest of the row as its meaning.</remarks>
internal static partial class Markdown
{
    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\|[-| :]*\|$")]
    private static partial Regex Rule();

    /// <summary>The sections of a document, each with its heading.</summary>
    /// <param name="document">Markdown.</param>
    public static IEnumerable<(string Title, string Text)> Sections(string document) =>
        from part in ("\n" + document).Split("\n## ").Skip(1)
        let end = part.IndexOf('\n', StringComparison.Ordinal)
        where end > 0
        select (part[..end].Trim(), part[(end + 1)..]);

    /// <summary>Writes a section's text.</summary>
    public static void Write(Roff page, string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length;)
        {
            var line = lines[i];
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                var end = Array.FindIndex(lines, i + 1, l => l.StartsWith("```", StringComparison.Ordinal));
                page.Lines(lines[(i + 1)..end]);
                i = end + 1;
            }
            else if (line.StartsWith('|'))
            {
                var end = i;
                while (end < lines.Length && lines[end].StartsWith('|')) end++;
                Table(page, lines[i..end]);
                i = end;
            }
            else if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                page.Subsection(line[4..]);
                i++;
            }
            else if (line.Trim() == "" || line.StartsWith("<!--", StringComparison.Ordinal)) i++;
            else
            {
                var end = i + 1;
                while (end < lines.Length && !Begins(lines[end])) end++;
                var words = Plain(string.Join(' ', lines[i..end].Select(l => l.Trim())));
                if (IsItem(line)) page.Item(words[2..]);
                else page.Paragraph(words);
                i = end;
            }
        }
    }

    private static bool IsItem(string line) => line.StartsWith("- ", StringComparison.Ordinal);

    private static bool Begins(string line) => line.Trim() == "" || IsItem(line) || line[0] == '|'
        || line.StartsWith("```", StringComparison.Ordinal) || line.StartsWith('#');

    private static string Plain(string text) => Link().Replace(text, "${text}");

    private static void Table(Roff page, string[] lines)
    {
        // The first row names the columns.
        var rows = lines.Where(l => !Rule().IsMatch(l)).Select(Cells).ToList();
        foreach (var row in rows.Skip(1))
            page.Term(row[0], string.Join("; ", row.Skip(1).Where(c => c != "").Select((c, i) =>
                row.Length > 2 && rows[0][i + 1] != "" && i > 0 ? $"{rows[0][i + 1]}: {c}" : c)));
    }

    private static string[] Cells(string line) =>
        [.. line.Trim('|').Split('|').Select(c => Plain(c.Trim()))];
}
