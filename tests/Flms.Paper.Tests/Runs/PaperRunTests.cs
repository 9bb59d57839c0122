using System.Text;
using System.Text.Json;
using Flms.Core;
using Flms.Paper.Claims;
using Flms.Paper.Runs;

namespace Flms.Paper.Tests.Runs;

public sealed class PaperRunTests
{
    private static PaperRun Short(params string[] figures) => new()
    {
        Figures = [.. figures.Select(f => PaperCatalog.Find(f)!)],
        Folder = Sample.Folder,
        Replications = 2,
        Length = 300.Ms,
        Warmup = 100.Ms,
    };

    private static string Json(PaperRun run)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) PaperJson.Write(json, run.Run(), run.Replications);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    public static TheoryData<string> Figures => new(PaperCatalog.All.Select(f => f.Name));

    [Theory]
    [MemberData(nameof(Figures))]
    public void Every_figure_runs_and_measures_something(string name)
    {
        // The file of figure 5 is written for 13 s before it is read.
        var length = name == "fig5" ? 15.Seconds : 800.Ms;
        var result = Assert.Single((Short(name) with { Replications = 1, Length = length }).Run());

        Assert.NotEmpty(result.Rows);
        Assert.All(result.Figure.Quantities, q => Assert.Contains(result.Rows,
            r => r.Values[result.Figure.Quantities.Select(o => o.Name).ToList().IndexOf(q.Name)].Mean != null));
    }

    [Fact]
    public void The_number_of_threads_changes_no_byte()
    {
        var run = Short("fig1", "fig13");

        Assert.Equal(Json(run with { Threads = 1 }), Json(run with { Threads = 2 }));
    }

    [Fact]
    public void A_figure_is_the_same_alone_and_among_others()
    {
        var alone = Short("fig13").Run()[0];
        var among = Short("fig1", "fig13").Run()[1];

        Assert.Equal(alone.Rows.Select(r => r.Values[0].Mean), among.Rows.Select(r => r.Values[0].Mean));
    }

    [Fact]
    public void Progress_ends_at_all()
    {
        var last = 0.0;
        _ = (Short("fig1") with { Progress = p => last = Math.Max(last, p) }).Run();
        Assert.Equal(1, last, 6);
    }

    [Fact]
    public void A_scenario_that_is_not_there_is_named()
    {
        var fault = Assert.Throws<ScenarioFault>(() => (Short("fig13") with { Folder = "nowhere" }).Prepare());
        Assert.Contains("fig13.yaml", fault.Message);
        Assert.NotEmpty(fault.Problems);
    }

    [Fact]
    public void Table_1_has_a_row_a_system_with_the_papers_values_beside_ours()
    {
        using var json = JsonDocument.Parse(Json(Short("table1")));
        var rows = json.RootElement.GetProperty("rows").EnumerateArray().ToList();
        string[] keys =
        [
            "system", "latency_ms", "latency_ci95", "bandwidth_mbps", "bandwidth_ci95", "paper_latency_ms",
            "paper_bandwidth_mbps",
        ];

        Assert.Equal(Systems.OfPaper, rows.Take(5).Select(r => r.GetProperty("system").GetString()));
        Assert.All(rows, r => Assert.Equal(keys, r.EnumerateObject().Take(keys.Length).Select(p => p.Name)));
        Assert.Equal(16.853, rows[0].GetProperty("paper_latency_ms").GetDouble());
        Assert.Equal(1708.92, rows[1].GetProperty("paper_bandwidth_mbps").GetDouble());
        Assert.Equal(JsonValueKind.Null, rows[5].GetProperty("paper_latency_ms").ValueKind);
        var interval = rows[0].GetProperty("latency_ci95").EnumerateArray().Select(v => v.GetDouble()).ToList();
        Assert.InRange(rows[0].GetProperty("latency_ms").GetDouble(), interval[0], interval[1]);
    }

    [Fact]
    public void Each_figure_has_rows_and_claims_of_the_same_shape()
    {
        using var json = JsonDocument.Parse(Json(Short("fig1", "fig9")));
        var figures = json.RootElement.GetProperty("figures").EnumerateArray().ToList();

        Assert.Equal(["fig1", "fig9"], figures.Select(f => f.GetProperty("figure").GetString()));
        Assert.All(figures, f => Assert.Equal(["rows", "figure", "replications", "claims"],
            f.EnumerateObject().Select(p => p.Name)));
        var row = figures[0].GetProperty("rows")[0];
        Assert.Equal(["system", "group", "x", "latency_ms", "latency_ci95", "paper_latency_ms"],
            row.EnumerateObject().Take(6).Select(p => p.Name));
        var claim = figures[1].GetProperty("claims")[0];
        Assert.Equal(31, claim.GetProperty("paper").GetDouble());
        Assert.Contains(claim.GetProperty("verdict").GetString(),
            Enum.GetValues<Verdict>().Select(Verdicts.Words));
    }
}
