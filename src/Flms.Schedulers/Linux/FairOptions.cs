using Flms.Core;

namespace Flms.Schedulers.Linux;

/// <summary>Which pCPU a wake-up is taken to come from: the contract does not tell.</summary>
public enum WakerRule : byte
{
    /// <summary>The one where the vCPU ran last: its timer or its interrupt follows it.</summary>
    Previous,

    /// <summary>Each vCPU's interrupts land on one pCPU for good: its number modulo theirs.</summary>
    Spread,

    /// <summary>All interrupts land on the first.</summary>
    First,
}

/// <summary>How vCPUs are put into groups that share by weight.</summary>
public enum Grouping : byte
{
    /// <summary>One group for each VM, and in it its vCPUs: as libvirt makes them.</summary>
    Grouped,

    /// <summary>No groups: every vCPU stands for itself, with the weight of its VM.</summary>
    Flat,
}

/// <summary>Settings that CFS and EEVDF have in common: wake placement, load balancing, ticks, groups.</summary>
public abstract record FairOptions : SchedulerOptions
{
    /// <summary>Time between two ticks of a busy pCPU. Default 4 ms (HZ=250).</summary>
    [Option("Time between two ticks of a busy pCPU: 4 ms is HZ=250.", "spec/linux-host.md 1, 2.2: HZ=250",
        Min = "100us", Max = "100ms")]
    public Duration Tick { get; init; } = 4.Ms;

    /// <summary>Are vCPUs put into one group for each VM? Default: yes.</summary>
    [Option("One group for each VM with its vCPUs in it, as libvirt makes them, or every vCPU for itself.",
        "spec/linux-host.md 1, group scheduling; 3, libvirt layout")]
    public Grouping Grouping { get; init; } = Grouping.Grouped;

    /// <summary>Where wake-ups come from. Default: where the vCPU ran last.</summary>
    [Option("Which pCPU a wake-up is taken to come from.", "ours, inferred: the contract does not tell who woke")]
    public WakerRule Waker { get; init; } = WakerRule.Previous;

    /// <summary>Is the scan for an idle pCPU limited by how busy the cache's pCPUs are? Default: yes.</summary>
    [Option("Is the scan for an idle pCPU cut by how busy the pCPUs of the cache are (SIS_UTIL)?",
        "spec/linux-host.md 1, wake placement; the curve, zero from 85 %, is inferred")]
    public bool ScanLimit { get; init; } = true;

    /// <summary>How long a vCPU that ran stays cache-hot, and the idle time below which an idle pCPU looks for no work.
    /// Default 0.5 ms.</summary>
    [Option("How long after it ran a vCPU is cache-hot; and a pCPU whose idle times are shorter looks for no work.",
        "spec/linux-host.md 1: migration_cost 0.5 ms", Min = "0", Max = "100ms")]
    public Duration MigrationCost { get; init; } = 500.Us;

    /// <summary>Most vCPUs that one balancing pass moves. Default 32.</summary>
    [Option("Most vCPUs that one pass of load balancing moves.", "spec/linux-host.md 1: 32", Unit = "vCPUs",
        Min = "1", Max = "1024")]
    public int MigrateAtOnce { get; init; } = 32;

    /// <summary>How many times rarer a busy pCPU balances than an idle one. Default 16.</summary>
    [Option("How many times rarer a busy pCPU balances than an idle one.", "spec/linux-host.md 1: busy_factor 16",
        Unit = "times", Min = "1", Max = "1000")]
    public int BusyFactor { get; init; } = 16;
}
