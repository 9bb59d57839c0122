using Flms.Lab.Settings;

namespace Flms.Lab.Scenarios;

/// <summary>Every key of a scenario file, by the map that it stands in.</summary>
/// <remarks>The reader, the JSON Schema and docs/scenario.md are all made from these.</remarks>
public static class ScenarioKeys
{
    /// <summary>The longest run that the event queue can hold.</summary>
    public const string LongestRun = "39h";

    /// <summary>The most pCPUs of a machine.</summary>
    public const int MaxPcpus = 4096;

    /// <summary>The most vCPUs of a scenario.</summary>
    public const int MaxVcpus = 32_768;

    internal static readonly Setting Name = Key("name", SettingKind.Text,
        "What the scenario is called; without it, the name of the file.");

    internal static readonly Setting Summary = Key("summary", SettingKind.Text, "What it shows, in a sentence or two.");

    internal static readonly Setting Seed =
        Whole("seed", "From which all random numbers are made.", "1", "0", "2147483647");

    internal static readonly Setting Duration = Key("duration", SettingKind.Duration,
        "How long is measured, after the warm-up.") with
    { Default = "10s", Min = "1us", Max = LongestRun };

    internal static readonly Setting Warmup = Key("warmup", SettingKind.Duration,
        "How long the machine runs before measuring begins.") with
    { Default = "0", Min = "0", Max = LongestRun };

    internal static readonly Setting Replications = Whole("replications",
        "How often each scheduler runs it, each time with other random numbers.", "1", "1", "1000");

    internal static readonly Setting Machine = Structure("machine",
        "The host's shape and what it charges; without it, one pCPU.");

    internal static readonly Setting Schedulers = Structure("schedulers",
        "The policies to compare: NAME, NAME:PRESET, all, or a map; without it, credit and flms.");

    internal static readonly Setting Domains = Structure("domains", "The virtual machines.") with { Required = true };

    internal static readonly Setting Operations = Structure("operations", "What an operator does while it runs.");

    internal static readonly Setting Sockets = Whole("sockets", "Sockets.", "1", "1", "1024");

    internal static readonly Setting Cores = Whole("cores", "Cores in each socket.", "1", "1", "4096");

    internal static readonly Setting Threads = Whole("threads", "Hardware threads in each core.", "1", "1", "8");

    internal static readonly Setting Nodes = Whole("nodes",
        "Memory nodes of the whole machine; without it, one a socket.", "", "1", "4096");

    internal static readonly Setting Costs = Structure("costs",
        "What switching, moving and sharing cost: typical, harness, none, or a map with a base.")
        with
    { Default = "typical" };

    internal static readonly Setting Pcpus = Structure("pcpus",
        "The machine pCPU by pCPU, in place of sockets, cores, threads and nodes.");

    internal static readonly Setting MachineNetwork = Structure("network",
        "The network to the host that runs the clients; without it, its defaults.");

    internal static readonly Setting MachineDisk = Structure("disk", "The disk; without it, its defaults.");

    internal static readonly Setting PcpuCore =
        Whole("core", "Its core, counted over the whole machine.", "", "0", "4095")
        with
        { Required = true };

    internal static readonly Setting PcpuSocket = Whole("socket", "Its socket.", "0", "0", "4095");

    internal static readonly Setting PcpuNode =
        Whole("node", "Its memory node; without it, its socket.", "", "0", "4095");

    internal static readonly Setting CostsBase = Key("base", SettingKind.Choice,
        "The costs that the map changes.") with
    { Choices = ["typical", "harness", "none"], Default = "typical" };

    internal static readonly Setting Use = Key("use", SettingKind.Text, "The policy's name, or NAME:PRESET.")
        with
    { Required = true };

    internal static readonly Setting Preset =
        Key("preset", SettingKind.Text, "The preset that the settings begin from.");

    internal static readonly Setting Label = Key("label", SettingKind.Text,
        "What results call it; without it, NAME or NAME:PRESET.");

    internal static readonly Setting Options = Structure("options", "Its settings; `flms schedulers NAME` lists them.");

    internal static readonly Setting DomainName = Key("name", SettingKind.Text,
        "Its name: letters, digits, hyphens and underscores.") with
    { Required = true };

    internal static readonly Setting Count = Whole("count",
        "How many domains like this: web becomes web1, web2, ...", "", "1", "32768");

    internal static readonly Setting Vcpus = Whole("vcpus", "How many vCPUs.", "1", "1", "32768");

    internal static readonly Setting Weight = Whole("weight", "Relative share of the CPU.", "256", "1", "65535");

    internal static readonly Setting Cap = Whole("cap",
        "Most CPU that it may use, 100 for one whole pCPU; 0 for no cap. At most 100 for each vCPU.",
        "0", "0", "3276800")
        with
    { Unit = "% of one pCPU" };

    internal static readonly Setting Class = Key("class", SettingKind.Choice, "What kind of work it does.") with
    {
        Choices = ["unmarked", "latency", "compute", "mixed", "service"],
        EnumType = typeof(Core.DomainKind),
        Default = "unmarked",
    };

    internal static readonly Setting Affinity = Key("affinity", SettingKind.Pcpus,
        "Where its vCPUs may run: one set for all, or a list with one set for each vCPU.") with
    { Default = "all" };

