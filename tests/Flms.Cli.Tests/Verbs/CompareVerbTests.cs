using System.Text.Json;

namespace Flms.Cli.Tests.Verbs;

public sealed class CompareVerbTests : ScenarioFile
{
    [Fact]
    public void The_table_has_a_row_for_each_scheduler_below_one_sentence_that_says_what_follows()
    {
        var outcome = Command.Run("compare", Scenario);
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        Assert.Contains("web's mean round trip", outcome.Lines[0]);
        Assert.Contains(outcome.Lines, l => l.StartsWith("| round-robin", StringComparison.Ordinal));
        Assert.Contains(outcome.Lines, l => l.StartsWith("| credit", StringComparison.Ordinal));
        Assert.Contains("CPU shares", outcome.Out);
    }

    [Fact]
    public void Schedulers_on_the_command_line_stand_in_place_of_the_scenarios()
    {
        var outcome = Command.Run("compare", Scenario, "--schedulers", "credit");
        Assert.Contains("| credit", outcome.Out);
        Assert.DoesNotContain("round-robin", outcome.Out);
    }

    [Fact]
    public void The_json_has_the_documented_shape()
    {
        using var json = JsonDocument.Parse(Command.Run("compare", Scenario, "--json", "--replications", "2").Out);
        var root = json.RootElement;
        Assert.Equal(["scenario", "seed", "replications", "results"], root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(7, root.GetProperty("seed").GetInt32());
        Assert.Equal(2, root.GetProperty("replications").GetInt32());
        Assert.Equal(["round-robin", "credit"],
            root.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("scheduler").GetString()!));
        foreach (var result in root.GetProperty("results").EnumerateArray())
        {
            var measures = result.GetProperty("measures");
            foreach (var name in (string[])["web.ping.rtt_ms", "web.cpu_share", "web.wait_ms", "batch1.cpu_share",
                "host.switches_per_s", "host.migrations_per_s.same_core", "host.migrations_per_s.same_socket",
                "host.migrations_per_s.remote", "host.utilisation"])
            {
                var measure = measures.GetProperty(name);
                foreach (var figure in (string[])["mean", "p50", "p90", "p99", "max", "n"])
                    Assert.Equal(JsonValueKind.Number, measure.GetProperty(figure).ValueKind);
                Assert.Equal(2, measure.GetProperty("ci95").GetArrayLength());
            }
        }
    }

    [Fact]
    public void Threads_change_no_byte()
    {
        string Json(string threads) => Command.Run("compare", Scenario, "--json", "--replications", "3",
            "--threads", threads, "--events", PathOf($"events-{threads}.jsonl")).Out;
        Assert.Equal(Json("1"), Json("2"));
        foreach (var scheduler in (string[])["round-robin", "credit"])
            Assert.Equal(File.ReadAllText(PathOf($"events-1.{scheduler}.jsonl")),
                File.ReadAllText(PathOf($"events-2.{scheduler}.jsonl")));
    }

    [Fact]
    public void Nothing_but_the_table_is_written_where_there_is_no_terminal() =>
        Assert.All(Command.Run("compare", Scenario).Out, c => Assert.True(c is '\n' or >= ' ' and <= '~', $"{(int)c}"));

    [Fact]
    public void Colour_is_used_only_where_it_is_allowed()
    {
        var terminal = new Screen { IsTerminal = true, Colour = true };
        Assert.Contains("\e[", Command.Run(terminal, "compare", Scenario).Out);
        Assert.DoesNotContain("\e[", Command.Run(new Screen { IsTerminal = true }, "compare", Scenario).Out);
    }

    [Fact]
    public void A_narrow_terminal_is_not_overrun()
    {
        var outcome = Command.Run(new Screen { IsTerminal = true, Width = 60 }, "compare", Scenario);
        Assert.All(outcome.Lines, l => Assert.True(l.Length <= 60, l));
    }

    [Fact]
    public void One_event_file_is_written_for_each_scheduler()
    {
        Command.Run("compare", Scenario, "--events", PathOf("e.jsonl"));
        Assert.Equal(["e.credit.jsonl", "e.round-robin.jsonl", "small.yaml"], FilesLeft);
        Command.Run("compare", Scenario, "--events", PathOf("e.jsonl"), "--schedulers", "credit");
        Assert.Contains("e.jsonl", FilesLeft);
    }
}
