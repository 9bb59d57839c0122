using System.Globalization;
using Flms.Lab.Measures;
using Flms.Paper;
using Flms.Paper.Claims;
using Flms.Report;
using Spectre.Console;

namespace Flms.Cli.Verbs.Papers;

/// <summary>Shows figures of the paper on a terminal: of each its values, and what it claims beside ours.</summary>
internal static class PaperTables
{
    /// <summary>Writes all of them, and how many claims came out how.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<FigureResult> results, int replications)
    {
        foreach (var result in results) Write(terminal, result);
        var claims = results.SelectMany(r => r.Claims).ToList();
        var counts = Enum.GetValues<Verdict>().Select(v => (Verdict: v, N: claims.Count(c => c.Verdict == v)))
            .Where(c => c.N > 0).Select(c => $"{c.N} {Verdicts.Words(c.Verdict)}");
        var summary = claims.Count == 0 ? ""
            : $"{Words.Count(claims.Count, "claim")}: {string.Join(", ", counts)}. ";
        terminal.Paragraph($"{summary}Means of {Words.Count(replications, "replication")}"
            + (replications > 1 ? $", {terminal.PlusMinus} half of their 95 % interval." : "; intervals need two."));
    }

    private static void Write(Terminal terminal, FigureResult result)
    {
        var figure = result.Figure;
        terminal.Paragraph(figure.Place == "" ? figure.Title : $"{figure.Title} ({figure.Place})");
        terminal.Text(figure.Summary, 2);
        terminal.Out.WriteLine();
        foreach (var table in Values(terminal, result)) terminal.Canvas().Write(table);
        if (figure.Claims.Count > 0) WriteClaims(terminal, result);
        foreach (var note in figure.Notes) terminal.Text(note, 2);
        foreach (var finding in Rivals.Of(result)) terminal.Text(finding, 2);
        terminal.Out.WriteLine();
    }

    // A column with its head broken where it must be, and its figures never.
    private sealed record Column(string Head, IReadOnlyList<string> Cells, bool Right = true)
    {
        private int Inner => Cells.Concat(Head.Split(' ')).Max(text => text.Length);

        public int Width => Inner + 3; // and a border, and a blank on each side

        public TableColumn Shown(bool fits)
        {
            var head = fits ? string.Join('\n', Terminal.Wrapped(Head, Inner)) : Head;
            var column = new TableColumn(head.EscapeMarkup());
            if (Right) column.RightAligned();
            return fits ? column.NoWrap() : column;
        }
    }

    // What does not fit beside the rest comes in a table below it, with the systems' names again.
    private static List<Table> Values(Terminal terminal, FigureResult result)
    {
        var names = Names(result);
        var parts = new List<List<Column>>();
        var room = 0;
        foreach (var quantity in Quantities(terminal, result))
        {
            var needed = quantity.Sum(c => c.Width);
            if (parts.Count == 0 || needed > room)
            {
                parts.Add([.. names]);
                room = terminal.Width - 1 - names.Sum(c => c.Width);
            }
            parts[^1].AddRange(quantity);
            room -= needed;
        }
        return parts.ConvertAll(columns => Part(terminal, columns, result.Rows.Count));
    }

    private static Table Part(Terminal terminal, List<Column> columns, int rows)
    {
        var table = New(terminal);
        var fits = columns.Sum(c => c.Width) < terminal.Width;
        foreach (var column in columns) table.AddColumn(column.Shown(fits));
        for (var row = 0; row < rows; row++) table.AddRow([.. columns.Select(c => c.Cells[row].EscapeMarkup())]);
        return table;
    }

    private static List<Column> Names(FigureResult result)
    {
        var figure = result.Figure;
        var names = new List<Column>();
        void Add(string head, Func<FigureRow, string> cell) =>
            names.Add(new(head, [.. result.Rows.Select(cell)], false));
        if (figure.Cases.Any(c => c.Group != "")) Add("case", r => r.Case.Group);
        if (figure.Cases.Any(c => c.X != "")) Add(figure.XTitle, r => r.Case.X);
        Add("system", r => r.System);
        return names;
    }

    // Each with the paper's, where it has one.
    private static IEnumerable<List<Column>> Quantities(Terminal terminal, FigureResult result)
    {
        var figure = result.Figure;
        for (var q = 0; q < figure.Quantities.Count; q++)
        {
            var (at, ofPaper) = (q, q < figure.OfPaper);
            var columns = new List<Column>
            {
                new(Head(figure.Quantities[q]), [.. result.Rows.Select(r => ofPaper ? Cell(terminal, r.Values[at])
                    : Figures.Show(r.Values[at].Mean ?? double.NaN))]),
            };
            if (HasPublished(result, q))
                columns.Add(new("paper's",
                    [.. result.Rows.Select(r => Figures.Show(r.Published[at] ?? double.NaN))]));
            yield return columns;
        }
    }

    // The reasons stand below the table: in it they would be a narrow and long column.
    private static void WriteClaims(Terminal terminal, FigureResult result)
    {
        terminal.Canvas().Write(Claims(terminal, result));
        foreach (var claim in result.Claims.Where(c => c.Because != ""))
            terminal.Text($"{claim.Claim.Text} {Sentence(Verdicts.Words(claim.Verdict))}: {claim.Because}", 2);
    }

    private static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..];

    private static Table Claims(Terminal terminal, FigureResult result)
    {
        var table = New(terminal);
        table.AddColumn("the paper says");
        table.AddColumn(Right("paper's"));
        table.AddColumn(Right("ours"));
        table.AddColumn("verdict");
        foreach (var claim in result.Claims)
        {
            var unit = claim.Claim.Unit;
            var ours = claim.InWords ?? Cell(terminal, claim.Ours) + Unit(unit);
            table.AddRow(claim.Claim.Text.EscapeMarkup(),
                claim.Claim.Paper is { } paper ? (Figures.Show(paper) + Unit(unit)).EscapeMarkup() : "-",
                ours.EscapeMarkup(), Verdict(terminal, claim));
        }
        return table;
    }

    private static string Verdict(Terminal terminal, ClaimResult claim)
    {
        var words = Verdicts.Words(claim.Verdict) + (claim.Claim.Calibrated ? " (calibrated by it)" : "");
        if (!terminal.Colour) return words.EscapeMarkup();
        var colour = claim.Verdict switch
        {
            Paper.Claims.Verdict.AgreesInValue => "green",
            Paper.Claims.Verdict.AgreesInDirection => "yellow",
            _ => "red",
        };
        return $"[{colour}]{words.EscapeMarkup()}[/]";
    }

    private static string Head(Quantity quantity) =>
        quantity.Unit == "" ? quantity.Title : $"{quantity.Title} {quantity.Unit}";

    private static string Unit(string unit) => unit == "" ? "" : $" {unit}";

    private static string Cell(Terminal terminal, Estimate value)
    {
        var mean = value.Mean ?? double.NaN;
        var half = Figures.HalfWidth(mean, value.Ci95 is { } ci ? [ci.Low, ci.High] : []);
        return Figures.Show(mean) + (half == "" ? "" : $" {terminal.PlusMinus}{half}");
    }

    private static bool HasPublished(FigureResult result, int q) => result.Rows.Any(r => r.Published[q] != null);

    private static Table New(Terminal terminal) =>
        new() { Border = terminal.Unicode ? TableBorder.Rounded : TableBorder.Ascii };

    private static TableColumn Right(string title) => new TableColumn(title.EscapeMarkup()).RightAligned();
}
