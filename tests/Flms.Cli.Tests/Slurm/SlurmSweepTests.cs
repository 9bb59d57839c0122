using System.Diagnostics;
using System.Text.Json;

namespace Flms.Cli.Tests.Slurm;

/// <summary>Sweeps on a real Slurm, which is damaged while they run.</summary>
[Trait("Speed", "Slow")]
public sealed class SlurmSweepTests(LoopbackSlurm slurm) : ScenarioFile, IClassFixture<LoopbackSlurm>
{
    private const int Points = 240;
    private const int Tasks = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private string Sweep => Write("sweep.yaml", "scenario: small.yaml\nset: { duration: 20s }\nreplications: 120\n");

    private string Db => PathOf("s.db");

    [SkippableFact]
    public void It_gives_the_same_bytes_as_one_worker_here_and_as_two()
    {
        slurm.Need();
        Assert.Equal((ExitCode.Fine, ""), Local(1));
        Assert.Equal((ExitCode.Fine, ""), Local(2));
        var outcome = Finish(Submit());
        Assert.Equal(ExitCode.Fine, outcome.Code);
        Assert.Equal($"{Db}: {Points} points; {Points} runs made\n", outcome.Out);
        var bytes = Csv("s.db");
        Assert.Equal(Csv("1.db"), bytes);
        Assert.Equal(Csv("2.db"), bytes);
        Assert.False(Directory.Exists($"{Db}.tasks"), "a sweep that is complete is one plain file");
    }

    [SkippableFact]
    public void The_controller_is_killed_and_started_again()
    {
        slurm.Need();
        var run = Submit();
        InTheMiddle();
        slurm.Kill("slurmctld");
        Thread.Sleep(500);
        slurm.StartController();
        IsCompleteAndCountsOnce(Finish(run));
    }

    [SkippableFact]
    public void The_nodes_daemon_is_killed_and_started_again()
    {
        slurm.Need();
        var run = Submit();
        InTheMiddle();
        slurm.Kill("slurmd");
        Thread.Sleep(500);
        slurm.StartNode();
        IsCompleteAndCountsOnce(Finish(run));
    }

    [SkippableFact]
    public void A_node_drains_and_is_resumed()
    {
        slurm.Need();
        var run = Submit();
        InTheMiddle();
        LoopbackSlurm.Drain();
        // What runs may end, and nothing else begins.
        Until(() => LoopbackSlurm.Queue() is { Length: > 0 } queue
            && queue.All(t => t.EndsWith("PENDING", StringComparison.Ordinal)));
        var pieces = Pieces;
        Thread.Sleep(1000);
        Assert.Equal(pieces, Pieces);
        Assert.False(run.IsCompleted, "there was nothing left to wait for");
        LoopbackSlurm.Resume();
        IsCompleteAndCountsOnce(Finish(run));
    }

    [SkippableFact]
    public void Tasks_that_fail_or_are_killed_are_submitted_again()
    {
        slurm.Need();
        // The first time task 1 does not even begin, and task 2 is killed in the middle.
        var outcome = Finish(Submit("--task-command", Wrapper("""
            if mkdir "$0.$SLURM_ARRAY_TASK_ID" 2> /dev/null; then
              case $SLURM_ARRAY_TASK_ID in
                1) echo "no disk on this node" >&2; exit 9 ;;
                2) exec timeout -s KILL 0.2 $flms "$@" ;;
              esac
            fi
            exec $flms "$@"
            """)));
        IsCompleteAndCountsOnce(outcome);
        Assert.Contains("task 1 ended without all of its results: no disk on this node (", outcome.Error);
        Assert.Contains("task 2 ended without all of its results", outcome.Error);
    }

    [SkippableFact]
    public void A_task_that_always_fails_is_given_up_and_the_rest_is_kept()
    {
        slurm.Need();
        var outcome = Finish(Submit("--retries", "1", "--task-command", Wrapper("""
            [ $SLURM_ARRAY_TASK_ID != 3 ] || { echo "out of luck"; exit 1; }
            exec $flms "$@"
            """)));
        Assert.Equal(ExitCode.Cluster, outcome.Code);
        var log = Directory.GetFiles($"{Db}.tasks/1/logs", "*_3.log").OrderBy(File.GetLastWriteTimeUtc).Last();
        Assert.EndsWith($"task 3: {Points / Tasks} points missing; out of luck ({log})\n", outcome.Error);
        Assert.Equal(Points - Points / Tasks, Status().GetProperty("done").GetInt32());
        // The same command tries again.
        var again = Finish(Submit());
        Assert.StartsWith($"{Db}: {Points} points; {Points - Points / Tasks} were there already, ", again.Out);
        IsCompleteAndCountsOnce(again);
    }

