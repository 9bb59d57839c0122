using System.CommandLine;
using System.Globalization;
using Flms.Sweep;
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
        "Run so many points at once (default: one a core). Results do not depend on it.");

    private readonly Option<string> _shard = ScenarioOptions.Text("--shard", "I/N",
        "Run only part I of N, I from 0, as in 0/8: for several machines, each with a file of its own.");

    private readonly Option<bool> _json = CommonOptions.Json("""{"points", "kept", "ran", "failed"}""");

    public SweepRunVerb() : base("run", "Run what is missing of a sweep, on all cores")
    {
        Add(_spec);
        Take("Options", _out, _threads, _shard, _json);
    }

    public override string Lesson =>
        "Each point is written to the file as soon as it is finished, whole or not at all. Stop it with Ctrl-C, kill "
        + "it, or lose the power: the same command goes on where it was, and loses only the points that were running. "
        + "After a change of the sweep file or of flms it runs what is new and keeps the rest.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms sweep run scenarios/sweeps/small.yaml --out small.db", "all of it"),
        ("flms sweep run scenarios/sweeps/small.yaml --out part0.db --shard 0/2", "half of it; the other is 1/2"),
    ];

    public override string ReadOn => "docs/sweep.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var file = SweepVerb.Needed(line, _out);
        var shard = ReadShard(line.GetValue(_shard));
        var threads = line.GetValue(_threads) is { } text ? ScenarioOptions.Number("--threads", text, 1, 1024) : 0;
        var spec = line.GetValue(_spec)!;
        if (Path.GetFullPath(file) == Path.GetFullPath(spec))
            throw Failure.Usage($"{file} would be written over the sweep file; name another");
        var plan = SweepVerb.Plan(spec, terminal);
        var outcome = SweepVerb.With(() => Run(plan, file, threads, shard, terminal));
        if (line.GetValue(_json)) Write(terminal, outcome);
        else Say(terminal, file, outcome);
        if (outcome.Failed.Count == 0) return ExitCode.Fine;
        var policy = outcome.Failed.Any(f => f.Policy);
        throw new Failure(policy ? ExitCode.Policy : ExitCode.Bug,
            $"{Words.Count(outcome.Failed.Count, "point")} failed:\n{SweepVerb.Describe(outcome.Failed)}");
    }

    private static SweepOutcome Run(SweepPlan plan, string file, int threads, Shard shard, Terminal terminal)
    {
        using var store = SweepStore.OpenToWrite(file, plan.Table);
        using var progress = new ProgressLine(terminal, "sweeping");
        try
        {
            return new SweepRun(plan, store) { Threads = threads, Shard = shard, Progress = progress.Report }
                .Run(terminal.Stop);
        }
        catch (OperationCanceledException)
        {
            throw new Failure(ExitCode.Interrupted,
                $"stopped; what is finished is in {file}, and the same command goes on from there");
        }
    }

    private static void Say(Terminal terminal, string file, SweepOutcome outcome)
    {
        var kept = outcome.Kept > 0 ? $"{outcome.Kept} were there already, " : "";
        terminal.Paragraph($"{file}: {Words.Count(outcome.Points, "point")}; {kept}"
            + $"{Words.Count(outcome.Ran, "run")} made"
            + (outcome.Failed.Count > 0 ? $", {outcome.Failed.Count} of them failed" : ""));
    }

    private static void Write(Terminal terminal, SweepOutcome outcome) => JsonOutput.Write(terminal, json =>
    {
        json.WriteStartObject();
        json.WriteNumber("points", outcome.Points);
        json.WriteNumber("kept", outcome.Kept);
        json.WriteNumber("ran", outcome.Ran);
        json.WriteNumber("failed", outcome.Failed.Count);
        json.WriteEndObject();
    });

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
