using System.Globalization;
using Flms.Sweep;
using Flms.Sweep.Clusters;
using Flms.Sweep.Plans;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>What is to be run on a cluster.</summary>
/// <param name="Plan">Its points.</param>
/// <param name="Spec">The sweep file.</param>
/// <param name="File">The file of results.</param>
/// <param name="Threads">How many points a task runs at once; 0 for one.</param>
/// <param name="Json">Print JSON?</param>
internal sealed record ClusterJob(SweepPlan Plan, string Spec, string File, int Threads, bool Json);

/// <summary>A sweep that runs on a cluster: submits it, waits, tells.</summary>
internal sealed record ClusterSweep
{
    /// <summary>Where tasks run.</summary>
    public required ICluster Cluster { get; init; }

    /// <inheritdoc cref="ClusterRun.Waits"/>
    public required bool Waits { get; init; }

    /// <inheritdoc cref="ClusterRun.Tasks"/>
    public required int Tasks { get; init; }

    /// <inheritdoc cref="ClusterRun.TaskSeconds"/>
    public required double TaskSeconds { get; init; }

    /// <inheritdoc cref="ClusterRun.Retries"/>
    public required int Retries { get; init; }

    /// <summary>How tasks call flms, for a shell; null for as it was called here.</summary>
    public string? Command { get; init; }

    /// <summary>Runs it.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="Failure">It could not be run, or not all of it.</exception>
    public int Run(ClusterJob job, Terminal terminal)
    {
        var outcome = Follow(job, terminal);
        if (outcome.Jobs.Count > 0)
        {
            var (look, stop) = Cluster.CommandsFor(string.Join(',', outcome.Jobs));
            terminal.Error.WriteLine($"flms: {Words.Count(outcome.Missing, "point")} under way; the same command "
                + $"without --no-wait waits and gathers them; {look} shows the tasks, {stop} stops them");
        }
        var code = SweepRunResult.Show(terminal, job.Json, job.File, outcome.Sweep, outcome.Jobs);
        return outcome.Lost.Count == 0 ? code : throw new Failure(ExitCode.Cluster, Describe(outcome));
    }

    private ClusterOutcome Follow(ClusterJob job, Terminal terminal)
    {
        using var progress = new ProgressLine(terminal, "sweeping");
        var run = new ClusterRun(job.Plan, job.File, Cluster)
        {
            Words = submission => TaskWords(job, submission),
            Waits = Waits,
            Tasks = Tasks,
            TaskSeconds = TaskSeconds,
            Retries = Retries,
            Cpus = Math.Max(1, job.Threads),
            Tell = progress.Tell,
            Progress = progress.Report,
        };
        try
        {
            return run.Run(terminal.Stop);
        }
        catch (ClusterFault fault)
        {
            throw new Failure(ExitCode.Cluster, fault.Message);
        }
        catch (OperationCanceledException)
        {
            throw new Failure(ExitCode.Interrupted, "stopped waiting; the tasks that were submitted go on, and the "
                + $"same command waits again; flms sweep status {job.File} tells how to stop them");
        }
    }

    private List<string> TaskWords(ClusterJob job, Submission submission) =>
    [
        .. Command == null ? OwnWords() : ["sh", "-c", $"exec {Command} \"$@\"", "flms"],
        "sweep", "run", Path.GetFullPath(job.Spec), "--into", submission.Folder, "--points", submission.Todo,
        "--plan", submission.Plan, "--threads",
        Math.Max(1, job.Threads).ToString(CultureInfo.InvariantCulture),
    ];

    // As this process was started, if it was started as flms; otherwise with the program that lies beside.
    private static string[] OwnWords()
    {
        var dll = Path.Combine(AppContext.BaseDirectory, "flms.dll");
        var own = Environment.ProcessPath;
        return Path.GetFileNameWithoutExtension(own) switch
        {
            "flms" => [own!],
            "dotnet" => [own!, dll],
            _ => ["dotnet", dll],
        };
    }

    private static string Describe(ClusterOutcome outcome)
    {
        const int most = 5;
        var lines = outcome.Lost.Take(most).Select(t => $"task {t.Number}: {Words.Count(t.Missing, "point")} missing; "
            + (t.Log == null ? "it wrote no log" : $"{(t.LastLine == "" ? "it said nothing" : t.LastLine)} ({t.Log})"));
        var rest = outcome.Lost.Count > most ? $"\nand {outcome.Lost.Count - most} more" : "";
        return $"{Words.Count(outcome.Lost.Count, "task")} ended again and again without finishing a point; what is "
            + $"finished is kept, and the same command tries again:\n{string.Join('\n', lines)}{rest}";
    }
}
