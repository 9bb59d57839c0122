using System.Text;
using System.Text.RegularExpressions;
using Flms.Paper.Claims;

namespace Flms.Paper.Runs;

/// <summary>Writes what figures came to into a page of documentation.</summary>
/// <remarks>A block between <c>&lt;!-- paper fig9 --&gt;</c> and <c>&lt;!-- /paper --&gt;</c> is made anew; what stands
/// outside of the blocks is left alone.</remarks>
public static partial class PaperMarkdown
{
    [GeneratedRegex(@"(?<=<!-- paper (?<name>[a-z0-9-]+) -->\n).*?(?=<!-- /paper -->)", RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>The page with the blocks of these figures made anew.</summary>
    /// <param name="page">The page as it is.</param>
    /// <param name="results">What the figures came to.</param>
    public static string Rewrite(string page, IReadOnlyList<FigureResult> results) => Block().Replace(page, block =>
        results.FirstOrDefault(r => r.Figure.Name == block.Groups["name"].Value) is { } result ? Of(result)
            : block.Value);

    /// <summary>One figure: what it shows, its values, its claims and how to run it.</summary>
    public static string Of(FigureResult result)
    {
        var figure = result.Figure;
        var text = new StringBuilder(figure.Summary).Append("\n\n");
        Values(text, result);
        if (figure.Claims.Count > 0) Claims(text, result);
        foreach (var line in figure.Notes.Concat(Rivals.Of(result))) text.Append(line).Append("\n\n");
        text.Append("Again: `flms paper ").Append(figure.Name).Append("`; one case alone: `")
            .Append(figure.Cases[^1].Command).Append("`\n");
        return text.ToString();
    }

    /// <summary>A claim as the page has it but for our figure: what says whether a page is up to date.</summary>
    public static string Verdict(Verdict verdict, string because, bool calibrated) =>
        $"**{Verdicts.Words(verdict)}**{(calibrated ? " (calibrated by it)" : "")}: {because}";

    private static void Values(StringBuilder text, FigureResult result)
    {
        var figure = result.Figure;
        List<string> head = [];
        if (figure.Cases.Any(c => c.Group != "")) head.Add("case");
        if (figure.XTitle != "") head.Add(figure.XTitle);
        head.Add("system");
        for (var q = 0; q < figure.Quantities.Count; q++)
        {
            var quantity = figure.Quantities[q];
            head.Add(quantity.Unit == "" ? quantity.Title : $"{quantity.Title}, {quantity.Unit}");
            if (IsPublished(result, q)) head.Add("the paper's");
        }
        Line(text, head);
        Line(text, head.Select(_ => "---"));
        foreach (var row in result.Rows) Line(text, Cells(result, row));
        text.Append('\n');
    }

    private static IEnumerable<string> Cells(FigureResult result, FigureRow row)
    {
        var figure = result.Figure;
        if (figure.Cases.Any(c => c.Group != "")) yield return row.Case.Group;
        if (figure.XTitle != "") yield return row.Case.X;
        yield return $"`{row.System}`";
        for (var q = 0; q < figure.Quantities.Count; q++)
        {
            yield return Text.WithInterval(row.Values[q]);
            if (IsPublished(result, q)) yield return Text.Number(row.Published[q]);
        }
    }

    private static void Claims(StringBuilder text, FigureResult result)
    {
        Line(text, ["the paper says", "the paper's", "ours", "verdict, and why"]);
        Line(text, Enumerable.Repeat("---", 4));
        foreach (var claim in result.Claims)
        {
            var unit = claim.Claim.Unit == "" ? "" : $" {claim.Claim.Unit}";
            Line(text,
            [
                $"{claim.Claim.Text} ({claim.Claim.Place})", claim.Claim.Paper is { } p ? Text.Number(p) + unit : "-",
                claim.InWords ?? Text.WithInterval(claim.Ours) + unit,
                Verdict(claim.Verdict, claim.Because, claim.Claim.Calibrated),
            ]);
        }
        text.Append('\n');
    }

    private static bool IsPublished(FigureResult result, int q) => result.Rows.Any(r => r.Published[q] != null);

    private static void Line(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal)))
            .Append(" |\n");
}
