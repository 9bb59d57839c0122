namespace Flms.Cli;

public sealed partial record Terminal
{
    private const int Indent = 2;
    private const int WidestName = 30;
    private const int WidestText = 100;

    internal void Paragraph(string text) => Text(text, 0);

    /// <summary>Words, wrapped to the width.</summary>
    internal void Text(string text, int indent)
    {
        foreach (var line in Wrapped(text, Math.Min(Width, WidestText) - indent))
            Out.WriteLine(new string(' ', indent) + line);
    }

    /// <summary>Names on the left, explanations on the right; below the name where that is too long.</summary>
    internal void Rows(IReadOnlyList<(string Name, string Text)> rows)
    {
        var widest = Width < 70 ? WidestName / 2 : WidestName;
        var left = Math.Min(widest, rows.Max(r => r.Name.Length)) + Indent + 2;
        foreach (var (name, text) in rows)
        {
            var lines = Wrapped(text, Math.Min(Width, WidestText) - left).ToList();
            var fits = name.Length + Indent + 2 <= left;
            Out.WriteLine(((new string(' ', Indent) + name).PadRight(left) + (fits ? lines[0] : "")).TrimEnd());
            foreach (var line in fits ? lines.Skip(1) : lines)
                Out.WriteLine(new string(' ', left) + line);
        }
    }

    /// <summary>The lines of a text: broken between words, before one that would pass the width.</summary>
    internal static IEnumerable<string> Wrapped(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        yield return line;
    }
}
