using System.Text.Json;
using Flms.Bench;

namespace Flms.Sim.Tests;

/// <summary>How the benchmark tells its results. No time is asserted here.</summary>
public sealed class SpeedBenchTests
{
    private static readonly BenchResult[] _results =
    [
        new("bare-loop", "mixed", 8, 32, 1_000, 25.5, 0),
        new("round-robin", "mixed", 8, 32, 2_000, 51, 0.25),
        new("credit", "mixed", 8, 32, 2_000, 102, 0),
        new("edf", "pedf", 4, 16, 3_000, 100, 0),
    ];

    [Fact]
    public void Json_has_the_documented_keys()
    {
        using var json = JsonDocument.Parse(BenchText.Json(_results));
        var results = json.RootElement.GetProperty("results");
        Assert.Equal(4, results.GetArrayLength());
        Assert.Equal(
            ["scheduler", "workload", "pcpus", "vcpus", "events", "ns_per_event", "bytes_per_event"],
            results[1].EnumerateObject().Select(p => p.Name));
        Assert.Equal(51, results[1].GetProperty("ns_per_event").GetDouble());
        Assert.Equal(0.25, results[1].GetProperty("bytes_per_event").GetDouble());
    }

    [Fact]
    public void The_table_shows_the_ratios_to_the_bare_loop_and_to_credit_of_the_same_size()
    {
        var lines = BenchText.Table(_results).Split('\n');
        Assert.Contains(lines, l => l.Contains("round-robin") && l.Contains(" 2.00 ") && l.Contains(" 0.50 "));
        Assert.Contains(lines, l => l.Contains("edf") && l.Contains(" - "));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Every_case_is_measured_and_none_allocates()
    {
        var results = SpeedBench.Run(new() { Glance = true });
        Assert.All(results, r => Assert.True(r.Events > 0 && r.NsPerEvent > 0, r.ToString()));
        Assert.All(results, r => Assert.Equal(0, r.BytesPerEvent, 0.001));
        Assert.Equal(3, results.Count(r => r.Scheduler == SpeedBench.BareLoopName));
    }
}
