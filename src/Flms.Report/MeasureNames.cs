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

    /// <summary>Round trips of a VM's pings: the name after the VM's.</summary>
    public const string RoundTripSuffix = ".ping.rtt_ms";

    /// <summary>From runnable to running, of a VM's vCPUs: the name after the VM's.</summary>
    public const string WaitSuffix = ".wait_ms";
}
