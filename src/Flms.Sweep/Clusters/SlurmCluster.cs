using System.Globalization;

namespace Flms.Sweep.Clusters;

/// <summary>Slurm, by its commands: sbatch, squeue, scontrol, scancel. Version 20.11 or later.</summary>
public sealed class SlurmCluster : ICluster
{
    private const int UsualMostTasks = 1001;

    // States of a task that does nothing now and will by itself.
    private static readonly string[] Waiting = ["PENDING", "CONFIGURING", "REQUEUED", "SUSPENDED", "STOPPED"];

    // Reasons of a task that was to be started and could not be; the cluster leaves it to the user to try again.
    private static readonly string[] Hopeless = ["launch failed requeued held", "JobHoldMaxRequeue"];

    /// <summary>The partition to ask for. Default: the cluster's default.</summary>
    public string? Partition { get; init; }

    /// <summary>More words for sbatch, as in <c>--account=physics</c>. Default: none.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <inheritdoc/>
    public int MostTasks
    {
        get
        {
            // The greatest number that a task may have is one less.
            foreach (var line in Ask("scontrol", "show", "config").Split('\n'))
                if (line.Split('=') is [var key, var value] && key.Trim() == "MaxArraySize"
                    && int.TryParse(value, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var most))
                    return Math.Max(1, most);
            return UsualMostTasks;
        }
    }

    /// <inheritdoc/>
    public (string Look, string Stop) CommandsFor(string job) => ($"squeue -r -j {job}", $"scancel {job}");

    /// <inheritdoc/>
    public string Submit(ClusterTasks tasks, IReadOnlyList<int> numbers)
    {
        Directory.CreateDirectory(tasks.Logs);
        var script = Path.Combine(tasks.Folder, "task.sh");
        File.WriteAllText(script, Script(tasks));
        List<string> words =
        [
            "--parsable", $"--job-name={tasks.Name}", $"--array={Ranges(numbers)}", $"--cpus-per-task={tasks.Cpus}",
            $"--output={Path.Combine(tasks.Logs, "%A_%a.log")}", "--open-mode=append", "--requeue", "--nodes=1",
            "--ntasks=1", "--comment=flms sweep",
        ];
        if (Partition != null) words.Add($"--partition={Partition}");
        words.AddRange(Options);
        words.Add(script);
        // With clusters joined, it answers JOB;CLUSTER.
        var job = Ask("sbatch", [.. words]).Trim().Split(';')[0];
        return job.Length > 0 && job.All(char.IsAsciiDigit) ? job
            : throw new ClusterFault($"sbatch answered {job}, not the number of a job; is it Slurm's?");
    }

    /// <inheritdoc/>
    public string? Find(ClusterTasks tasks) =>
        Ask("squeue", "-h", $"--name={tasks.Name}", "-o", "%F").Split('\n').FirstOrDefault(l => l.Trim() != "")?.Trim();

    /// <inheritdoc/>
    public IReadOnlyList<LiveTask> Look(string job)
    {
        var live = new List<LiveTask>();
        if (Try("squeue", "-h", "-r", "-j", job, "-o", "%K|%T|%r") is not { } lines) return live;
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('|', 3) is not [var number, var state, var reason]
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var task)) continue;
            var held = state == "REQUEUE_HOLD" || state == "SPECIAL_EXIT" || Hopeless.Any(
                h => h.Replace(' ', '_').Equals(reason.Trim().Replace(' ', '_'), StringComparison.OrdinalIgnoreCase));
            live.Add(new(task, held ? TaskState.Held : Waiting.Contains(state) ? TaskState.Waits : TaskState.Runs,
                reason.Trim() == "None" ? "" : reason.Trim()));
        }
        return live;
    }

    /// <inheritdoc/>
    public void Cancel(string job, IReadOnlyList<int>? numbers = null) =>
        Try("scancel", numbers == null ? job : $"{job}_[{Ranges(numbers)}]");

    /// <summary>Numbers as Slurm writes them, as in <c>0-3,7</c>.</summary>
    /// <param name="numbers">Ascending.</param>
    internal static string Ranges(IReadOnlyList<int> numbers)
    {
        var ranges = new List<string>();
        for (var i = 0; i < numbers.Count;)
        {
            var first = i;
            while (++i < numbers.Count && numbers[i] == numbers[i - 1] + 1) { }
            ranges.Add(i - first == 1 ? $"{numbers[first]}" : $"{numbers[first]}-{numbers[i - 1]}");
        }
        return string.Join(',', ranges);
    }

    /// <summary>What each task of the array executes.</summary>
    internal static string Script(ClusterTasks tasks) => $"""
        #!/bin/sh
        # Written by flms sweep run --on slurm: one task of an array. It can be run again at any time: it runs what is
        # missing of its part, and results that are there twice count once.
        exec {string.Join(' ', tasks.Words.Select(CommandLine.Quote))} --shard "$SLURM_ARRAY_TASK_ID/{tasks.Count}"

        """.Replace("\r\n", "\n", StringComparison.Ordinal);

    private static string Ask(string command, params string[] words) => Try(command, words) ?? "";

    // Null if the job that is asked for is not known.
    private static string? Try(string command, params string[] words)
    {
        if (CommandLine.Run(command, words) is not { } result)
            throw new ClusterFault($"there is no {command} here; run flms where Slurm's commands are (a login node)");
        if (result.Code == 0) return result.Out;
        var said = result.Error.Split('\n').LastOrDefault(l => l.Trim() != "")?.Trim() ?? $"exit code {result.Code}";
        // "sbatch: error: ..."
        if (said.IndexOf("error: ", StringComparison.Ordinal) is >= 0 and var at) said = said[(at + 7)..];
        if (Says("Invalid job id")) return null;
        if (Says("Unable to contact") || Says("connect failure") || Says("timed out") || Says("timeout")
            || Says("connection refused") || Says("temporarily") || Says("Unexpected message"))
            throw new ClusterFault($"Slurm does not answer: {said}", isAway: true);
        throw new ClusterFault($"Slurm refuses: {said}");

        bool Says(string words) => result.Error.Contains(words, StringComparison.OrdinalIgnoreCase);
    }
}
