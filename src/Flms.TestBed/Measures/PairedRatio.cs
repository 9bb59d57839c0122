namespace Flms.TestBed.Measures;

/// <summary>How two settings compare, turn by turn: what disturbs a machine for a while disturbs both.</summary>
/// <param name="Mean">The geometric mean of the turns' ratios.</param>
/// <param name="Least">The least of them.</param>
/// <param name="Greatest">The greatest of them.</param>
public sealed record PairedRatio(double Mean, double Least, double Greatest)
{
    /// <summary>The ratios of two figures, turn by turn.</summary>
    /// <param name="above">What is divided, a turn each.</param>
    /// <param name="below">By what, in the same order.</param>
    /// <returns>Null if there is no turn, or one without a ratio.</returns>
    public static PairedRatio? Of(IReadOnlyList<double> above, IReadOnlyList<double> below)
    {
        if (above.Count == 0 || above.Count != below.Count) return null;
        var logs = 0.0;
        var ratios = new List<double>();
        for (var i = 0; i < above.Count; i++)
        {
            var ratio = above[i] / below[i];
            if (!double.IsFinite(ratio) || ratio <= 0) return null;
            ratios.Add(ratio);
            logs += Math.Log(ratio);
        }
        return new(Math.Exp(logs / ratios.Count), ratios.Min(), ratios.Max());
    }
}