    [SkippableFact]
    public void Whoever_waits_may_be_killed_or_not_wait_at_all()
    {
        slurm.Need();
        Write("sweep.yaml", File.ReadAllText(Sweep).Replace("120", "60", StringComparison.Ordinal));
        using (var child = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "flms.dll"), .. Words(PathOf("sweep.yaml")), "--tasks", "4"])
        { RedirectStandardError = true })!)
        {
            Until(() => LoopbackSlurm.Queue().Length > 0);
            child.Kill();
            child.WaitForExit();
        }
        var left = Command.Run([.. Words(PathOf("sweep.yaml")), "--no-wait", "--json"]);
        using (var json = JsonDocument.Parse(left.Out))
            Assert.Equal(1, json.RootElement.GetProperty("jobs").GetArrayLength());
        Assert.Contains("the same command without --no-wait waits", left.Error);
        var job = Status().GetProperty("jobs")[0].GetString();
        Assert.Contains($"scancel {job} stops them",
            Command.Run("sweep", "status", Db).Out.Replace('\n', ' '));
        var outcome = Command.Run(Words(PathOf("sweep.yaml")));
        Assert.Equal((ExitCode.Fine, $"flms: going on with job {job}\n"), (outcome.Code, outcome.Error));
        Assert.Equal(Points / 2, Status().GetProperty("done").GetInt32());
    }

    [SkippableFact]
    public void What_Slurm_refuses_is_one_line()
    {
        slurm.Need();
        var outcome = Command.Run([.. Words(Sweep), "--tasks", "2", "--partition", "nowhere"]);
        Assert.Equal((ExitCode.Cluster, ""), (outcome.Code, outcome.Out));
        Assert.Equal("flms: Slurm refuses: Batch job submission failed: Invalid partition name specified\n",
            outcome.Error);
    }

    // The sweep as it runs on Slurm, until it ends.
    private Task<Outcome> Submit(params string[] more)
    {
        string[] line = [.. Words(Sweep), "--tasks", $"{Tasks}", .. more];
        return Task.Factory.StartNew(() => Command.Run(line), TaskCreationOptions.LongRunning);
    }

    private string[] Words(string sweep) => ["sweep", "run", sweep, "--out", Db, "--on", "slurm"];

    private Outcome Finish(Task<Outcome> run)
    {
        Until(() =>
        {
            slurm.LookAfter();
            return run.Wait(TimeSpan.FromMilliseconds(500));
        });
        return run.Result;
    }

    private int Pieces => Directory.Exists($"{Db}.tasks/1") ? Directory.GetFiles($"{Db}.tasks/1", "*.piece").Length : 0;

    private void InTheMiddle()
    {
        Until(() => Pieces >= 1);
        Assert.InRange(Pieces, 1, Tasks - 1);
    }

    private static void Until(Func<bool> happens)
    {
        var clock = Stopwatch.StartNew();
        while (!happens())
        {
            Assert.True(clock.Elapsed < Patience, "it did not happen; in the queue: "
                + string.Join(", ", LoopbackSlurm.Queue()));
            Thread.Sleep(50);
        }
    }

    private void IsCompleteAndCountsOnce(Outcome outcome)
    {
        Assert.Equal(ExitCode.Fine, outcome.Code);
        Assert.True(Status().GetProperty("complete").GetBoolean());
        var bytes = Csv("s.db");
        Assert.Equal(slurm.Expected(() =>
        {
            Local(2);
            return Csv("2.db");
        }), bytes);
        Assert.Equal(1 + Points, bytes.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
    }

    private (int, string) Local(int threads)
    {
        var outcome = Command.Run("sweep", "run", Sweep, "--out", PathOf($"{threads}.db"), "--threads", $"{threads}");
        return (outcome.Code, outcome.Error);
    }

    private string Csv(string db)
    {
        Assert.Equal(0, Command.Run("sweep", "merge", PathOf(db), "--csv", PathOf("x.csv")).Code);
        return File.ReadAllText(PathOf("x.csv"));
    }

    private JsonElement Status() => JsonDocument.Parse(Command.Run("sweep", "status", Db, "--json").Out).RootElement;

    // A command for tasks: a script in which $flms calls the real one.
    private string Wrapper(string text)
    {
        var dll = Path.Combine(AppContext.BaseDirectory, "flms.dll");
        return $"sh {Write("wrapper.sh", $"flms='dotnet {dll}'\n{text}\n")}";
    }
}
