using System.Text;

namespace Flms.Cli.Manuals;

/// <summary>Writes a manual page, in the macros that every man(1) knows.</summary>
internal sealed class Roff
{
    private readonly StringBuilder _text = new();

    /// <summary>Begins a page.</summary>
    /// <param name="name">As in <c>flms</c>.</param>
    /// <param name="section">1 for programs, 5 for files, 8 for the administrator's programs.</param>
    /// <param name="summary">What it is, in a few words.</param>
    public Roff(string name, int section, string summary)
    {
        _text.Append($".TH {Escaped(name.ToUpperInvariant())} {section} \"\" \"flms {Build.Version}\" \"FLMS\"\n");
        Section("Name");
        _text.Append($"{Escaped(name)} \\- {Escaped(summary)}\n");
    }

    /// <summary>A section.</summary>
    public Roff Section(string title)
    {
        _text.Append($".SH {Escaped(title.ToUpperInvariant())}\n");
        return this;
    }

    /// <summary>A section within a section.</summary>
    public Roff Subsection(string title)
    {
        _text.Append($".SS {Escaped(title)}\n");
        return this;
    }

    /// <summary>A paragraph: <c>`code`</c> and <c>**strong**</c> are bold, <c>*words*</c> italic.</summary>
    public Roff Paragraph(string text)
    {
        if (text != "") _text.Append($".PP\n{Inline(text)}\n");
        return this;
    }

    /// <summary>A term, and what it means.</summary>
    public Roff Term(string term, string meaning)
    {
        _text.Append($".TP\n{Inline(term)}\n{Inline(meaning)}\n");
        return this;
    }

    /// <summary>An item of a list.</summary>
    public Roff Item(string text)
    {
        _text.Append($".IP \\(bu 2\n{Inline(text)}\n");
        return this;
    }

    /// <summary>Lines as they are.</summary>
    public Roff Lines(params IEnumerable<string> lines)
    {
        _text.Append(".PP\n.nf\n.RS 4\n");
        foreach (var line in lines) _text.Append($"{Guarded(Escaped(line))}\n");
        _text.Append(".RE\n.fi\n");
        return this;
    }

    /// <summary>The page.</summary>
    public override string ToString() => _text.ToString();

    // A line that begins with a dot or a quote would be taken for a macro; an empty one would be a space.
    private static string Guarded(string line) =>
        line is "" ? "\\&" : line[0] is '.' or '\'' ? $"\\&{line}" : line;

    private static string Inline(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            var (mark, font) = text[i] == '`' ? ("`", "B")
                : text.AsSpan(i).StartsWith("**") ? ("**", "B")
                : text[i] == '*' ? ("*", "I") : ("", "");
            var end = mark == "" ? -1 : text.IndexOf(mark, i + mark.Length, StringComparison.Ordinal);
            // A star that stands alone is a star: as in "web-*".
            if (end > i + mark.Length && (mark == "`" || !char.IsWhiteSpace(text[i + mark.Length])))
            {
                result.Append($"\\f{font}{Escaped(text[(i + mark.Length)..end])}\\fR");
                i = end + mark.Length;
            }
            else
            {
                result.Append(Escaped(text[i].ToString()));
                i++;
            }
        }
        return Guarded(result.ToString());
    }

    private static string Escaped(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
            _ = c switch
            {
                '\\' => result.Append("\\e"),
                '-' => result.Append("\\-"),
                '\'' => result.Append("\\(aq"),
                '`' => result.Append("\\(ga"),
                '~' => result.Append("\\(ti"),
                '^' => result.Append("\\(ha"),
                > '~' => result.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\[u{(int)c:X4}]"),
                _ => result.Append(c),
            };
        return result.ToString();
    }
}
