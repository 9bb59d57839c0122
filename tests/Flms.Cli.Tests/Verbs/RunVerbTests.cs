using System.Text.Json;
using Flms.Report;

namespace Flms.Cli.Tests.Verbs;

public sealed class RunVerbTests : ScenarioFile
{
    [Fact]
    public void The_table_has_a_row_for_each_VM()
    {
        var outcome = Command.Run("run", Scenario);
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        Assert.StartsWith("small under round-robin: 1 socket, 1 core: 1 pCPU; 3 VMs;", outcome.Out);
        foreach (var vm in (string[])["web", "batch1", "batch2"]) Assert.Contains($"\n| {vm} ", outcome.Out);
    }

    [Fact]
    public void A_scheduler_of_the_command_line_is_run_with_its_settings()
    {
        var outcome = Command.Run(
            "run", Scenario, "--scheduler", "round-robin", "--set", "round-robin.slice=1ms", "--json");
        using var json = JsonDocument.Parse(outcome.Out);
        var wait = json.RootElement.GetProperty("results")[0].GetProperty("measures").GetProperty("batch1.wait_ms");
        // A hog waits one slice for the other hog, and now and then for the one that is pinged.
        Assert.InRange(wait.GetProperty("p50").GetDouble(), 0.99, 1.05);
    }

    [Fact]
    public void A_narrow_terminal_gets_two_tables_in_place_of_a_torn_one()
    {
        var outcome = Command.Run(new Screen { Width = 60 }, "run", Scenario, "--replications", "2");
        Assert.All(outcome.Lines, l => Assert.True(l.Length <= 60, l));
        Assert.Equal(2, outcome.Lines.Count(l => l.StartsWith("| VM ", StringComparison.Ordinal)));
        Assert.DoesNotContain("\u2026", outcome.Out);
    }

    [Fact]
    public void Several_schedulers_are_the_business_of_compare() =>
        Assert.Equal("flms: run takes one scheduler; flms compare takes several",
            Command.Fails(ExitCode.Usage, "run", Scenario, "--scheduler", "credit,round-robin"));

    [Fact]
    public void Events_are_json_lines_in_order_of_time()
    {
        var outcome = Command.Run("run", Scenario, "--events", PathOf("e.jsonl"));
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        var last = 0L;
        var seen = new HashSet<string>();
        foreach (var line in File.ReadLines(PathOf("e.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var e = json.RootElement;
            Assert.InRange(e.GetProperty("t_ns").GetInt64(), last, 500_000_000);
            last = e.GetProperty("t_ns").GetInt64();
            var word = e.GetProperty("event").GetString()!;
            seen.Add(word);
            if (word != "switch") continue;
            Assert.Equal(["t_ns", "pcpu", "event", "prev", "next", "slice_ns"],
                e.EnumerateObject().Select(p => p.Name));
            Assert.Equal(0, e.GetProperty("pcpu").GetInt32());
            foreach (var who in (string[])["prev", "next"])
                Assert.Contains(e.GetProperty(who).GetString(), (string[])["idle", "web/0", "batch1/0", "batch2/0"]);
        }
        Assert.Superset(new HashSet<string> { "switch", "wake", "block" }, seen);
    }

    [Fact]
    public void A_timeline_is_a_Perfetto_trace_of_packets()
    {
        var outcome = Command.Run("run", Scenario, "--timeline", PathOf("t.perfetto-trace"));
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        // A trace is a row of packets: field 1, its length, its bytes.
        var bytes = File.ReadAllBytes(PathOf("t.perfetto-trace"));
        var packets = 0;
        for (var i = 0; i < bytes.Length; packets++)
        {
            Assert.Equal(0x0a, bytes[i++]);
            var length = 0;
            for (var shift = 0; ; shift += 7)
            {
                length |= (bytes[i] & 0x7f) << shift;
                if (bytes[i++] < 0x80) break;
            }
            i += length;
            Assert.True(i <= bytes.Length);
        }
        Assert.True(packets > 100);
    }

    [SkippableFact]
    public void A_report_is_one_page_that_holds_the_command_and_the_figures()
    {
        Skip.IfNot(ReportPage.Available, "needs Node.js (apt-get install nodejs npm)");
        var outcome = Command.Run("run", Scenario, "--report", PathOf("r.html"));
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        var page = File.ReadAllText(PathOf("r.html"));
        Assert.Contains("flms run", page);
        Assert.Contains("web.ping.rtt_ms", page);
        Assert.Contains("batch1/0", page);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        string Json(string seed) => Command.Run("run", Scenario, "--json", "--seed", seed,
            "--set", "domains.web.workloads.ping.interval_max=30ms").Out;
        Assert.Equal(Json("1"), Json("1"));
        Assert.NotEqual(Json("1").Replace("\"seed\":1", "", StringComparison.Ordinal),
            Json("2").Replace("\"seed\":2", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Stopped_it_writes_nothing_and_says_so()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var outcome = Command.Run(new Screen { Stop = stop.Token }, "run", Scenario, "--events", PathOf("e.jsonl"));
        Assert.Equal((ExitCode.Interrupted, "", "flms: stopped; nothing was written\n"),
            (outcome.Code, outcome.Out, outcome.Error));
        Assert.Equal(["small.yaml"], FilesLeft);
    }
}
