using System.CommandLine;
using Flms.Core;
using Flms.Sweep.Clusters;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>The options that send a sweep to a cluster.</summary>
internal sealed class ClusterOptions
{
    private readonly Option<string> _on = ScenarioOptions.Text("--on", "PLACE",
        "Where it runs: local (the default) or slurm.");

    private readonly Option<bool> _noWait = new("--no-wait")
    {
        Description = "Submit, and return; the same command without it waits and gathers the results.",
    };

    private readonly Option<string> _tasks = ScenarioOptions.Text("--tasks", "N",
        "Cut it into so many tasks (default: by --task-time).");

    private readonly Option<string> _taskTime = ScenarioOptions.Text("--task-time", "TIME",
        "What a task should take at least, as a few points that are run here tell (default: 60s).");

    private readonly Option<string> _retries = ScenarioOptions.Text("--retries", "N",
        "Submit a task so often again that ended and finished nothing (default: 3).");

    private readonly Option<string> _partition = ScenarioOptions.Text("--partition", "NAME",
        "Slurm's partition (default: the cluster's).");

    private readonly Option<string[]> _sbatch = new("--sbatch")
    {
        Description = "One more option for sbatch, as in --sbatch=--account=physics; may be given again.",
        HelpName = "OPTION",
    };

    private readonly Option<string> _command = ScenarioOptions.Text("--task-command", "COMMAND",
        "How tasks call flms, if not as it was called here, as in \"apptainer exec flms.sif flms\".");

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_on, _noWait, _tasks, _taskTime, _retries, _partition, _sbatch, _command];

    /// <summary>What the line says.</summary>
    /// <returns>Null for a run on this machine.</returns>
    /// <exception cref="Failure">It makes no sense.</exception>
    public ClusterSweep? Read(ParseResult line)
    {
        var place = line.GetValue(_on) ?? "local";
        if (place is not ("local" or "slurm"))
            throw Failure.Usage($"--on {place}: there is local and slurm; for others see flms sweep kubernetes, and "
                + "--shard");
        if (place == "local")
            return All.Skip(1).FirstOrDefault(o => line.GetResult(o) is { Implicit: false }) is not { } stray ? null
                : throw Failure.Usage($"{stray.Name} is for a cluster; add --on slurm");
        var time = ScenarioOptions.Time(line, _taskTime) ?? 60.Seconds;
        if (time == Duration.Zero) throw Failure.Usage("--task-time 0: write a length of time above zero, as in 60s");
        return new()
        {
            Cluster = new SlurmCluster
            {
                Partition = line.GetValue(_partition),
                Options = line.GetValue(_sbatch) ?? [],
            },
            Waits = !line.GetValue(_noWait),
            Tasks = Number(line, _tasks, 1, 1_000_000) ?? 0,
            TaskSeconds = time.Ns / 1e9,
            Retries = Number(line, _retries, 0, 1000) ?? 3,
            Command = line.GetValue(_command),
        };
    }

    private static int? Number(ParseResult line, Option<string> option, int min, int max) =>
        line.GetValue(option) is { } text ? ScenarioOptions.Number(option.Name, text, min, max) : null;
}
