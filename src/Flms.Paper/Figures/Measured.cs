using Flms.Lab;
using Flms.Lab.Measures;

namespace Flms.Paper.Figures;

/// <summary>The quantities that figures show. In every scenario the VM that is measured is <c>vm1</c>.</summary>
internal static class Measured
{
    public const string Target = "vm1";

    /// <summary>Driver domains serve the others: they are nobody's neighbours.</summary>
    private const string DriverDomain = "dom0";

    public static Quantity Latency { get; } = new("latency", "ms", "mean round trip")
    {
        Of = r => Estimate.Of(r[$"{Target}.ping.rtt_ms"]),
        Better = "lower",
    };

    /// <summary>What the TCP stream to the measured VM carries.</summary>
    public static Quantity Bandwidth { get; } = new("bandwidth", "Mbps", "TCP bandwidth")
    {
        Of = r => Estimate.Of(r.Measures.FirstOrDefault(
            m => m.Name.EndsWith($"{Target}.tcp_stream.throughput_mbps", StringComparison.Ordinal))),
        Better = "higher",
    };

    public static Quantity Median { get; } = new("latency_p50", "ms", "half of all within")
    {
        Of = r => Estimate.Single(r[$"{Target}.ping.rtt_ms"]?.P50),
        Better = "lower",
    };

    public static Quantity Tail { get; } = new("latency_p99", "ms", "99 of 100 within")
    {
        Of = r => Estimate.Single(r[$"{Target}.ping.rtt_ms"]?.P99),
        Better = "lower",
    };

    public static Quantity Share { get; } = new("share", "%", "CPU of the measured VM")
    {
        Of = r => Scaled(Estimate.Of(r[$"{Target}.cpu_share"]), 100),
    };

    public static Quantity Neighbours { get; } = new("neighbours", "%", "CPU of its neighbours")
    {
        Of = r => Scaled(Sum(r.Measures.Where(m => IsShare(m) && m.Subject != Target)), 100),
        Better = "higher",
    };

    public static Quantity Fairness { get; } = new("fairness", "", "Jain's index of all VMs' CPU")
    {
        Of = r => Together(r.Measures.Where(IsShare), Statistic.Jain),
        Better = "higher",
    };

    public static Quantity Switches { get; } = Host("switches", "/s", "switches", "switches_per_s") with
    {
        Better = "lower",
    };

    public static Quantity Utilisation { get; } = new("utilisation", "%", "pCPUs busy")
    {
        Of = r => Scaled(Estimate.Of(r["host.utilisation"]), 100),
    };

    /// <summary>Migrations in 10 s, at all distances.</summary>
    public static Quantity Migrations { get; } = new("migrations", "", "migrations in 10 s")
    {
        Of = r => Scaled(Sum(r.Measures.Where(IsMigration)), 10),
        Better = "lower",
    };

    /// <summary>The part of the migrations that leave the socket.</summary>
    public static Quantity CrossSocket { get; } = new("cross_socket", "%", "of them between sockets")
    {
        Of = r => Scaled(Estimate.Of(r["host.migrations_per_s.remote"]).Over(Sum(r.Measures.Where(IsMigration))), 100),
        Better = "lower",
    };

    /// <summary>How often a pCPU looked elsewhere for work, in 10 s.</summary>
    public static Quantity Balances { get; } = new("balances", "", "searches in 10 s")
    {
        Of = r => Scaled(Estimate.Of(r["host.balances_per_s"]), 10),
    };

    /// <summary>How often a pCPU took a vCPU from another's queue, in 10 s.</summary>
    public static Quantity Steals { get; } = new("steals", "", "steals in 10 s")
    {
        Of = r => Scaled(Sum(r.Measures.Where(m => m.Subject == "host" && IsTotal(m.Quantity, "steals_per_s."))), 10),
        Better = "lower",
    };

    /// <summary>The part of these that leave the socket.</summary>
    public static Quantity StealsCrossSocket { get; } = new("steals_cross_socket", "%", "of them between sockets")
    {
        Of = r => Scaled(Estimate.Of(r["host.steals_per_s.remote"]).Over(
            Sum(r.Measures.Where(m => m.Subject == "host" && IsTotal(m.Quantity, "steals_per_s.")))), 100),
    };

    public static Quantity Host(string name, string unit, string title, string measure) =>
        new(name, unit, title) { Of = r => Estimate.Of(r[$"host.{measure}"]) };

    /// <summary>Measures added up, replication by replication.</summary>
    public static Estimate Sum(IEnumerable<Measure> measures) => Together(measures, all => all.Sum());

    /// <summary>The same estimate in another unit.</summary>
    public static Estimate Scaled(Estimate estimate, double factor) => estimate.Replications.Count == 0
        ? Estimate.Single(estimate.Mean * factor)
        : Estimate.Of([.. estimate.Replications.Select(v => v * factor)]);

    private static Estimate Together(IEnumerable<Measure> measures, Func<IReadOnlyList<double>, double?> of)
    {
        var all = measures.ToList();
        return all.Count == 0 ? Estimate.None : Estimate.Of([.. all[0].Replications.Select((_, r) =>
            of([.. all.Select(m => m.Replications[r] ?? 0)]))]);
    }

    private static bool IsShare(Measure m) =>
        m.Quantity == "cpu_share" && m.Subject != DriverDomain && !m.Subject.Contains('/');

    private static bool IsMigration(Measure m) => m.Subject == "host" && IsTotal(m.Quantity, "migrations_per_s.");

    // Other-node is a part of remote.
    private static bool IsTotal(string quantity, string prefix) =>
        quantity.StartsWith(prefix, StringComparison.Ordinal)
        && !quantity.EndsWith("other_node", StringComparison.Ordinal);
}
