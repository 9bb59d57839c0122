namespace Flms.Cli.Tests;

/// <summary>Whatever a user gets wrong: one clear line, the documented exit code, no file half-written.</summary>
public sealed class BadInputTests : ScenarioFile
{
    [Theory]
    [InlineData("schedulers: [credit]\ndomains: [{ name: a, wait: 1 }]", 2, 22, "\"wait\"", "weight")]
    [InlineData("schedulers: [credit]\ndomains: [{ name: a }]\nduration: 5 parsecs", 3, 11, "5 parsecs", "ns, us, ms")]
    [InlineData("schedulers: [credit]\ndomains: [{ name: a }]\nduration: 5", 3, 11, "duration", "ns, us, ms, s")]
    [InlineData("schedulers: [credit]\ndomains: [{ name: a, weight: 0 }]", 2, 30, "weight is 0", "1 to 65535")]
    [InlineData("schedulers: [credit]\ndomains: [{ name: a, affinity: 3 }]", 2, 32, "3", "pCPU")]
    [InlineData("schedulers: [credit]\ndomains: [{ name: a }]\nduration: 8760h", 3, 11, "8760h", "39h")]
    [InlineData("domains: [{ name: a", 0, 0, "", "")]
    [InlineData("just a sentence", 1, 1, "not a scenario", "domains")]
    public void A_mistake_in_a_scenario_is_told_with_its_place_and_remedy(
        string text, int line, int column, string what, string remedy)
    {
        var file = Write("bad.yaml", text);
        var message = Command.Fails(ExitCode.Input, "run", file);
        Assert.StartsWith(line > 0 ? $"{file}:{line}:{column}: " : $"{file}:", message);
        Assert.Contains(what, message);
        Assert.Contains(remedy, message);
    }

    [Fact]
    public void A_domain_that_admission_control_refuses_is_told_with_its_place_and_the_reason()
    {
        var file = Path.Combine(SourceTree.Root, "scenarios", "sedf-no-room.yaml");
        var message = Command.Fails(ExitCode.Input, "run", file, "--set", "sedf.admission=true");
        Assert.Equal($"{file}:18:5: scheduler sedf has no room for domain dom3: vCPU 0 needs 30 % of a pCPU and "
            + "belongs on p0, where 20 % is free; free on its pCPUs: p0 20 %, p1 20 %; ask for less, give it other "
            + "pCPUs, or run without admission", message);
    }

    [Fact]
    public void A_slice_longer_than_its_period_is_told()
    {
        var file = Write("bad.yaml",
            "domains: [{ name: a, parameters: { sedf: { period: 10ms, slice: 20ms } }, workloads: [hog] }]");
        Assert.Equal($"{file}:1:42: parameters of sedf: slice is 20ms, longer than period, which is 10ms; change them",
            Command.Fails(ExitCode.Input, "check", file));
    }

    [Fact]
    public void An_empty_scenario_is_told() => Assert.StartsWith(
        PathOf("empty.yaml"), Command.Fails(ExitCode.Input, "check", Write("empty.yaml", "")));

    [Fact]
    public void A_missing_scenario_is_told() => Assert.Equal(
        $"{PathOf("none.yaml")}: there is no such file; check the path",
        Command.Fails(ExitCode.Input, "compare", PathOf("none.yaml")));

    [Fact]
    public void A_binary_file_is_no_scenario()
    {
        byte[] noise = [.. Enumerable.Range(0, 4096).Select(i => (byte)((i * 7919 >> 3) & 0xff))];
        File.WriteAllBytes(PathOf("noise.yaml"), noise);
        Assert.StartsWith(PathOf("noise.yaml"), Command.Fails(ExitCode.Input, "run", PathOf("noise.yaml")));
    }

    [Fact]
    public void A_file_of_100_MB_is_refused_without_reading_it()
    {
        using (var file = File.Create(PathOf("big.yaml"))) file.SetLength(100_000_000);
        Assert.StartsWith($"{PathOf("big.yaml")}: the file has 100 MB;",
            Command.Fails(ExitCode.Input, "run", PathOf("big.yaml")));
    }

    [Theory]
    [InlineData("--for", "5")]
    [InlineData("--for", "0s")]
    [InlineData("--seed", "x")]
    [InlineData("--seed", "-1")]
    [InlineData("--warmup", "1parsec")]
    [InlineData("--replications", "0")]
    [InlineData("--threads", "0")]
    [InlineData("--threads", "many")]
    [InlineData("--set", "domains.web.weight")]
    [InlineData("--set", "domains.nobody.weight=1")]
    [InlineData("--set", "domains.web.weight=0")]
    [InlineData("--set", "nothing=1")]
    [InlineData("--scheduler", "fair")]
    public void A_wrong_value_of_an_option_is_a_usage_error_that_names_it(string option, string value)
    {
        var message = Command.Fails(ExitCode.Usage, "run", Scenario, option, value);
        Assert.StartsWith("flms: ", message);
        if (option != "--scheduler") Assert.Contains(option, message);
    }

    [Theory]
    [InlineData("--for")]
    [InlineData("--set")]
    [InlineData("--events")]
    public void An_option_without_its_value_is_told(string option) => Assert.StartsWith(
        $"flms: {option} needs a value: {option} ", Command.Fails(ExitCode.Usage, "run", Scenario, option));

    [Fact]
    public void A_verb_without_its_scenario_is_told() =>
        Assert.Equal("flms: run needs SCENARIO; see flms run --help", Command.Fails(ExitCode.Usage, "run"));

    [Fact]
    public void An_option_given_twice_is_told() =>
        Assert.Contains("--seed", Command.Fails(ExitCode.Usage, "run", Scenario, "--seed", "1", "--seed", "2"));

    [Fact]
    public void An_output_that_cannot_be_written_is_found_out_before_the_run()
    {
        var message = Command.Fails(ExitCode.Output, "run", Scenario, "--for", "10h", "--events", PathOf("no/e.jsonl"));
        Assert.Equal($"flms: {PathOf("no/e.jsonl")}: its directory does not exist; make it first", message);
    }

    [Fact]
    public void No_output_is_written_over_the_input()
    {
        Assert.Contains("another file", Command.Fails(ExitCode.Usage, "run", Scenario, "--events", Scenario));
        Assert.Equal(Small, File.ReadAllText(Scenario));
        Assert.Equal(["small.yaml"], FilesLeft);
    }

    [Fact]
    public void Check_tells_all_problems_at_once()
    {
        var file = Write("bad.yaml",
            "schedulers: [credit]\ndomains: [{ name: a, weight: 0 }]\nseed: x\nfrobnicate: 1\n");
        var outcome = Command.Run("check", file);
        Assert.Equal((ExitCode.Input, ""), (outcome.Code, outcome.Out));
        Assert.Equal(3, outcome.Error.TrimEnd('\n').Split('\n').Length);
    }
}
