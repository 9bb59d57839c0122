using Flms.Lab.Measures;

namespace Flms.Paper;

/// <summary>A figure with its uncertainty: one value from each replication, and what they say together.</summary>
/// <remarks>All systems of a case see the same guests with the same random numbers, so ratios and differences are taken
/// replication by replication.</remarks>
public sealed record Estimate
{
    private Estimate(IReadOnlyList<double?> replications, double? mean, Interval? ci95) =>
        (Replications, Mean, Ci95) = (replications, mean, ci95);

    /// <summary>Nothing was measured.</summary>
    public static Estimate None { get; } = new([], null, null);

    /// <summary>The value of each replication, in their order; null where nothing was measured.</summary>
    public IReadOnlyList<double?> Replications { get; }

    /// <summary>The mean over the replications; null if nothing was measured.</summary>
    public double? Mean { get; }

    /// <summary>The 95 % confidence interval of the mean (Student's t); null with fewer than two
    /// replications.</summary>
    public Interval? Ci95 { get; }

    /// <summary>The estimate from these values.</summary>
    public static Estimate Of(IReadOnlyList<double?> replications)
    {
        var known = replications.OfType<double>().ToList();
        return new(replications, Statistic.Mean(known), Statistic.Ci95(known));
    }

    /// <summary>A single value without an interval, such as a quantile of all replications together.</summary>
    public static Estimate Single(double? value) => new([], value, null);

    /// <summary>The estimate of a measure's mean.</summary>
    public static Estimate Of(Measure? measure) => measure == null ? None : Of(measure.Replications);

    /// <summary>A ratio to the first system, as the lab took it; null for none.</summary>
    public static Estimate Of(Ratio? ratio) => ratio == null ? None : new([], ratio.Mean, ratio.Ci95);

    /// <summary>This one over another, replication by replication; without replications, the quotient of the
    /// means.</summary>
    public Estimate Over(Estimate other) =>
        Paired(other, (mine, theirs) => theirs == 0 ? null : mine / theirs);

    /// <summary>This one less another, replication by replication.</summary>
    public Estimate Less(Estimate other) => Paired(other, (mine, theirs) => mine - theirs);

    /// <summary>Is it above this value, whatever the interval allows? Without an interval the mean decides.</summary>
    public bool Above(double value) => (Ci95?.Low ?? Mean) > value;

    /// <summary>Is it below this value, whatever the interval allows? Without an interval the mean decides.</summary>
    public bool Below(double value) => (Ci95?.High ?? Mean) < value;

    private Estimate Paired(Estimate other, Func<double, double, double?> of)
    {
        if (Replications.Count == 0 || other.Replications.Count != Replications.Count)
            return Mean is { } mean && other.Mean is { } second ? Single(of(mean, second)) : None;
        var paired = new double?[Replications.Count];
        for (var r = 0; r < paired.Length; r++)
            paired[r] = Replications[r] is { } mine && other.Replications[r] is { } theirs ? of(mine, theirs) : null;
        return Of(paired);
    }
}
