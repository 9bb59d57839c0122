namespace Flms.Report;

/// <summary>The names of measures that the summary looks for. Others are shown in the table of all measures.</summary>
public static class MeasureNames
{
    /// <summary>vCPU switches per second on the whole host.</summary>
    public const string Switches = "host.switches_per_s";

    /// <summary>All migrations per second. When absent, the sum of those of <see cref="Distances"/>.</summary>
    public const string Migrations = "host.migrations_per_s";

    /// <summary>Jain's fairness index of the VMs that always want to run, 0 to 1. When absent it is computed from the
    /// neighbours' CPU shares.</summary>
    public const string Fairness = "host.fairness";

    /// <summary>What follows <see cref="Migrations"/> and a dot. Together they are all migrations; others (other_node)
    /// are part of one of these.</summary>
    public static IReadOnlyList<string> Distances { get; } = ["same_core", "same_socket", "remote"];

    /// <summary>How the names of round trips end, whatever workload measures them: <c>web.ping.rtt_ms</c>.</summary>
    public const string RoundTripSuffix = ".rtt_ms";

    /// <summary>From runnable to running, of a VM's vCPUs: the name after the VM's.</summary>
    public const string WaitSuffix = ".wait_ms";

    private const string Ping = ".ping";

    // What a guest's kernel counts has a workload's place in the name; it is no throughput.
    private const string GuestKernel = "guest";

    // The longer endings first: a name ends with the first that fits.
    private static readonly (string Ending, string Unit)[] Units =
    [
        ("_ms", "ms"), ("_mbps", "Mbit/s"), ("_kb_per_s", "KB/s"), ("_per_min", "/min"), ("_per_s", "/s"),
    ];

    /// <summary>The measure that is a VM's latency as its clients see it; null if it has none.</summary>
    /// <param name="measures">The names of all measures, in any order.</param>
    /// <param name="vm">The VM's name.</param>
    /// <returns>Its round trips: of pings if it has any, else of the workload that is first by name.</returns>
    public static string? RoundTripOf(IEnumerable<string> measures, string vm)
    {
        string? found = null;
        foreach (var name in measures)
        {
            if (WorkloadOf(name, vm) == null || !name.EndsWith(RoundTripSuffix, StringComparison.Ordinal)) continue;
            if (name == vm + Ping + RoundTripSuffix) return name;
            if (found == null || string.CompareOrdinal(name, found) < 0) found = name;
        }
        return found;
    }

    /// <summary>The workload of a VM that a measure is about, as in <c>ping</c> of <c>web.ping.rtt_ms</c>; null for
    /// measures of the VM itself, of others, and of the host.</summary>
    public static string? WorkloadOf(string measure, string vm)
    {
        if (measure.Length <= vm.Length || measure[vm.Length] != '.'
            || !measure.StartsWith(vm, StringComparison.Ordinal)) return null;
        var end = measure.IndexOf('.', vm.Length + 1);
        // A third dot would be that of another VM, whose name goes on where this one's ends.
        return end < 0 || measure.IndexOf('.', end + 1) >= 0 ? null : measure[(vm.Length + 1)..end];
    }

    /// <summary>The unit that a measure's name ends with, as people write it; empty for a pure number.</summary>
    public static string UnitOf(string measure)
    {
        foreach (var (ending, unit) in Units)
            if (measure.EndsWith(ending, StringComparison.Ordinal)) return unit;
        return measure.Contains("_per_s.", StringComparison.Ordinal) ? "/s" : "";
    }

    /// <summary>Is it a rate of a workload: throughput, transactions, pages? More of it is better.</summary>
    /// <param name="measure">The measure's name.</param>
    /// <param name="vm">The VM's name.</param>
    public static bool IsRate(string measure, string vm) =>
        WorkloadOf(measure, vm) is not (null or GuestKernel) && UnitOf(measure).Contains('/', StringComparison.Ordinal);

    /// <summary>A rate in a table's heading: <c>write KB/s</c> for <c>web.iozone.write_kb_per_s</c>.</summary>
    public static string HeadingOf(string measure) =>
        UnitOf(measure) is ['/', ..] unit ? RatedBy(measure) + unit : $"{RatedBy(measure)} {UnitOf(measure)}".Trim();

    /// <summary>What a rate is of, without its unit: <c>throughput</c> of <c>web.tcp_stream.throughput_mbps</c>.
    /// </summary>
    internal static string RatedBy(string measure)
    {
        var last = measure[(measure.LastIndexOf('.') + 1)..];
        foreach (var (ending, _) in Units)
            if (last.EndsWith(ending, StringComparison.Ordinal)) return last[..^ending.Length].Replace('_', ' ');
        return last;
    }
}
