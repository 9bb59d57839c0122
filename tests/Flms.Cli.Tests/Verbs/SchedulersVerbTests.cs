using System.Text.Json;
using Flms.Schedulers;

namespace Flms.Cli.Tests.Verbs;

public sealed class SchedulersVerbTests
{
    [Fact]
    public void The_list_names_every_scheduler()
    {
        var outcome = Command.Run("schedulers");
        Assert.Equal(ExitCode.Fine, outcome.Code);
        Assert.All(SchedulerCatalog.All, s => Assert.Contains($"  {s.Name}", outcome.Out));
    }

    [Fact]
    public void One_is_explained_with_default_range_and_source_of_each_option()
    {
        var outcome = Command.Run("schedulers", "round-robin");
        Assert.Contains("  slice = 30ms   (duration, 1us to 10s)", outcome.Lines);
        Assert.Contains("Source: Credit's slice", outcome.Out);
        Assert.Contains("  queues = shared   (one of shared or per-pcpu)", outcome.Lines);
    }

    [Fact]
    public void A_name_spelled_wrong_is_guessed() => Assert.Equal(
        "flms: there is no scheduler \"round-robbin\"; did you mean round-robin?",
        Command.Fails(ExitCode.Usage, "schedulers", "round-robbin"));

    [Fact]
    public void The_json_has_every_scheduler_and_every_option()
    {
        using var json = JsonDocument.Parse(Command.Run("schedulers", "--json").Out);
        var schedulers = json.RootElement.GetProperty("schedulers");
        Assert.Equal(SchedulerCatalog.All.Select(s => s.Name),
            schedulers.EnumerateArray().Select(s => s.GetProperty("name").GetString()!));
        foreach (var scheduler in schedulers.EnumerateArray())
            foreach (var option in scheduler.GetProperty("options").EnumerateArray())
            {
                Assert.Equal(["name", "type", "unit", "default", "min", "max", "source", "summary", "choices"],
                    option.EnumerateObject().Select(p => p.Name));
                Assert.Contains(option.GetProperty("type").GetString(),
                    (string[])["integer", "boolean", "number", "duration", "choice"]);
                Assert.Equal(option.GetProperty("type").GetString() == "choice",
                    option.GetProperty("choices").GetArrayLength() > 0);
                Assert.NotEqual("", option.GetProperty("source").GetString());
            }
    }

    [Fact]
    public void The_json_of_one_has_only_that_one()
    {
        using var json = JsonDocument.Parse(Command.Run("schedulers", "round-robin", "--json").Out);
        Assert.Equal(1, json.RootElement.GetProperty("schedulers").GetArrayLength());
    }
}
