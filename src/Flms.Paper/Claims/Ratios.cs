namespace Flms.Paper.Claims;

/// <summary>Claims of the commonest kind: one system beside another.</summary>
public static class Ratios
{
    /// <summary>One system's figure as a multiple of another's; the direction is the side of 1.</summary>
    /// <param name="name">The claim's name.</param>
    /// <param name="text">What the paper says.</param>
    /// <param name="place">Where.</param>
    /// <param name="paper">The paper's multiple.</param>
    /// <param name="ratio">Ours.</param>
    /// <param name="review">What was concluded by looking.</param>
    public static Claim Of(string name, string text, string place, double paper,
        Func<FigureResult, Estimate> ratio, Review review) => new()
        {
            Name = name,
            Text = text,
            Place = place,
            Paper = paper,
            Ours = ratio,
            Holds = (_, ours) => paper < 1 ? ours.Below(1) : ours.Above(1),
            Review = review,
        };

    /// <summary>Systems in ascending order of a quantity. Ours is the part of all pairs that are in that
    /// order.</summary>
    /// <param name="name">The claim's name.</param>
    /// <param name="text">What the paper says.</param>
    /// <param name="place">Where.</param>
    /// <param name="quantity">The quantity.</param>
    /// <param name="systems">In the paper's order, least first.</param>
    /// <param name="review">What was concluded by looking.</param>
    public static Claim Order(string name, string text, string place, string quantity, IReadOnlyList<string> systems,
        Review review) => new()
        {
            Name = name,
            Text = text,
            Place = place,
            Ours = result => Concordant(result, quantity, systems),
            Holds = (_, ours) => ours.Mean == 1,
            InWords = result => string.Join(" < ",
                systems.OrderBy(s => result.Of(s, quantity).Mean ?? double.MaxValue)),
            Review = review,
        };

    private static Estimate Concordant(FigureResult result, string quantity, IReadOnlyList<string> systems)
    {
        var means = systems.Select(s => result.Of(s, quantity).Mean).ToList();
        if (means.Any(m => m == null)) return Estimate.None;
        var (right, all) = (0, 0);
        for (var i = 0; i < means.Count; i++)
            for (var j = i + 1; j < means.Count; j++, all++)
                if (means[i] < means[j]) right++;
        return Estimate.Single((double)right / all);
    }
}
