using System.Text.Json;

namespace Flms.Cli.Tests.Verbs;

public sealed class AdviceTests : ScenarioFile
{
    private static string Noisy => Path.Combine(SourceTree.Root, "scenarios", "recordings", "noisy4-own50.trace");

    [Fact]
    public void Of_a_recording_of_real_VMs_the_best_is_told_with_how_sure_it_is_and_what_is_left_out()
    {
        var outcome = Command.Run("replay", Noisy, "--advise", "--schedulers", "host,flms");
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        var text = outcome.Out.ReplaceLineEndings(" ");
        // EEVDF of 6.18 is what the map says; four VMs that compute and one that wakes fifty times a second.
        Assert.Contains("The model of this host: eevdf:6.18", text);
        Assert.Contains("vm0 (served)", text);
        Assert.Contains("Advice: flms with sp_slice=100us", text);
        Assert.Contains("p99 wait of vm0", text);
        Assert.Contains("How sure: ", text);
        Assert.Contains("No Linux host has flms", text);
        Assert.Contains("/sys/kernel/debug/sched/features", text);
        Assert.Contains("Left out: ", text);
        Assert.All(outcome.Lines, line => Assert.InRange(line.Length, 0, 110));
    }

    [Fact]
    public void The_same_bytes_come_with_one_thread_and_with_four()
    {
        Outcome Advise(string threads) => Command.Run("replay", Noisy, "--advise", "--schedulers", "round-robin,flms",
            "--replications", "2", "--json", "--threads", threads);
        var one = Advise("1");
        Assert.Equal(one.Out, Advise("4").Out);
        using var json = JsonDocument.Parse(one.Out);
        var root = json.RootElement;
        Assert.Equal("change", root.GetProperty("verdict").GetString());
        Assert.Equal("vm0", Assert.Single(root.GetProperty("served").EnumerateArray()).GetString());
        Assert.Equal(["now", "hypervisor", "hypervisor"], root.GetProperty("rows").EnumerateArray()
            .Select(row => row.GetProperty("takes").GetString()));
        Assert.Equal(5, root.GetProperty("rows")[1].GetProperty("vms").GetArrayLength());
        Assert.StartsWith("flms", root.GetProperty("best").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("best_here").ValueKind);
        Assert.InRange(root.GetProperty("misfit").GetDouble(), 1, 2);
    }

    [Fact]
    public void Settings_given_by_hand_stay_as_they_are()
    {
        var outcome = Command.Run("replay", Noisy, "--advise", "--schedulers", "round-robin", "--set",
            "round-robin.slice=20ms", "--replications", "2", "--json");
        using var json = JsonDocument.Parse(outcome.Out);
        Assert.Equal(1, json.RootElement.GetProperty("tried").GetInt32());
    }

    [Fact]
    public void A_recording_that_is_too_short_gets_no_advice_and_says_why()
    {
        var cut = Write("cut.trace", string.Join('\n', File.ReadLines(Noisy).Take(1000)) + "\n");
        File.Copy(Path.ChangeExtension(Noisy, ".json"), Path.ChangeExtension(cut, ".json"));
        var outcome = Command.Run("replay", cut, "--advise", "--json");
        Assert.Equal(ExitCode.Input, outcome.Code);
        Assert.Contains($"{cut}: no advice: it is only ", outcome.Error);
        using var json = JsonDocument.Parse(outcome.Out);
        Assert.Equal("unfit", json.RootElement.GetProperty("verdict").GetString());
    }

    [Theory]
    [InlineData("--latency", "nobody", "no VM here is called so")]
    [InlineData("--objective", "quick", "wait-p99")]
    [InlineData("--max-loss", "100", "0 to less than 100")]
    [InlineData("--max-loss", "some", "0 to less than 100")]
    [InlineData("--replications", "1", "2 to 1000")]
    [InlineData("--pcpus", "4", "does not go with --advise")]
    [InlineData("--for", "1s", "does not go with --advise")]
    [InlineData("--report", "r.html", "does not go with --advise")]
    [InlineData("--schedulers", "recorded", "leave it out")]
    [InlineData("--schedulers", "flmz", "flms")]
    public void A_wrong_value_is_a_usage_error(string option, string value, string advice) =>
        Assert.Contains(advice, Command.Fails(ExitCode.Usage, "replay", Noisy, "--advise", option, value));

    [Theory]
    [InlineData("replay", "--latency", "vm0")]
    [InlineData("replay", "--max-loss", "1")]
    [InlineData("record", "--objective", "wait-mean")]
    [InlineData("record", "--schedulers", "flms")]
    [InlineData("record", "--threads", "1")]
    public void How_to_advise_goes_with_advise_only(string verb, string option, string value) =>
        Assert.Contains("goes with --advise only", Command.Fails(ExitCode.Usage, verb, Noisy, option, value));
}
