using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Flms.Cli.Tests.Verbs;

public sealed class SweepVerbTests : ScenarioFile
{
    private const string Spec = "scenario: small.yaml\naxes: { domains.batch.count: [1, 2] }\nreplications: 3\n";

    private string Sweep => Write("sweep.yaml", Spec);

    private string Db => PathOf("s.db");

    [Fact]
    public void Plan_lists_every_point_with_its_hash_and_runs_nothing()
    {
        var outcome = Command.Run("sweep", "plan", Sweep);
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        Assert.StartsWith("sweep: 12 points of 4 combinations; 6 s of simulated time; flms ", outcome.Out);
        Assert.Equal(12, outcome.Lines.Count(l => l.Contains("round-robin,", StringComparison.Ordinal)
            || l.Contains("credit,", StringComparison.Ordinal)));
        Assert.Matches(@"\n0 [0-9a-f]{32} round-robin, domains.batch.count=1, seed=7\n", outcome.Out);
        Assert.Equal(["small.yaml", "sweep.yaml"], FilesLeft);
    }

    [Fact]
    public void Plan_as_json_has_the_same_points()
    {
        using var json = JsonDocument.Parse(Command.Run("sweep", "plan", Sweep, "--json").Out);
        var points = json.RootElement.GetProperty("points");
        Assert.Equal(12, points.GetArrayLength());
        Assert.Equal("2", points[3].GetProperty("axes").GetProperty("domains.batch.count").GetString());
        Assert.Equal(12, points.EnumerateArray().Select(p => p.GetProperty("hash").GetString()).Distinct().Count());
    }

    [Fact]
    public void Run_then_status_then_merge()
    {
        var run = Command.Run("sweep", "run", Sweep, "--out", Db);
        Assert.Equal(new(ExitCode.Fine, $"{Db}: 12 points; 12 runs made\n", ""), run);
        Assert.Equal($"{Db}: 12 points; 12 were there already, 0 runs made\n",
            Command.Run("sweep", "run", Sweep, "--out", Db).Out);
        Assert.StartsWith("sweep: 12 of 12 points done: complete;", Command.Run("sweep", "status", Db).Out);
        Assert.Equal(new(ExitCode.Fine, "", ""), Command.Run("sweep", "merge", Db, "--csv", PathOf("s.csv")));
        var lines = File.ReadAllLines(PathOf("s.csv"));
        Assert.Equal(13, lines.Length);
        Assert.StartsWith("point,scheduler,domains.batch.count,replication,seed,web.ping.rtt_ms.mean,", lines[0]);
        Assert.StartsWith("0,round-robin,1,0,7,", lines[1]);
        // VMs that a point lacks have empty columns.
        Assert.Equal(lines[0].Count(c => c == ','), lines[1].Count(c => c == ','));
    }

    [Fact]
    public void Parts_are_merged_and_missing_points_are_told()
    {
        foreach (var i in (int[])[0, 1])
            Assert.Equal(0, Command.Run("sweep", "run", Sweep, "--out", PathOf($"p{i}.db"), "--shard", $"{i}/2").Code);
        Command.Run("sweep", "run", Sweep, "--out", Db, "--threads", "1");
        Assert.Equal($"{PathOf("p0.db")}: 6 of 12 points are missing; run the sweep again with --out and one of these "
            + "files, or write what there is with --partial",
            Command.Fails(ExitCode.Input, "sweep", "merge", PathOf("p0.db"), "--csv", PathOf("p.csv")));
        Assert.False(File.Exists(PathOf("p.csv")));
        using (var json = JsonDocument.Parse(Command.Run("sweep", "status", PathOf("p0.db"), "--json").Out))
            Assert.Equal((6, 6, false), (json.RootElement.GetProperty("done").GetInt32(),
                json.RootElement.GetProperty("missing").GetInt32(),
                json.RootElement.GetProperty("complete").GetBoolean()));
        Command.Run("sweep", "merge", PathOf("p1.db"), PathOf("p0.db"), "--csv", PathOf("p.csv"), "--out",
            PathOf("p.db"));
        Command.Run("sweep", "merge", Db, "--csv", PathOf("s.csv"));
        Assert.Equal(File.ReadAllBytes(PathOf("s.csv")), File.ReadAllBytes(PathOf("p.csv")));
        Command.Run("sweep", "merge", PathOf("p.db"), "--csv", PathOf("again.csv"));
        Assert.Equal(File.ReadAllBytes(PathOf("s.csv")), File.ReadAllBytes(PathOf("again.csv")));
    }

