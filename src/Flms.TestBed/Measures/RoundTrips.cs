using Flms.Lab.Measures;

namespace Flms.TestBed.Measures;

/// <summary>The round trips of some pings, in ms.</summary>
public sealed record RoundTrips
{
    private RoundTrips(IReadOnlyList<double> sorted, int lost, double late)
    {
        (Sent, Lost, Late) = (sorted.Count, lost, late);
        if (sorted.Count == 0) return;
        Mean = Statistic.Mean(sorted)!.Value;
        P50 = Statistic.Quantile(sorted, 0.5)!.Value;
        P90 = Statistic.Quantile(sorted, 0.9)!.Value;
        P99 = Statistic.Quantile(sorted, 0.99)!.Value;
        Max = sorted[^1];
    }

    /// <summary>How many were sent.</summary>
    public int Sent { get; }

    /// <summary>How many of those were never answered; they count as if the answer had come when it was waited for no
    /// longer.</summary>
    public int Lost { get; }

    /// <summary>Their mean.</summary>
    public double Mean { get; }

    /// <summary>Their median.</summary>
    public double P50 { get; }

    /// <summary>One in ten is longer.</summary>
    public double P90 { get; }

    /// <summary>One in a hundred is longer.</summary>
    public double P99 { get; }

    /// <summary>The longest.</summary>
    public double Max { get; }

    /// <summary>How much later than was meant the pings were sent, 99th percentile: what the remote machine itself adds
    /// at most.</summary>
    public double Late { get; }

    /// <summary>The figures of these pings.</summary>
    public static RoundTrips Of(IEnumerable<Ping> pings)
    {
        var all = pings.ToList();
        List<double> trips = [.. all.Select(p => p.Trip.Ns / 1e6).Order()];
        var late = Statistic.Quantile([.. all.Select(p => p.Late.Ns / 1e6)], 0.99) ?? 0;
        return new(trips, all.Count(p => p.Lost), late);
    }
}
