using System.Text.Json;

namespace Flms.Cli.Tests.Verbs;

public sealed class GanttVerbTests : ScenarioFile
{
    private const string Hogs = """
        machine: { cores: 1, costs: none }
        domains: [{ name: a, workloads: [hog] }, { name: b, workloads: [hog] }]
        schedulers: [round-robin]
        """;

    [Fact]
    public void Two_hogs_take_turns_of_a_slice()
    {
        var outcome = Command.Run("gantt", Write("hogs.yaml", Hogs), "--to", "120ms", "--column", "10ms");
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        Assert.StartsWith("hogs under round-robin, from 0ns, column 10ms\n", outcome.Out);
        Assert.Contains("a 000---000---", outcome.Lines);
        Assert.Contains("b ---000---000", outcome.Lines);
    }

    [Fact]
    public void Every_scheduler_of_the_scenario_is_drawn_across_the_width()
    {
        var outcome = Command.Run(new Screen { Width = 60 }, "gantt", Scenario);
        Assert.Contains("small under round-robin", outcome.Out);
        Assert.Contains("small under credit", outcome.Out);
        Assert.All(outcome.Lines, l => Assert.True(l.Length <= 60, l));
        Assert.Equal(2, outcome.Lines.Count(l => l.StartsWith("batch1 ", StringComparison.Ordinal) && l.Length == 60));
    }

    [Fact]
    public void The_json_has_the_same_lines()
    {
        var file = Write("hogs.yaml", Hogs);
        using var json = JsonDocument.Parse(
            Command.Run("gantt", file, "--from", "30ms", "--to", "90ms", "--column", "10ms", "--json").Out);
        Assert.Equal(30_000_000, json.RootElement.GetProperty("from_ns").GetInt64());
        var vcpus = json.RootElement.GetProperty("results")[0].GetProperty("vcpus");
        Assert.Equal("---000", vcpus[0].GetProperty("gets").GetString());
        Assert.Equal("000---", vcpus[1].GetProperty("gets").GetString());
    }

    [Theory]
    [InlineData("--to", "0")]
    [InlineData("--from", "soon")]
    [InlineData("--column", "0")]
    [InlineData("--column", "-1ms")]
    [InlineData("--from", "100h")]
    public void A_time_that_cannot_be_drawn_is_a_usage_error(string option, string value) =>
        Assert.StartsWith("flms: ", Command.Fails(ExitCode.Usage, "gantt", Scenario, option, value));

    [Fact]
    public void A_chart_too_long_to_draw_is_refused() => Assert.Contains("10000 is the most",
        Command.Fails(ExitCode.Usage, "gantt", Scenario, "--to", "1h", "--column", "1ms"));
}