    [Fact]
    public void What_is_finished_when_it_is_stopped_is_kept()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var outcome = Command.Run(new Screen { Stop = stop.Token }, "sweep", "run", Sweep, "--out", Db);
        Assert.Equal(ExitCode.Interrupted, outcome.Code);
        Assert.Contains($"what is finished is in {Db}", outcome.Error);
        Assert.StartsWith("sweep: 0 of 12", Command.Run("sweep", "status", Db).Out);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_sweep_killed_in_the_middle_goes_on_and_gives_the_same_bytes()
    {
        var sweep = Write("sweep.yaml", "scenario: small.yaml\nset: { duration: 2s }\nreplications: 200\n");
        using (var child = Start("sweep", "run", sweep, "--out", Db, "--threads", "2"))
        {
            while (Done() < 20) Assert.False(child.WaitForExit(20), "it was over before it could be killed");
            // The file takes nothing more, so each of the two workers is stuck with the one point that it computed. It
            // is this point that a kill costs.
            using var file = new SqliteConnection($"Data Source={Db};Pooling=False");
            file.Open();
            using var locked = file.BeginTransaction(deferred: false);
            var seen = Done();
            WaitUntilIdle(child);
            child.Kill();
            child.WaitForExit();
            // Whatever was finished before is there, and the file is whole.
            Assert.Equal(seen, Done());
            Assert.InRange(seen, 20, 399);
        }
        var kept = Done();
        var again = Command.Run("sweep", "run", sweep, "--out", Db, "--json");
        using var json = JsonDocument.Parse(again.Out);
        Assert.Equal((400, kept, 400 - kept), (json.RootElement.GetProperty("points").GetInt32(),
            json.RootElement.GetProperty("kept").GetInt32(), json.RootElement.GetProperty("ran").GetInt32()));
        Command.Run("sweep", "run", sweep, "--out", PathOf("whole.db"), "--threads", "1");
        Command.Run("sweep", "merge", Db, "--csv", PathOf("killed.csv"));
        Command.Run("sweep", "merge", PathOf("whole.db"), "--csv", PathOf("whole.csv"));
        Assert.Equal(File.ReadAllBytes(PathOf("whole.csv")), File.ReadAllBytes(PathOf("killed.csv")));
        Assert.Equal(401, File.ReadAllLines(PathOf("whole.csv")).Length);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_disk_that_takes_no_more_is_an_output_error_and_what_was_written_stays()
    {
        var sweep = Write("sweep.yaml", "scenario: small.yaml\nset: { duration: 10ms }\nreplications: 500\n");
        // No file may grow beyond 200 KB: what a full disk is for one who writes. (Without the second setting the
        // runtime itself would need larger ones.)
        var shell = $"trap '' XFSZ; ulimit -f 200; export DOTNET_EnableWriteXorExecute=0; exec {CommandLine(
            "sweep", "run", sweep, "--out", Db)}";
        using var child = Process.Start(new ProcessStartInfo("bash", ["-c", shell]) { RedirectStandardError = true })!;
        var error = child.StandardError.ReadToEnd();
        child.WaitForExit();
        Assert.Equal(ExitCode.Output, child.ExitCode);
        Assert.StartsWith($"flms: {Db}: ", error);
        Assert.InRange(Done(), 1, 999);
        Assert.Equal(0, Command.Run("sweep", "run", sweep, "--out", Db).Code);
        Assert.Equal(1000, Done());
    }

    [Fact]
    public void Report_shows_every_combination_under_each_load()
    {
        Command.Run("sweep", "run", Write("sweep.yaml", Spec.Replace("axes: { ", "axes: { credit.tslice: [30ms, 1ms], ",
            StringComparison.Ordinal)), "--out", Db);
        var outcome = Command.Run("sweep", "report", Db);
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        Assert.StartsWith("sweep: 18 of 18 points; latency is web.ping.rtt_ms.p99; ", outcome.Out);
        Assert.Contains("\ndomains.batch.count=2:\n", outcome.Out);
        Assert.Equal(2, outcome.Lines.Count(
            l => l.StartsWith("| credit, credit.tslice=1ms ", StringComparison.Ordinal)));
        using var json = JsonDocument.Parse(Command.Run("sweep", "report", Db, "--json", "--latency", "web.wait_ms.max")
            .Out);
        var rows = json.RootElement.GetProperty("rows");
        Assert.Equal(6, rows.GetArrayLength());
        Assert.Equal("tslice=1ms", rows[4].GetProperty("options").GetString());
        Assert.Equal(2, rows[4].GetProperty("latency").GetProperty("ci95").GetArrayLength());
    }

    [Fact]
    public void Report_says_what_is_missing_and_what_was_not_measured()
    {
        Command.Run("sweep", "run", Sweep, "--out", Db, "--shard", "0/2");
        var outcome = Command.Run("sweep", "report", Db, "--latency", "nobody.wait_ms");
        Assert.Contains("warning: 6 of 12 points are missing", outcome.Out);
        Assert.Contains("warning: latency: no point measured nobody.wait_ms", outcome.Out);
        Assert.StartsWith("flms: --latency a -: write measures with",
            Command.Fails(ExitCode.Usage, "sweep", "report", Db, "--latency", "a -"));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Tune_tells_the_best_settings_and_what_they_are_worth()
    {
        var sweep = Write("sweep.yaml", "scenario: small.yaml\nschedulers: [round-robin, credit]\nreplications: 3\n");
        string[] line = ["sweep", "tune", sweep, "--out", Db, "--options", "slice", "--budget", "40",
            "--minimise", "web.wake_to_run_ms"];
        var outcome = Command.Run(line);
        Assert.Equal((ExitCode.Fine, ""), (outcome.Code, outcome.Error));
        Assert.Contains("  --set round-robin.slice=", outcome.Out);
        using var json = JsonDocument.Parse(Command.Run([.. line, "--json"]).Out);
        Assert.InRange(json.RootElement.GetProperty("ratio").GetProperty("mean").GetDouble(), 0, 0.9);
        var best = json.RootElement.GetProperty("best").GetProperty("slice").GetString();
        Assert.Contains($"--set round-robin.slice={best}\n", outcome.Out);
        Assert.StartsWith("sweep: tuning round-robin: ", Command.Run("sweep", "report", Db).Out);
    }

    [Theory]
    [InlineData("--scheduler", "fair")]
    [InlineData("--options", "slize")]
    [InlineData("--budget", "3")]
    [InlineData("--minimise", "a b")]
    public void A_wrong_wish_of_tune_is_told_before_anything_runs(string option, string value)
    {
        Assert.Contains(option, Command.Fails(ExitCode.Usage, "sweep", "tune", Sweep, "--out", Db, option, value));
        Assert.False(File.Exists(Db));
    }

    [SkippableFact]
    public void Report_can_be_a_page()
    {
        Skip.IfNot(Flms.Report.ReportPage.Available, "needs the built page (npm run build in web/)");
        Command.Run("sweep", "run", Sweep, "--out", Db);
        Command.Run("sweep", "report", Db, "--html", PathOf("s.html"));
        Assert.Contains("\"kind\":\"sweep\"", File.ReadAllText(PathOf("s.html")));
    }

    [Theory]
    [InlineData("sweep")]
    [InlineData("sweep", "rnu")]
    [InlineData("sweep", "run", "x.yaml")]
    [InlineData("sweep", "run", "x.yaml", "--out", "a.db", "--threads", "0")]
    [InlineData("sweep", "run", "x.yaml", "--out", "a.db", "--shard", "2/2")]
    [InlineData("sweep", "run", "x.yaml", "--out", "x.yaml")]
    [InlineData("sweep", "merge", "a.db")]
    [InlineData("sweep", "merge", "a.db", "--csv", "a.db")]
    [InlineData("sweep", "status")]
    public void A_wrong_command_line_is_told(params string[] args) => Command.Fails(ExitCode.Usage, args);

    [Fact]
    public void A_verb_spelled_wrong_is_guessed() => Assert.Equal(
        "flms: sweep has no verb 'statsu'; did you mean status? flms sweep --help lists them",
        Command.Fails(ExitCode.Usage, "sweep", "statsu"));

    [Fact]
    public void What_is_wrong_with_a_file_is_told_with_its_place()
    {
        var bad = Write("bad.yaml", "scenario: small.yaml\naxes: { machine.cores: [0] }");
        Assert.StartsWith($"{bad}:2:25: cores is 0", Command.Fails(ExitCode.Input, "sweep", "plan", bad));
        Assert.StartsWith($"{PathOf("none.db")}: there is no such file",
            Command.Fails(ExitCode.Input, "sweep", "status", PathOf("none.db")));
        Assert.Contains("no file of sweep results", Command.Fails(ExitCode.Input, "sweep", "merge", Scenario, "--csv",
            PathOf("x.csv")));
        Assert.Contains("its directory does not exist",
            Command.Fails(ExitCode.Output, "sweep", "run", Sweep, "--out", PathOf("no/s.db")));
    }

    // Its threads have nothing to do: it uses no CPU.
    private static void WaitUntilIdle(Process process)
    {
        var (used, calm) = (TimeSpan.Zero, 0);
        while (calm < 10)
        {
            Assert.False(process.WaitForExit(30), "it does not wait for the file");
            process.Refresh();
            var now = process.TotalProcessorTime;
            calm = now == used ? calm + 1 : 0;
            used = now;
        }
    }

    private int Done()
    {
        if (!File.Exists(Db)) return 0;
        var outcome = Command.Run("sweep", "status", Db, "--json");
        // Killed or looked at before the plan was written, it holds nothing yet.
        if (outcome.Code != ExitCode.Fine) return 0;
        using var json = JsonDocument.Parse(outcome.Out);
        return json.RootElement.GetProperty("done").GetInt32();
    }

    private static Process Start(params string[] args) => Process.Start(
        new ProcessStartInfo("bash", ["-c", $"exec {CommandLine(args)}"]) { RedirectStandardOutput = true })!;

    private static string CommandLine(params string[] args) =>
        $"dotnet {Path.Combine(AppContext.BaseDirectory, "flms.dll")} {string.Join(' ', args)}";
}
