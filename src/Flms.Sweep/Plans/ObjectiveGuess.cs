using Flms.Core;
using Flms.Lab.Scenarios;

namespace Flms.Sweep.Plans;

/// <summary>What a report looks at if the sweep does not say.</summary>
internal static class ObjectiveGuess
{
    /// <summary>Latency: the round trip of the first VM whose clients measure one, else the wait of the first
    /// latency-sensitive one, else of the first. Throughput: what all other VMs get of the machine. Fairness: the
    /// host's.</summary>
    public static Objectives For(Scenario scenario)
    {
        var pinged = scenario.Domains.FirstOrDefault(d => d.Workloads.Any(w => w.RoundTrip != null));
        var one = pinged ?? scenario.Domains.FirstOrDefault(d => d.Kind == DomainKind.Latency) ?? scenario.Domains[0];
        var trip = pinged?.Workloads.First(w => w.RoundTrip != null).RoundTrip;
        var latency = trip == null ? $"{one.Name}.wait_ms.p99" : $"{one.Name}.{trip}_ms.p99";
        return new(latency,
            scenario.Domains.Count == 1 ? "*.cpu_share" : $"*.cpu_share - {one.Name}.cpu_share", "host.fairness");
    }
}
