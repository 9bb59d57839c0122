using System.CommandLine;
using Flms.Sweep;
using Flms.Sweep.Clusters;
using Flms.Sweep.Results;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Says how far a sweep has come.</summary>
internal sealed class SweepStatusVerb : Verb
{
    private readonly Argument<string[]> _files = SweepVerb.Files();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"name", "version", "plan", "points", "done", "missing", "complete", """
        + """ "failed":[{"point", "policy", "message"}], "jobs":[]}""");

    public SweepStatusVerb() : base("status", "Say how far a sweep has come, and what failed")
    {
        Add(_files);
        Take("Options", _json);
    }

    public override string Lesson =>
        "Reads files of results, also while they are being written. Of a sweep that was submitted to a cluster it also "
        + "counts what tasks have finished and nobody has gathered, and says how to look at them and stop them. The "
        + "exit code is 0 whether or not the sweep is complete; programs read \"complete\" of the JSON.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms sweep status small.db", ""),
        ("flms sweep status part0.db part1.db --json", "parts of one sweep, counted together"),
    ];

    public override string ReadOn => "docs/sweep.md";

    public override int Run(ParseResult line, Terminal terminal) => SweepVerb.With(() =>
    {
        var names = line.GetValue(_files)!;
        var submitted = names.SelectMany(Submission.All).ToList();
        using var files = SweepFiles.Open(names);
        foreach (var submission in submitted) files.AddPieces(submission.Pieces);
        var failed = files.Failed();
        if (line.GetValue(_json)) Write(terminal, files, failed, submitted);
        else Say(terminal, files, failed, submitted);
        return ExitCode.Fine;
    });

    private static void Say(Terminal terminal, SweepFiles files, IReadOnlyList<FailedPoint> failed,
        List<Submission> submitted)
    {
        var (points, done) = (files.Plan.Points.Count, files.Done);
        terminal.Paragraph($"{files.Plan.Name}: {done} of {Words.Count(points, "point")} done"
            + (done == points ? ": complete" : $", {points - done} missing")
            + (failed.Count > 0 ? $", {failed.Count} of those failed" : "") + $"; flms {files.Plan.Version}");
        terminal.Out.WriteLine();
        var rows = files.Plan.Points.GroupBy(p => files.Plan.Variants[p.Variant].Scheduler)
            .Select(g => (g.Key, $"{g.Count(files.IsDone)} of {g.Count()}")).ToList();
        terminal.Rows(rows);
        foreach (var fault in failed) terminal.Out.WriteLine($"failed: {fault.Message}");
        foreach (var submission in submitted)
            if (submission.Jobs.Count > 0)
            {
                var (look, stop) = new SlurmCluster().CommandsFor(string.Join(',', submission.Jobs.Distinct()));
                terminal.Paragraph($"submitted as {Words.Count(submission.Tasks, "task")} of Slurm: {look} shows those "
                    + $"that have not ended, {stop} stops them; logs are in {submission.Folder}/logs");
            }
    }

    private static void Write(Terminal terminal, SweepFiles files, IReadOnlyList<FailedPoint> failed,
        List<Submission> submitted) =>
        JsonOutput.Write(terminal, json =>
        {
            var (points, done) = (files.Plan.Points.Count, files.Done);
            json.WriteStartObject();
            json.WriteString("name", files.Plan.Name);
            json.WriteString("version", files.Plan.Version);
            json.WriteString("plan", files.Plan.MakeId());
            json.WriteNumber("points", points);
            json.WriteNumber("done", done);
            json.WriteNumber("missing", points - done);
            json.WriteBoolean("complete", done == points);
            json.WriteStartArray("failed");
            foreach (var fault in failed)
            {
                json.WriteStartObject();
                json.WriteNumber("point", fault.Point.Number);
                json.WriteBoolean("policy", fault.Policy);
                json.WriteString("message", fault.Message);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("jobs");
            foreach (var job in submitted.SelectMany(s => s.Jobs).Distinct()) json.WriteStringValue(job);
            json.WriteEndArray();
            json.WriteEndObject();
        });
}
