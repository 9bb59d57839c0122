namespace Flms.Cli;

/// <summary>A plain table: headings in the first row, columns as wide as they need.</summary>
internal static class Columns
{
    /// <summary>Writes it.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="rows">Cells, row by row; all rows are equally long.</param>
    /// <param name="left">So many columns, from the first, are words and stand at the left; the others are
    /// figures.</param>
    public static void Write(Terminal terminal, IReadOnlyList<string[]> rows, int left)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var row in rows)
            terminal.Out.WriteLine(string.Join("  ", row.Select((cell, c) =>
                c < left ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
    }
}
