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
        terminal.Canvas().Write(Values(terminal, result));
        if (figure.Claims.Count > 0) terminal.Canvas().Write(Claims(terminal, result));
        foreach (var note in figure.Notes) terminal.Text(note, 2);
        foreach (var finding in Rivals.Of(result)) terminal.Text(finding, 2);
        terminal.Out.WriteLine();
    }

    private static Table Values(Terminal terminal, FigureResult result)
    {
        var figure = result.Figure;
        var groups = figure.Cases.Any(c => c.Group != "");
        var xs = figure.Cases.Any(c => c.X != "");
        var table = New(terminal);
        if (groups) table.AddColumn("case");
        if (xs) table.AddColumn(figure.XTitle.EscapeMarkup());
        table.AddColumn(new TableColumn("system").NoWrap());
        for (var q = 0; q < figure.Quantities.Count; q++)
        {
            var quantity = figure.Quantities[q];
            table.AddColumn(Right(Head(quantity)));
            if (HasPublished(result, q)) table.AddColumn(Right("paper's"));
        }
        foreach (var row in result.Rows)
        {
            var cells = new List<string>();
            if (groups) cells.Add(row.Case.Group);
            if (xs) cells.Add(row.Case.X);
            cells.Add(row.System);
            for (var q = 0; q < figure.Quantities.Count; q++)
            {
                cells.Add(q < figure.OfPaper ? Cell(terminal, row.Values[q])
                    : Figures.Show(row.Values[q].Mean ?? double.NaN));
                if (HasPublished(result, q)) cells.Add(Figures.Show(row.Published[q] ?? double.NaN));
            }
            table.AddRow([.. cells.Select(c => c.EscapeMarkup())]);
        }
        return table;
    }

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
        var text = claim.Because == "" ? words : $"{words}: {claim.Because}";
        if (!terminal.Colour) return text.EscapeMarkup();
        var colour = claim.Verdict switch
        {
            Paper.Claims.Verdict.AgreesInValue => "green",
            Paper.Claims.Verdict.AgreesInDirection => "yellow",
            _ => "red",
        };
        return $"[{colour}]{words.EscapeMarkup()}[/]{text[words.Length..].EscapeMarkup()}";
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

    private static TableColumn Value(Quantity quantity) => Right(Head(quantity)).PadRight(0).NoWrap();
}
