using System.Runtime.CompilerServices;

namespace Flms.Report.Tests;

/// <summary>Report data for tests. The figures are made up.</summary>
internal static class Sample
{
    public static string FixturePath([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../web/test/fixtures/report.json"));

    public static ReportData Fixture() => ReportJson.Deserialize(File.ReadAllText(FixturePath()));

    /// <summary>One pinged VM, two neighbours, and a scheduler for each mean round trip.</summary>
    public static ReportData With(params (string Scheduler, double Mean, double Half)[] results) => new()
    {
        Title = "Test",
        Scenario = "test.yaml",
        Command = "flms compare test.yaml",
        Vms = [new() { Name = "web", Kind = "latency" }, new() { Name = "a" }, new() { Name = "b" }],
        Schedulers = [.. results.Select(r => new ReportScheduler
        {
            Name = r.Scheduler,
            Measures =
            {
                ["web.ping.rtt_ms"] = new()
                {
                    Mean = r.Mean, Ci95 = r.Half > 0 ? [r.Mean - r.Half, r.Mean + r.Half] : [],
                    P50 = r.Mean / 2, P99 = r.Mean * 4, N = 100, Unit = "ms",
                },
                ["host.switches_per_s"] = new() { Mean = 1000, Unit = "/s" },
                ["host.migrations_per_s.same_core"] = new() { Mean = 1, Unit = "/s" },
                ["host.migrations_per_s.remote"] = new() { Mean = 2, Unit = "/s" },
            },
        })],
        CpuShares = [.. results.SelectMany(r => new CpuShare[]
        {
            new() { Scheduler = r.Scheduler, Vm = "web", Mean = 2 },
            new() { Scheduler = r.Scheduler, Vm = "a", Mean = 60 },
            new() { Scheduler = r.Scheduler, Vm = "b", Mean = 30 },
        })],
    };

    public static SummaryColumn Column(ReportData data, string group, string label) =>
        SummaryColumns.Of(data).Single(c => c.Group == group && c.Label == label);
}
