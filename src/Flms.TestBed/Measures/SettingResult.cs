using Flms.Lab.Measures;

namespace Flms.TestBed.Measures;

/// <summary>What came out of a setting, over all its turns, beside stock Linux in the same rounds.</summary>
public sealed record SettingResult
{
    private SettingResult(string setting, IReadOnlyList<Turn> turns) => (Setting, Turns) = (setting, turns);

    /// <summary>Its name.</summary>
    public string Setting { get; }

    /// <summary>What was measured.</summary>
    public IReadOnlyList<Turn> Turns { get; }

    /// <summary>The round trips of all turns together.</summary>
    public required RoundTrips Trips { get; init; }

    /// <summary>How many times shorter the median is than stock's; below 1: longer.</summary>
    public required PairedRatio? P50 { get; init; }

    /// <summary>How many times shorter the 90th percentile is.</summary>
    public required PairedRatio? P90 { get; init; }

    /// <summary>How many times shorter the 99th percentile is.</summary>
    public required PairedRatio? P99 { get; init; }

    /// <summary>How many times shorter the longest is.</summary>
    public required PairedRatio? Max { get; init; }

    /// <summary>The noisy VMs' work, as a part of stock's.</summary>
    public required PairedRatio? Work { get; init; }

    /// <summary>The noisy VMs' work, as a part of what fairness leaves them; null if no VM is noisy.</summary>
    public required double? FairWork { get; init; }

    /// <summary>The noisy VMs' CPU time, as a part of what fairness leaves them; null if no VM is noisy. A machine
    /// whose own host makes it now faster, now slower, does not change it, as it does their work.</summary>
    public required double? FairCpu { get; init; }

    /// <summary>What the pinged VM used, as a number of pCPUs.</summary>
    public required double LatencyCpu { get; init; }

    /// <summary>What the noisy VMs used together, as a number of pCPUs.</summary>
    public required double NoisyCpu { get; init; }

    /// <summary>What the greediest VM got, of what anybody may have while others want it: 1.05 is 5 % too much; 0 if
    /// there was enough for all. The mean over the turns.</summary>
    public required double Greediest { get; init; }

    /// <summary>Jain's index of the noisy VMs' work; null if no VM is noisy.</summary>
    public required double? Jain { get; init; }

    /// <summary>What the agent itself used, as a number of pCPUs.</summary>
    public required double Agent { get; init; }

    /// <summary>Puts the turns of a setting beside stock's of the same rounds.</summary>
    /// <param name="setting">Its name.</param>
    /// <param name="turns">Its turns, in order of their rounds.</param>
    /// <param name="stock">Stock's, likewise; the very same for stock itself.</param>
    /// <param name="latencyDemand">What the pinged VM uses when it is alone, as a number of pCPUs.</param>
    public static SettingResult Of(string setting, IReadOnlyList<Turn> turns, IReadOnlyList<Turn> stock,
        double latencyDemand)
    {
        PairedRatio? Shorter(Func<RoundTrips, double> figure) => PairedRatio.Of(
            [.. stock.Select(t => figure(t.Trips))], [.. turns.Select(t => figure(t.Trips))]);
        var noisy = turns.Any(t => t.Noisy.Count > 0);
        return new(setting, turns)
        {
            Trips = RoundTrips.Of(turns.SelectMany(t => t.Pings)),
            P50 = Shorter(t => t.P50),
            P90 = Shorter(t => t.P90),
            P99 = Shorter(t => t.P99),
            Max = Shorter(t => t.Max),
            Work = PairedRatio.Of([.. turns.Select(t => t.NoisyWork)], [.. stock.Select(t => t.NoisyWork)]),
            FairWork = noisy ? Fair(turns, stock, latencyDemand) : null,
            FairCpu = noisy ? turns.Sum(t => t.NoisyCpu) / turns.Sum(t => t.FairToNoisy(latencyDemand)) : null,
            LatencyCpu = turns.Average(t => t.Latency.Cpu),
            NoisyCpu = turns.Average(t => t.NoisyCpu),
            Greediest = turns.Average(t => t.Greediest(latencyDemand)),
            Jain = noisy ? Statistic.Jain([.. turns[0].Noisy.Select((_, i) => turns.Sum(t => t.Noisy[i].Work))]) : null,
            Agent = turns.Average(t => t.Agent),
        };
    }

    // Fairness speaks of CPU time; how much work that is, stock's turn of the same round says.
    private static double Fair(IReadOnlyList<Turn> turns, IReadOnlyList<Turn> stock, double latencyDemand) =>
        turns.Sum(t => t.NoisyWork) / turns.Zip(stock, (mine, theirs) =>
            mine.FairToNoisy(latencyDemand) * theirs.NoisyWork / theirs.NoisyCpu).Sum();
}
