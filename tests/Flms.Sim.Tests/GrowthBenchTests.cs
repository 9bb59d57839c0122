using System.Text.Json;
using System.Xml.Linq;
using Flms.Bench;
using Flms.Bench.Growth;
using Flms.Schedulers;

namespace Flms.Sim.Tests;

/// <summary>How growth is told and drawn. No time is asserted here.</summary>
public sealed class GrowthBenchTests
{
    private static readonly GrowthResult[] _results =
    [
        new("bare-loop", 8, 32, 20, 3000, 2_000), new("credit", 8, 32, 100, 600, 150_000),
        new("bare-loop", 1024, 8192, 50, 9, 500_000), new("credit", 1024, 8192, 250, 1.5, 36_000_000),
    ];

    [Fact]
    [Trait("Speed", "Slow")]
    public void Every_size_is_measured()
    {
        var results = GrowthBench.Run(
            new() { Glance = true, Schedulers = [SchedulerCatalog.Find("round-robin")!] });
        Assert.Equal(GrowthBench.Sizes.Count * 2, results.Count);
        // Memory is that of the whole process, in which other tests run: it says nothing here.
        Assert.All(results, r => Assert.True(r is { NsPerEvent: > 0, SimulatedPerSecond: > 0 }, $"{r}"));
    }

    [Fact]
    public void The_table_shows_how_often_the_smallest_host_s_time()
    {
        var lines = GrowthText.Table(_results).Split('\n');
        Assert.Contains(lines, l => l.Contains("credit") && l.Contains(" 2.50 ") && l.Contains(" 36.00 "));
    }

    [Fact]
    public void Json_has_the_documented_keys()
    {
        using var json = JsonDocument.Parse(GrowthText.Json(_results));
        Assert.Equal(["scheduler", "pcpus", "vcpus", "ns_per_event", "simulated_per_second", "bytes"],
            json.RootElement.GetProperty("growth")[1].EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public void The_picture_has_a_line_for_each_scheduler_in_each_panel_within_its_frame()
    {
        var text = GrowthSvg.Draw(_results);
        Assert.Equal(text, GrowthSvg.Draw(_results));
        var svg = XDocument.Parse(text).Root!;
        var lines = svg.Elements().Where(e => e.Name.LocalName == "polyline").ToList();
        Assert.Equal(2 * 3, lines.Count);
        foreach (var point in lines.SelectMany(l => l.Attribute("points")!.Value.Split(' ')))
        {
            var xy = point.Split(',').Select(n => double.Parse(n, System.Globalization.CultureInfo.InvariantCulture));
            Assert.InRange(xy.First(), 50, 930);
            Assert.InRange(xy.Last(), 69, 311);
        }
    }
}
