using System.Diagnostics;
using System.Text.Json;

namespace Flms.Cli.Tests.Slurm;

/// <summary>Sweeps on a real Slurm, which is damaged while they run.</summary>
/// <remarks>"In the middle" is no matter of time: two tasks have ended, two run and wait at a gate that the test opens,
/// and two are not begun, since there are two CPUs.</remarks>
[Trait("Speed", "Slow")]
public sealed class SlurmSweepTests(LoopbackSlurm slurm) : ScenarioFile, IClassFixture<LoopbackSlurm>
{
    private const int Points = 240;
    private const int Tasks = 6;

    private readonly Said _says = new() { NewLine = "\n" };

    private string Sweep => Write("sweep.yaml", "scenario: small.yaml\nset: { duration: 10s }\nreplications: 120\n");

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
    public void The_controller_is_killed_and_tasks_end_while_it_is_away()
    {
        slurm.Need();
        var run = SubmitBehindTheGate();
        slurm.Remember();
        slurm.Kill("slurmctld");
        OpenTheGate();
        Until(() => Pieces == 4);
        slurm.StartController();
        IsCompleteAndCountsOnce(Finish(run));
    }

    [SkippableFact]
    public void The_nodes_daemon_is_killed_and_tasks_end_while_it_is_away()
    {
        slurm.Need();
        var run = SubmitBehindTheGate();
        slurm.Kill("slurmd");
        OpenTheGate();
        Until(() => Pieces == 4);
        slurm.StartNode();
        IsCompleteAndCountsOnce(Finish(run));
    }

    [SkippableFact]
    public void A_node_drains_and_is_resumed()
    {
        slurm.Need();
        var run = SubmitBehindTheGate();
        LoopbackSlurm.Drain();
        OpenTheGate();
        // What runs may end, and nothing else begins, which Slurm gives a reason for.
        Until(() => LoopbackSlurm.Queue("%T %r") is { Length: 2 } queue
            && queue.All(t => t.StartsWith("PENDING ", StringComparison.Ordinal) && t.Contains("DRAIN")));
        Assert.Equal(4, Pieces);
        Assert.False(run.IsCompleted, "there was nothing left to wait for");
        Until(() => _says.ToString().Contains("all tasks wait: "));
        Assert.Equal(4, Pieces);
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
                2)
                  $flms "$@" &
                  until grep -q flms.dll /proc/$!/maps; do sleep 0.01; done
                  kill -9 $!
                  wait $!
                  exit 137 ;;
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
        var first = Child();
        Until(() => Begun == 2);
        first.Kill();
        first.WaitForExit();
        var left = Command.Run([.. Words(Sweep), "--no-wait", "--json"]);
        using (var json = JsonDocument.Parse(left.Out))
            Assert.Equal(1, json.RootElement.GetProperty("jobs").GetArrayLength());
        Assert.Contains("the same command without --no-wait waits", left.Error);
        var job = Status().GetProperty("jobs")[0].GetString();
        Assert.Contains($"scancel {job} stops them",
            Command.Run("sweep", "status", Db).Out.Replace('\n', ' '));
        var second = Child();
        Assert.Equal($"flms: going on with job {job}", second.StandardError.ReadLine());
        OpenTheGate();
        Assert.Equal("", second.StandardError.ReadToEnd());
        second.WaitForExit();
        IsCompleteAndCountsOnce(new(second.ExitCode, "", ""));
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
        var screen = new Screen { Error = _says };
        return Task.Factory.StartNew(() => Command.Run(screen, line), TaskCreationOptions.LongRunning);
    }

    // The same, once it is in the middle: tasks 0 and 1 have ended, 2 and 3 run and wait.
    private Task<Outcome> SubmitBehindTheGate()
    {
        var run = Submit("--task-command", Gate(first: 2));
        Until(() => Pieces == 2 && Begun == 4);
        return run;
    }

    private static Process Child(params string[] words) => Process.Start(new ProcessStartInfo("dotnet",
        [Path.Combine(AppContext.BaseDirectory, "flms.dll"), .. words])
    { RedirectStandardError = true })!;

    // A process of its own, whose tasks all wait.
    private Process Child() => Child([.. Words(Sweep), "--tasks", $"{Tasks}", "--task-command", Gate(first: 0)]);

    // Tasks from that number on do not begin before the gate is open.
    private string Gate(int first) => Wrapper($"""
        : > "$0.begun.$SLURM_ARRAY_TASK_ID"
        if [ $SLURM_ARRAY_TASK_ID -ge {first} ]; then
          until [ -e "$0.open" ]; do sleep 0.05; done
        fi
        exec $flms "$@"
        """);

    private void OpenTheGate() => Write("wrapper.sh.open", "");

    private int Begun => FilesLeft.Count(f => f.StartsWith("wrapper.sh.begun.", StringComparison.Ordinal));

    private string[] Words(string sweep) => ["sweep", "run", sweep, "--out", Db, "--on", "slurm"];

    private static Outcome Finish(Task<Outcome> run)
    {
        Until(() =>
        {
            LoopbackSlurm.LookAfter();
            return run.Wait(TimeSpan.FromMilliseconds(500));
        });
        return run.Result;
    }

    private int Pieces => Directory.Exists($"{Db}.tasks/1") ? Directory.GetFiles($"{Db}.tasks/1", "*.piece").Length : 0;

    private static void Until(Func<bool> happens) => LoopbackSlurm.Until(happens, "it did not happen");

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

    // What a command says, to be read while it runs.
    private sealed class Said : StringWriter
    {
        private readonly Lock _turn = new();

        public override void Write(char value)
        {
            lock (_turn) base.Write(value);
        }

        public override void Write(string? value)
        {
            lock (_turn) base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            lock (_turn) base.Write(buffer, index, count);
        }

        public override string ToString()
        {
            lock (_turn) return base.ToString();
        }
    }
}
