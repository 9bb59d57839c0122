using System.CommandLine;

namespace Flms.Cli;

/// <summary>The options that ask for result files.</summary>
internal sealed class OutputOptions
{
    /// <summary>Print JSON instead of the table.</summary>
    public Option<bool> Json { get; } = CommonOptions.Json(
        """{"scenario", "seed", "replications", "results":[{"scheduler", "measures":{NAME:{"mean", "ci95", "p50", """
        + """ "p90", "p99", "max", "n"}}}]}""");

    /// <summary>The HTML report.</summary>
    public Option<string> Report { get; } = ScenarioOptions.Text("--report", "FILE.html",
        "Write a report to look at: one file that needs nothing else.");

    /// <summary>The Perfetto trace.</summary>
    public Option<string> Timeline { get; } = ScenarioOptions.Text("--timeline", "FILE.perfetto-trace",
        "Write what ran where, for https://ui.perfetto.dev (first replication; one file a scheduler).");

    /// <summary>The event log.</summary>
    public Option<string> Events { get; } = ScenarioOptions.Text("--events", "FILE.jsonl",
        "Write every event, one JSON object a line (first replication; one file a scheduler).");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [Json, Report, Timeline, Events];
}
