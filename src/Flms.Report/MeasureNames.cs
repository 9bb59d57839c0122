namespace Flms.Report;

/// <summary>The names of measures that the summary looks for. Others are shown in the table of all measures.</summary>
public static class MeasureNames
{
    /// <summary>vCPU switches per second on the whole host.</summary>
    public const string Switches = "host.switches_per_s";

    /// <summary>All migrations per second. When absent, the sum of the measures that begin with it and a dot.</summary>
    public const string Migrations = "host.migrations_per_s";

    /// <summary>Jain's fairness index, 0 to 1. When absent it is computed from the CPU shares.</summary>
    public const string Fairness = "host.jain";

    /// <summary>Round trips of a VM's pings: the name after the VM's.</summary>
    public const string RoundTripSuffix = ".ping.rtt_ms";

    /// <summary>From runnable to running, of a VM's vCPUs: the name after the VM's.</summary>
    public const string WaitSuffix = ".wait_ms";
}
