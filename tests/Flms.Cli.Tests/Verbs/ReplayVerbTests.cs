using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Flms.Cli.Tests.Verbs;

public sealed class ReplayVerbTests : ScenarioFile
{
    /// <summary>One pCPU for 300 ms: "hog" always wants to run; "web" wakes every 10 ms, waits 1 ms, and runs 1
    /// ms.</summary>
    private string Recorded()
    {
        var text = new StringBuilder("# tracer: nop\n");
        void Line(int us, string what) => text.Append(CultureInfo.InvariantCulture,
            $"            CPU-1 [000] d..2. {100 + us / 1_000_000}.{us % 1_000_000:000000}: {what}\n");
        void Switch(int us, string prev, int from, char state, string next, int to) => Line(us,
            $"sched_switch: prev_comm={prev} prev_pid={from} prev_prio=120 prev_state={state} ==> "
            + $"next_comm={next} next_pid={to} next_prio=120");
        Switch(0, "swapper/0", 0, 'R', "hog", 11);
        for (var us = 10_000; us < 300_000; us += 10_000)
        {
            Line(us, "sched_wakeup: comm=web pid=22 prio=120 target_cpu=000");
            Switch(us + 1_000, "hog", 11, 'R', "web", 22);
            Switch(us + 2_000, "web", 22, 'S', "hog", 11);
        }
        Write("host.json", """
            {"threads": [{"vm": "web", "role": "vcpu0", "tid": 22}, {"vm": "hog", "role": "vcpu0", "tid": 11}]}
            """);
        return Write("host.trace", text.ToString());
    }

    [Fact]
    public void A_recording_is_replayed_as_it_was_and_under_other_schedulers()
    {
        var outcome = Command.Run("replay", Recorded(), "--schedulers", "recorded,credit", "--json");
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        using var json = JsonDocument.Parse(outcome.Out);
        var results = json.RootElement.GetProperty("results");
        Assert.Equal("recorded", results[0].GetProperty("scheduler").GetString());
        Assert.Equal("credit", results[1].GetProperty("scheduler").GetString());
        // 29 of 300 ms.
        var share = results[0].GetProperty("measures").GetProperty("web.cpu_share").GetProperty("mean").GetDouble();
        Assert.InRange(share, 0.95 * 29 / 290, 1.05 * 29 / 290);
    }

    [Fact]
    public void The_table_compares_the_waits_of_the_VM_of_the_class_given()
    {
        var outcome = Command.Run("replay", Recorded(), "--schedulers", "recorded,credit", "--class", "web=latency");
        Assert.Contains("web wait", outcome.Out);
        Assert.Contains("| recorded", outcome.Out);
    }

    [Theory]
    [InlineData("recorded,credit", "vm-threads", true)]
    [InlineData("recorded,credit", "all", false)]
    [InlineData("credit", "vcpus", false)]
    public void An_uneven_comparison_with_the_recorded_host_is_told(string schedulers, string include, bool told) =>
        Assert.Equal(told, Command.Run("replay", Recorded(), "--schedulers", schedulers, "--include", include)
            .Out.Contains("--include all", StringComparison.Ordinal));

    [Theory]
    [InlineData("--class", "web", "write VM=CLASS")]
    [InlineData("--class", "web=quick", "latency")]
    [InlineData("--include", "some", "vm-threads")]
    [InlineData("--pcpus", "0", "1 to 4096")]
    [InlineData("--for", "1h", "too short")]
    [InlineData("--set", "machine.cores=2", "only settings of schedulers")]
    [InlineData("--schedulers", "", "")]
    public void A_wrong_value_of_an_option_is_a_usage_error(string option, string value, string advice)
    {
        string[] schedulers = option == "--schedulers" ? [] : ["--schedulers", "credit"];
        var message = Command.Fails(ExitCode.Usage, ["replay", Recorded(), option, value, .. schedulers]);
        Assert.Contains(advice, message);
    }

    [Fact]
    public void The_recorded_host_cannot_be_repeated_on_another_machine() => Assert.Contains("leave one out",
        Command.Fails(ExitCode.Usage, "replay", Recorded(), "--schedulers", "recorded", "--pcpus", "2"));

    [Theory]
    [InlineData("")]
    [InlineData("no recording at all")]
    [InlineData("{\"a\": 1}")]
    public void What_is_no_recording_is_told_with_its_place(string text)
    {
        var file = Write("bad.trace", text);
        Assert.StartsWith(file + ":", Command.Fails(ExitCode.Input, "replay", file, "--schedulers", "credit"));
    }

    [Fact]
    public void A_recording_cut_off_in_a_line_is_still_of_use_or_told()
    {
        var whole = File.ReadAllText(Recorded());
        var file = Write("host.trace", whole[..(whole.Length / 2)]);
        var outcome = Command.Run("replay", file, "--schedulers", "credit");
        Assert.Contains(outcome.Code, (int[])[ExitCode.Fine, ExitCode.Input]);
        if (outcome.Code == ExitCode.Input) Assert.StartsWith(file + ":", outcome.Error);
        else Assert.Contains("warning: ", outcome.Out);
    }

    [Fact]
    public void Recordings_are_replayed_within_five_percent_of_their_run_times()
    {
        var folder = Path.Combine(SourceTree.Root, "..", "shared", "data");
        if (!Directory.Exists(folder)) folder = Path.Combine(SourceTree.Root, "scenarios", "recordings");
        foreach (var file in Directory.EnumerateFiles(folder, "*.trace"))
        {
            var outcome = Command.Run("replay", file, "--schedulers", "recorded", "--include", "vcpus", "--json");
            Assert.Equal(ExitCode.Fine, outcome.Code);
            using var json = JsonDocument.Parse(outcome.Out);
            var measures = json.RootElement.GetProperty("results")[0].GetProperty("measures");
            using var map = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(file, ".json")));
            var threads = map.RootElement.GetProperty("threads").EnumerateArray()
                .Where(t => t.GetProperty("role").GetString()!.StartsWith("vcpu", StringComparison.Ordinal)).ToList();
            var total = threads.Sum(t => t.GetProperty("run_ns").GetInt64());
            double Share(string vm) => measures.GetProperty($"{vm}.cpu_share").GetProperty("mean").GetDouble();
            var replayed = threads.Sum(t => Share(t.GetProperty("vm").GetString()!));
            foreach (var thread in threads)
            {
                var recorded = thread.GetProperty("run_ns").GetInt64() / (double)total;
                var share = Share(thread.GetProperty("vm").GetString()!) / replayed;
                Assert.InRange(share, 0.95 * recorded, 1.05 * recorded);
            }
        }
    }
}
