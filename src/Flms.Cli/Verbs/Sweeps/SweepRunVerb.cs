using System.CommandLine;
using System.Globalization;
using Flms.Sweep;
using Flms.Sweep.Clusters;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Runs what is missing of a sweep.</summary>
internal sealed class SweepRunVerb : Verb
{
    private readonly Argument<string> _spec = SweepVerb.Spec();
    private readonly Option<string> _out = ScenarioOptions.Text("--out", "FILE.db",
        "The file of results: made if it is not there; what it already has is not run again.");

    private readonly Option<string> _threads = ScenarioOptions.Text("--threads", "N",
        "Run so many points at once (default: one a core; of a cluster's task, 1). Results do not depend on it.");

    private readonly Option<string> _shard = ScenarioOptions.Text("--shard", "I/N",
        "Run only part I of N, I from 0, as in 0/8: for several machines, each with a file of its own.");

    private readonly Option<string> _into = ScenarioOptions.Text("--into", "FOLDER",
        "In place of --out: a folder that many machines share. Each adds files of its own, whole or not at all.");

    private readonly Option<string> _points = ScenarioOptions.Text("--points", "FILE",
        "Run only points whose hashes the file lists, one a line; --shard then parts these.");

    private readonly Option<string> _plan = ScenarioOptions.Text("--plan", "HASH",
        "Run nothing if the plan is another (sweep plan --json tells it): for tasks that start long after.");

    private readonly Option<bool> _json = CommonOptions.Json("""{"points", "kept", "ran", "failed", "jobs":[]}""");
    private readonly ClusterOptions _cluster = new();

    public SweepRunVerb() : base("run", "Run what is missing of a sweep, on all cores or on a cluster")
    {
        Add(_spec);
        Take("Options", _out, _threads, _json);
        Take("On a cluster", _cluster.All);
        Take("A part of a sweep", _shard, _into, _points, _plan);
    }

    public override string Lesson =>
        "Each point is written to the file as soon as it is finished, whole or not at all. Stop it with Ctrl-C or "
        + "kill it: the same command goes on where it was, and loses only the points that were running (after a power "
        + "cut perhaps the last few finished ones too, never the file). After a change of the sweep file or of flms it "
        + "runs what is new and keeps the rest. With --on slurm an array of tasks runs what is missing; they are "
        + "waited for, and their results come into the same file. Stopped or killed, the same command goes on there "
        + "too.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms sweep run scenarios/sweeps/small.yaml --out small.db", "all of it"),
        ("flms sweep run scenarios/sweeps/small.yaml --out part0.db --shard 0/2", "half of it; the other is 1/2"),
        ("flms sweep run scenarios/sweeps/large.yaml --out large.db --on slurm", "as tasks of Slurm; waits for them"),
    ];

    public override string ReadOn => "docs/sweep.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var spec = line.GetValue(_spec)!;
        var into = line.GetValue(_into);
        var file = into ?? SweepVerb.Needed(line, _out);
        var shard = ReadShard(line.GetValue(_shard));
        var threads = line.GetValue(_threads) is { } text ? ScenarioOptions.Number("--threads", text, 1, 1024) : 0;
        if (into != null && line.GetValue(_out) != null) throw Failure.Usage("give --out or --into, not both");
        if (Path.GetFullPath(file) == Path.GetFullPath(spec))
            throw Failure.Usage($"{file} would be written over the sweep file; name another");
        var cluster = _cluster.Read(line);
        foreach (var option in (Option<string>[])[_shard, _into, _points, _plan])
            if (cluster != null && line.GetValue(option) != null)
                throw Failure.Usage($"{option.Name} and --on slurm: Slurm's tasks are parts already; leave one out");
        var plan = SweepVerb.Plan(spec, terminal);
        CheckPlan(line.GetValue(_plan), spec, plan.Table);
        if (cluster != null)
            return SweepVerb.With(() => cluster.Run(new(plan, spec, file, threads, line.GetValue(_json)), terminal));
        var outcome = SweepVerb.With(() =>
        {
            var only = line.GetValue(_points) is { } points ? Submission.ReadTodo(points) : null;
            using var results = into == null ? (IDisposable)SweepStore.OpenToWrite(file, plan.Table)
                : new PieceWriter(PieceFolder.Prepare(into, plan.Table), shard);
            using var alive = into == null ? null : new SignOfLife(PieceFolder.At(into), shard);
            using var progress = new ProgressLine(terminal, "sweeping");
            return Run(new(plan, (IResults)results)
            {
                Threads = threads,
                Shard = shard,
                Only = only,
                Progress = progress.Report,
            }, file, terminal.Stop);
        });
        return SweepRunResult.Show(terminal, line.GetValue(_json), file, outcome, []);
    }

    private static SweepOutcome Run(SweepRun run, string file, CancellationToken stop)
    {
        try
        {
            return run.Run(stop);
        }
        catch (OperationCanceledException)
        {
            throw new Failure(ExitCode.Interrupted,
                $"stopped; what is finished is in {file}, and the same command goes on from there");
        }
    }

    private static void CheckPlan(string? wanted, string spec, PlanTable table)
    {
        if (wanted != null && wanted != table.MakeId())
            throw Failure.Input($"{spec}: its plan is {table.MakeId()}, not {wanted}: the sweep, its scenario or flms "
                + "was changed meanwhile; submit it again");
    }

    private static Shard ReadShard(string? text)
    {
        if (text == null) return Shard.Whole;
        var parts = text.Split('/');
        if (parts.Length == 2 && TryNumber(parts[0], out var index) && TryNumber(parts[1], out var of) && index < of)
            return new(index, of);
        throw Failure.Usage($"--shard {text}: write I/N with I from 0 to N - 1, as in 0/8");
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
