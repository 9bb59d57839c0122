using System.CommandLine;
using System.Text;
using Flms.Sweep.Results;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Puts files of results together, and writes them as CSV.</summary>
internal sealed class SweepMergeVerb : Verb
{
    private readonly Argument<string[]> _files = SweepVerb.Files();
    private readonly Option<string> _csv = ScenarioOptions.Text("--csv", "FILE.csv",
        "Write one line a point: its number, scheduler, axes, replication and seed, then every measure.");

    private readonly Option<string> _out = ScenarioOptions.Text("--out", "FILE.db", "Write one file of results.");
    private readonly Option<bool> _partial = new("--partial")
    {
        Description = "Write what there is, although points are missing.",
    };

    public SweepMergeVerb() : base("merge", "Put files of results together, and write them as CSV")
    {
        Add(_files);
        Take("Options", _csv, _out, _partial);
    }

    public override string Lesson =>
        "Any number of files of one sweep become one, each point once. Lines are in the order of the plan and hold "
        + "nothing of when and where they were computed: the same sweep gives the same bytes on any machine, with any "
        + "number of workers, killed and resumed or not. If points are missing, nothing is written (exit code 3).";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms sweep merge small.db --csv small.csv", "the results as CSV"),
        ("flms sweep merge part0.db part1.db --out all.db --csv all.csv", "the parts of two machines"),
    ];

    public override string ReadOn => "docs/sweep.md";

    public override int Run(ParseResult line, Terminal terminal) => SweepVerb.With(() =>
    {
        var (csv, db) = (line.GetValue(_csv), line.GetValue(_out));
        if (csv == null && db == null) throw Failure.Usage("sweep merge needs --csv FILE.csv or --out FILE.db");
        var names = line.GetValue(_files)!;
        if (csv != null && names.Append(db).OfType<string>().Any(f => Path.GetFullPath(f) == Path.GetFullPath(csv)))
            throw Failure.Usage($"{csv} would be written over another file of this command; name another");
        using var files = SweepFiles.Open(names);
        var missing = files.Plan.Points.Count - files.Done;
        if (missing > 0 && !line.GetValue(_partial))
            throw Failure.Input($"{names[0]}: {missing} of {files.Plan.Points.Count} points are missing; run the sweep "
                + "again with --out and one of these files, or write what there is with --partial");
        using var target = csv == null ? null : OutputFile.Open(csv);
        target?.Write(stream =>
        {
            using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
            SweepCsv.Write(files, writer);
        });
        if (db != null) files.WriteTo(db);
        target?.Keep();
        if (terminal.OutIsTerminal)
            terminal.Out.WriteLine($"Written: {string.Join(", ", new[] { csv, db }.OfType<string>())}");
        return ExitCode.Fine;
    });
}
