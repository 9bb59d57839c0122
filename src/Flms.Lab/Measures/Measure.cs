using Flms.Sim;

namespace Flms.Lab.Measures;

/// <summary>One quantity, over all replications of one scheduler.</summary>
/// <remarks>
/// A <i>distribution</i> (waits, round trips) has many values in each replication: the mean and its interval are taken
/// over the means of the replications, quantiles and the greatest over all values together. A <i>scalar</i> (shares,
/// rates) has one value in each replication, and everything is taken over those.
/// </remarks>
public sealed record Measure
{
    /// <summary>Its name, as in <c>web.ping.rtt_ms</c> or <c>host.switches_per_s</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The domain that it belongs to; <c>host</c> for the machine.</summary>
    public required string Subject { get; init; }

    /// <summary>The name without its subject, as in <c>ping.rtt_ms</c>.</summary>
    public required string Quantity { get; init; }

    /// <summary>The mean over replications; null if nothing was measured.</summary>
    public double? Mean { get; init; }

    /// <summary>The 95 % confidence interval of the mean (Student's t over replications); null with fewer than
    /// two.</summary>
    public Interval? Ci95 { get; init; }

    /// <summary>The median; null if nothing was measured.</summary>
    public double? P50 { get; init; }

    /// <summary>The 90 % quantile; null if nothing was measured.</summary>
    public double? P90 { get; init; }

    /// <summary>The 99 % quantile; null if nothing was measured.</summary>
    public double? P99 { get; init; }

    /// <summary>The greatest value; null if nothing was measured.</summary>
    public double? Max { get; init; }

    /// <summary>How many values were measured in all replications.</summary>
    public long N { get; init; }

    /// <summary>The value or mean of each replication; null where it measured nothing.</summary>
    public required IReadOnlyList<double?> Replications { get; init; }

    /// <summary>All values together, in ns; null for a scalar.</summary>
    public Histogram? Pooled { get; init; }

    /// <summary>This measure over the same one of the first scheduler; null for the first itself, or where the first
    /// measured zero or nothing.</summary>
    public Ratio? VsFirst { get; init; }

    /// <summary>Is it a distribution of lengths of time?</summary>
    public bool IsDistribution => Pooled != null;
}

/// <summary>A confidence interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High);

/// <summary>How many times as large a measure is as under the first scheduler, over pairs of replications with the same
/// random numbers.</summary>
/// <param name="Mean">The mean of the replications' ratios.</param>
/// <param name="Ci95">Its 95 % confidence interval; null with fewer than two.</param>
public sealed record Ratio(double Mean, Interval? Ci95);