    internal static readonly Setting SoftAffinity = Key("soft_affinity", SettingKind.Pcpus,
        "Where its vCPUs would rather run (Xen 4.4: node affinity); without it, no wish.");

    internal static readonly Setting MemoryNode = Whole("memory_node",
        "The memory node that holds its memory; without it, it is spread over all.", "", "0", "4095");

    internal static readonly Setting LlcReferences = Whole("llc_references",
        "How often each of its vCPUs asks the last-level cache, for schedulers that look at such counters.",
        "0", "0", "1000000")
        with
    { Unit = "per ms of running" };

    internal static readonly Setting LlcMissRatio = Key("llc_miss_ratio", SettingKind.Fraction,
        "The part of these that goes on to memory.")
        with
    { Default = "0", Min = "0", Max = "1" };

    internal static readonly Setting StartsAt = Key("starts_at", SettingKind.Duration, "When it is created.")
        with
    { Default = "0", Min = "0", Max = LongestRun };

    internal static readonly Setting Parameters = Structure("parameters",
        "What it is given for single policies: a map by policy.");

    internal static readonly Setting Network = Structure("network",
        "How it reaches the network: by which path, and what each step takes; without it, not at all.");

    internal static readonly Setting Disk = Structure("disk",
        "How it reaches its disk, what each step takes, and its page cache; without it, it has none.");

    internal static readonly Setting Driver = Structure("driver",
        "What it does as the driver domain of others; without it, the defaults.");

    internal static readonly Setting Guest = Structure("guest",
        "Its kernel, which schedules its threads over its vCPUs; without it, each workload stays on its vCPU.");

    internal static readonly Setting WorkloadAffinity = Key("affinity", SettingKind.Text,
        "On which of the domain's vCPUs its threads may run, like 1-3; without it, on those that are not reserved.");

    internal static readonly Setting WorkloadUser = Key("user", SettingKind.YesNo,
        "Did a user start it, so that the process monitor of a mixed domain may move it?") with
    { Default = "false" };

    internal static readonly Setting Workloads = Structure("workloads",
        "What its vCPUs do: a list of names, each alone or with settings.");

    internal static readonly Setting At = Key("at", SettingKind.Duration, "When, counted from the machine's beginning.")
        with
    { Required = true, Min = "0", Max = LongestRun };

    internal static readonly Setting OfDomain = Key("domain", SettingKind.Text,
        "The domain; the name of a `count` group stands for all of it.") with
    { Required = true };

    internal static readonly Setting Pause = Key("pause", SettingKind.YesNo, "Pause it: none of its vCPUs runs.");

    internal static readonly Setting Resume = Key("resume", SettingKind.YesNo, "Let it run again.");

    internal static readonly Setting Destroy = Key("destroy", SettingKind.YesNo, "Destroy it.");

    internal static readonly Setting SetWeight =
        Weight with { Name = "set_weight", Summary = "Its new weight.", Default = "" };

    internal static readonly Setting SetCap = Cap with { Name = "set_cap", Summary = "Its new cap.", Default = "" };

    internal static readonly Setting SetClass =
        Class with { Name = "set_class", Summary = "Its new class.", Default = "" };

    internal static readonly Setting SetAffinity =
        Key("set_affinity", SettingKind.Pcpus, "Where it may run from now on.");

    /// <summary>The keys of the file itself.</summary>
    public static IReadOnlyList<Setting> Root { get; } =
        [Name, Summary, Seed, Duration, Warmup, Replications, Machine, Schedulers, Domains, Operations];

    /// <summary>The keys of <c>machine</c>.</summary>
    public static IReadOnlyList<Setting> OfMachine { get; } =
        [Sockets, Cores, Threads, Nodes, Costs, Pcpus, MachineNetwork, MachineDisk];

    /// <summary>The keys of each of <c>machine.pcpus</c>.</summary>
    public static IReadOnlyList<Setting> OfPcpu { get; } = [PcpuCore, PcpuSocket, PcpuNode];

    /// <summary>The keys of a scheduler written as a map.</summary>
    public static IReadOnlyList<Setting> OfScheduler { get; } = [Use, Preset, Label, Options];

    /// <summary>The keys of a domain.</summary>
    public static IReadOnlyList<Setting> OfEachDomain { get; } =
    [
        DomainName, Count, Vcpus, Weight, Cap, Class, Affinity, SoftAffinity, MemoryNode, LlcReferences, LlcMissRatio,
        StartsAt, Parameters, Network, Disk, Driver, Guest, Workloads,
    ];

    /// <summary>The keys that every workload has in a domain with a guest kernel.</summary>
    public static IReadOnlyList<Setting> OfEachWorkload { get; } = [WorkloadAffinity, WorkloadUser];

    /// <summary>The keys of an operation: when, on whom, and exactly one of the others.</summary>
    public static IReadOnlyList<Setting> OfOperation { get; } =
        [At, OfDomain, Pause, Resume, Destroy, SetWeight, SetCap, SetClass, SetAffinity];

    private static Setting Key(string name, SettingKind kind, string summary) =>
        new() { Name = name, Kind = kind, Summary = summary };

    private static Setting Structure(string name, string summary) => Key(name, SettingKind.Structure, summary);

    private static Setting Whole(string name, string summary, string fallback, string min, string max) =>
        Key(name, SettingKind.Whole, summary) with { Default = fallback, Min = min, Max = max };
}
