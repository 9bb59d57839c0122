namespace Flms.Sweep.Points;

/// <summary>One measure of one point.</summary>
/// <param name="Measure">Its name, as in <c>web.ping.rtt_ms</c>.</param>
/// <param name="IsDistribution">Has it many values in a run, with quantiles? Otherwise it has one.</param>
/// <param name="Mean">The mean, or the one value; null if nothing was measured.</param>
/// <param name="P50">The median; null for one value.</param>
/// <param name="P90">The 90 % quantile; null for one value.</param>
/// <param name="P99">The 99 % quantile; null for one value.</param>
/// <param name="Max">The greatest; null for one value.</param>
/// <param name="N">How many values were measured.</param>
public readonly record struct PointFigure(string Measure, bool IsDistribution, double? Mean, double? P50 = null,
    double? P90 = null, double? P99 = null, double? Max = null, long N = 0);

/// <summary>What a point measured.</summary>
/// <param name="Hash">The point's content.</param>
/// <param name="Events">Simulated events while measuring.</param>
/// <param name="Figures">VM by VM in the scenario's order, then the host.</param>
public sealed record PointResult(string Hash, long Events, IReadOnlyList<PointFigure> Figures)
{
    /// <summary>Did the other measure the same?</summary>
    internal bool Measured(PointResult other) => Events == other.Events && Figures.SequenceEqual(other.Figures);
}
