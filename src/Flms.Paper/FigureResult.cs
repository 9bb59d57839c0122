using Flms.Paper.Claims;

namespace Flms.Paper;

/// <summary>What one system came to in one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="System">The system: its label in the scenario file.</param>
/// <param name="Values">In the order of the figure's quantities.</param>
/// <param name="Published">The paper's values in the same order; null where it gives none.</param>
public sealed record FigureRow(
    FigureCase Case, string System, IReadOnlyList<Estimate> Values, IReadOnlyList<double?> Published);

/// <summary>What a figure came to.</summary>
/// <param name="Figure">The figure.</param>
/// <param name="Rows">Case by case, in each the systems in the order of its scenario.</param>
public sealed record FigureResult(PaperFigure Figure, IReadOnlyList<FigureRow> Rows)
{
    /// <summary>The verdict on each claim, in the figure's order.</summary>
    public IReadOnlyList<ClaimResult> Claims => [.. Figure.Claims.Select(c => c.Judge(this))];

    /// <summary>The systems, in the order in which they first appear.</summary>
    public IReadOnlyList<string> Systems => [.. Rows.Select(r => r.System).Distinct()];

    /// <summary>An estimate; <see cref="Estimate.None"/> if that system, case or quantity is not there.</summary>
    /// <param name="system">The system's label.</param>
    /// <param name="quantity">The quantity's name.</param>
    /// <param name="group">The case's group.</param>
    /// <param name="x">The case's place on the x axis.</param>
    public Estimate Of(string system, string quantity, string group = "", string x = "")
    {
        var row = Rows.FirstOrDefault(r => r.System == system && r.Case.Group == group && r.Case.X == x);
        for (var q = 0; row != null && q < Figure.Quantities.Count; q++)
            if (Figure.Quantities[q].Name == quantity) return row.Values[q];
        return Estimate.None;
    }

    /// <summary>The mean of an estimate over all places on the x axis, replication by replication.</summary>
    /// <param name="system">The system's label.</param>
    /// <param name="quantity">The quantity's name.</param>
    /// <param name="group">The cases' group.</param>
    /// <param name="weight">The quantity that says how much each place counts; null, the default, for all
    /// alike.</param>
    public Estimate Over(string system, string quantity, string group = "", string? weight = null)
    {
        var xs = Rows.Where(r => r.System == system && r.Case.Group == group).Select(r => r.Case.X).ToList();
        var values = xs.ConvertAll(x => Of(system, quantity, group, x).Replications);
        var weights = xs.ConvertAll(x => weight == null ? null : Of(system, weight, group, x).Replications);
        if (values.Count == 0) return Estimate.None;
        var means = new double?[values[0].Count];
        for (var r = 0; r < means.Length; r++)
        {
            var (sum, all) = (0.0, 0.0);
            for (var x = 0; x < values.Count; x++)
            {
                var w = weights[x] == null ? 1 : weights[x]![r] ?? 0;
                if (w == 0 || values[x][r] is not { } value) continue;
                (sum, all) = (sum + w * value, all + w);
            }
            means[r] = all == 0 ? null : sum / all;
        }
        return Estimate.Of(means);
    }
}
