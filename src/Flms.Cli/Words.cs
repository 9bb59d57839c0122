using Flms.Core;
using Flms.Lab.Settings;
using Flms.Sim;
using Flms.Traces;

namespace Flms.Cli;

/// <summary>Says in words what a machine and its guests are.</summary>
internal static class Words
{
    /// <summary>As in <c>2 sockets, 4 cores a socket, 2 threads a core: 16 pCPUs</c>.</summary>
    public static string Machine(Topology topology)
    {
        var total = Count(topology.Count, "pCPU");
        var even = topology.Cores % topology.Sockets == 0 && topology.Count % topology.Cores == 0;
        if (!even) return $"{Count(topology.Sockets, "socket")}, {Count(topology.Cores, "core")}: {total}";
        var (cores, threads) = (topology.Cores / topology.Sockets, topology.Count / topology.Cores);
        var each = topology.Sockets > 1 ? " each" : "";
        var smt = threads > 1 ? $", {threads} threads a core" : "";
        return $"{Count(topology.Sockets, "socket")}, {Count(cores, "core")}{each}{smt}: {total}";
    }

    /// <summary>As in <c>ping interval_max=18ms, hog on vCPU 1</c>.</summary>
    public static string Workloads(DomainSetup domain)
    {
        const int most = 6;
        if (domain.Workloads.All(w => w is ReplaySetup)) return $"{Count(domain.Workloads.Count, "recorded thread")}";
        var all = domain.Workloads.Take(most).Select(Workload).ToList();
        if (domain.Workloads.Count > most) all.Add($"{domain.Workloads.Count - most} more");
        return string.Join(", ", all);
    }

    /// <summary>As in <c>5 replications of 20s after 2s of warm-up</c>.</summary>
    public static string Runs(int replications, Duration duration, Duration warmup) =>
        $"{Count(replications, "replication")} of {duration}"
        + (warmup > Duration.Zero ? $" after {warmup} of warm-up" : "");

    /// <summary>As in <c>1 VM</c>, <c>3 VMs</c>.</summary>
    public static string Count(int n, string thing) => n == 1 ? $"1 {thing}" : $"{n} {thing}s";

    private static string Workload(WorkloadSetup setup)
    {
        var (name, defaults) = OptionCatalog.Workloads.FirstOrDefault(w => w.Defaults.GetType() == setup.GetType());
        if (name == null) return "replayed";
        var changed = OptionCatalog.Of(setup).Zip(OptionCatalog.Of(defaults))
            .Where(pair => pair.First.Default != pair.Second.Default)
            .Select(pair => $"{pair.First.Name}={pair.First.Default}");
        return string.Join(' ', changed.Prepend(name));
    }
}
