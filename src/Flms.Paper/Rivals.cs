namespace Flms.Paper;

/// <summary>Says plainly where FLMS loses: which systems have a better figure, and what they pay for it.</summary>
public static class Rivals
{
    /// <summary>A sentence for each reading of FLMS that loses to somebody by more than the uncertainty, in the first
    /// quantity of the figure; none where a system has more than one figure of it (groups of curves, an x
    /// axis).</summary>
    public static IReadOnlyList<string> Of(FigureResult result)
    {
        var quantity = result.Figure.Quantities[0];
        if (quantity.Better == "" || result.Rows.Count > result.Systems.Count) return [];
        var sentences = new List<string>();
        foreach (var flms in result.Systems.Where(Systems.IsFlms))
        {
            var better = result.Systems.Where(s => !Systems.IsFlms(s) && Beats(result, s, flms, quantity))
                .OrderBy(s => Rank(result, s, quantity)).ToList();
            if (better.Count == 0) continue;
            sentences.Add($"{flms} loses in {quantity.Title} ({Text.Number(result.Of(flms, quantity.Name).Mean)} "
                + $"{quantity.Unit}) to {string.Join("; ", better.Select(s => Told(result, s, flms, quantity)))}.");
        }
        return sentences;
    }

    private static bool Beats(FigureResult result, string system, string flms, Quantity quantity)
    {
        var ratio = result.Of(system, quantity.Name).Over(result.Of(flms, quantity.Name));
        return quantity.Better == "lower" ? ratio.Below(1) : ratio.Above(1);
    }

    private static double Rank(FigureResult result, string system, Quantity quantity) =>
        (result.Of(system, quantity.Name).Mean ?? 0) * (quantity.Better == "lower" ? 1 : -1);

    // What the better one pays, among the figure's other quantities, where it can be seen in the numbers as shown.
    private static string Told(FigureResult result, string system, string flms, Quantity quantity)
    {
        var worse = result.Figure.Quantities.Skip(1)
            .Where(q => q.Better != "" && Beats(result, flms, system, q)
                && Value(result, system, q) != Value(result, flms, q))
            .Select(q => $"{q.Title} {Value(result, system, q)} against {Value(result, flms, q)}").ToList();
        return $"{system} ({Value(result, system, quantity)}"
            + (worse.Count == 0 ? ", and is worse in nothing shown here)" : $", but {string.Join(", ", worse)})");
    }

    private static string Value(FigureResult result, string system, Quantity quantity) =>
        $"{Text.Number(result.Of(system, quantity.Name).Mean)} {quantity.Unit}".TrimEnd();
}
