namespace Flms.Testing;

/// <summary>Writes a chart back into the source that it came from.</summary>
internal static class ChartSource
{
    private const string Quotes = "\"\"\"";
    private static readonly Lock OneAtATime = new();

    /// <summary>Puts <paramref name="drawn"/> in place of <paramref name="written"/>.</summary>
    /// <param name="file">A C# source file.</param>
    /// <param name="line">The line of the call; earlier rewriting of the same file may have moved it.</param>
    /// <param name="written">The content of the raw string literal to replace.</param>
    /// <param name="drawn">Its new content.</param>
    /// <exception cref="FormatException">No such literal is there: the source has changed since it was
    /// built.</exception>
    internal static void Replace(string file, int line, string written, string drawn)
    {
        lock (OneAtATime)
        {
            var source = File.ReadAllText(file);
            var ending = source.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
            var lines = new List<string>(source.ReplaceLineEndings("\n").Split('\n'));
            var best = (First: -1, Last: -1);
            for (var i = 0; i < lines.Count; i++)
            {
                if (!lines[i].EndsWith(Quotes, StringComparison.Ordinal)) continue;
                var end = EndOf(lines, i);
                if (end < 0) break;
                var nearer = best.First < 0 || Math.Abs(i - line) < Math.Abs(best.First - line);
                if (nearer && Content(lines, i, end) == written) best = (i, end);
                i = end;
            }
            if (best.First < 0)
                throw new FormatException($"{file}:{line}: the source has changed; rebuild and run again");
            var indent = IndentOf(lines[best.Last]);
            lines.RemoveRange(best.First + 1, best.Last - best.First - 1);
            var drawnLines = new List<string>();
            foreach (var text in drawn.Split('\n')) drawnLines.Add(text == "" ? "" : indent + text);
            lines.InsertRange(best.First + 1, drawnLines);
            File.WriteAllText(file, string.Join(ending, lines));
        }
    }

    private static int EndOf(List<string> lines, int start)
    {
        for (var i = start + 1; i < lines.Count; i++)
            if (lines[i].TrimStart().StartsWith(Quotes, StringComparison.Ordinal)) return i;
        return -1;
    }

    private static string Content(List<string> lines, int start, int end)
    {
        var indent = IndentOf(lines[end]);
        var content = new List<string>();
        for (var i = start + 1; i < end; i++)
        {
            var deep = lines[i].StartsWith(indent, StringComparison.Ordinal);
            content.Add(deep ? lines[i][indent.Length..] : lines[i].TrimStart());
        }
        return string.Join('\n', content);
    }

    private static string IndentOf(string line) => line[..(line.Length - line.TrimStart().Length)];
}
