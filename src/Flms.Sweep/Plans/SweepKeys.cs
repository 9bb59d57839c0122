using Flms.Lab.Settings;

namespace Flms.Sweep.Plans;

/// <summary>Every key of a sweep file.</summary>
/// <remarks>The reader and docs/sweep.md are made from these.</remarks>
public static class SweepKeys
{
    /// <summary>The most points of a sweep.</summary>
    public const int MaxPoints = 1_000_000;

    internal static readonly Setting Name = Key("name", SettingKind.Text,
        "What the sweep is called; without it, the name of the file.");

    internal static readonly Setting Summary = Key("summary", SettingKind.Text, "What it shows, in a sentence or two.");

    internal static readonly Setting Scenario = Key("scenario", SettingKind.Text,
        "The scenario file, from the sweep file's folder.") with
    { Required = true };

    internal static readonly Setting Set = Key("set", SettingKind.Structure,
        "Values in place of the scenario's at every point: a map of paths, as --set takes them.");

    internal static readonly Setting Schedulers = Key("schedulers", SettingKind.Structure,
        "The policies, written as in a scenario; without it, the scenario's.");

    internal static readonly Setting Axes = Key("axes", SettingKind.Structure,
        "What varies: for each path its values; or for a name of your own a map of values, each a map of paths.");

    internal static readonly Setting Replications = Key("replications", SettingKind.Whole,
        "How often each combination runs, each time with other random numbers; without it, as the scenario says.")
        with
    { Min = "1", Max = "1000000" };

    internal static readonly Setting Seeds = Key("seeds", SettingKind.Structure,
        "The seeds themselves, in place of replications: a list of whole numbers.");

    internal static readonly Setting Goals = Key("objectives", SettingKind.Structure,
        "Which measures the report sets against each other; without it, they are guessed from the scenario.");

    internal static readonly Setting Latency = Key("latency", SettingKind.Text,
        "What should be short, as in web.ping.rtt_ms.p99.");

    internal static readonly Setting Throughput = Key("throughput", SettingKind.Text,
        "What should be much, as in batch*.cpu_share: the sum of all that match.");

    internal static readonly Setting Fairness = Key("fairness", SettingKind.Text,
        "What should be near 1, as in host.fairness.");

    /// <summary>The keys of the file itself.</summary>
    public static IReadOnlyList<Setting> Root { get; } =
        [Name, Summary, Scenario, Set, Schedulers, Axes, Replications, Seeds, Goals];

    /// <summary>The keys of <c>objectives</c>.</summary>
    public static IReadOnlyList<Setting> OfObjectives { get; } = [Latency, Throughput, Fairness];

    private static Setting Key(string name, SettingKind kind, string summary) =>
        new() { Name = name, Kind = kind, Summary = summary };
}
