using System.CommandLine;
using Flms.Lab.Input;
using Flms.Paper;
using Flms.Paper.Runs;
using Flms.Report;

namespace Flms.Cli.Verbs.Papers;

/// <summary>Runs the paper's figures and sets ours beside them.</summary>
internal sealed class PaperVerb : Verb
{
    private const int Usual = 10;
    private const string Page = "docs/paper.md";

    private readonly Argument<string[]> _figures = new("figures")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = $"Which: {string.Join(", ", PaperCatalog.All.Select(f => f.Name))} (default: all"
            + string.Concat(PaperCatalog.All.Where(f => !f.ByDefault).Select(f => $" but {f.Name}")) + ").",
        HelpName = "FIGURE",
    };

    private readonly Option<string> _replications = ScenarioOptions.Text("--replications", "N",
        $"Run each system so often with other random numbers (default: {Usual}); verdicts need 2 or more.");

    private readonly Option<string> _seed = ScenarioOptions.Text("--seed", "N",
        "Make other random numbers (default: the files').");

    private readonly Option<string> _for = ScenarioOptions.Text("--for", "TIME",
        "Measure so long, as in 30s (default: what each file says).");

    private readonly Option<string> _warmup = ScenarioOptions.Text("--warmup", "TIME",
        "Run so long before measuring begins (default: what each file says).");

    private readonly Option<string> _threads = ScenarioOptions.Text("--threads", "N",
        "Run so many at once (default: one a core). Results do not depend on it.");

    private readonly Option<string> _scenarios = ScenarioOptions.Text("--scenarios", "DIR",
        "The scenario files (default: scenarios/paper of the checkout, otherwise those that came with flms).");

    private readonly Option<bool> _json = CommonOptions.Json(
        """{"rows":[{"system", "latency_ms", "latency_ci95":[LOW, HIGH], ..., "paper_latency_ms", ...}], "figure", """
        + """ "replications", "claims":[{"claim", "paper", "ours", "ours_ci95", "verdict", "because", ...}]}; of """
        + """ several figures {"figures":[...]} (docs/paper.md)""");

    private readonly Option<string> _report = ScenarioOptions.Text("--report", "FILE.html",
        "Write a page to look at: each figure in the paper's form, with ours; one file that needs nothing else.");

    private readonly Option<bool> _docs = new("--docs")
    {
        Description = $"Write the figures into {Page} of this checkout, too. For those who work on flms.",
    };

    public PaperVerb() : base("paper", "Run the paper's figures and tables, and set ours beside them")
    {
        Add(_figures);
        Take("What to run", _replications, _seed, _for, _warmup, _threads, _scenarios);
        Take("What to write", _json, _report, _docs);
    }

    public override string Lesson =>
        "FLMS was published with measurements on a real machine. Each of its figures is a scenario file here, and this "
        + "runs them: what the paper says, what we get with its 95 % interval, and one of three verdicts: agrees in "
        + "value, agrees in order and direction, or differs, each with the reason. The machine is fixed by figure 1 "
        + "and by Credit's row of table 1 alone; all else is prediction. Beside the paper's systems stand later ones.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms paper", "everything, ten times each: minutes"),
        ("flms paper fig1 table1 --replications 3", "two of them, faster"),
        ("flms paper --report paper.html", "to look at, or to send to others"),
        ("flms paper table1 --json", "for a program"),
        ("flms compare scenarios/paper/table1.yaml --report table1.html", "one scenario by itself, with distributions"),
    ];

    public override string ReadOn => "docs/paper.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var run = new PaperRun
        {
            Figures = Chosen(line.GetValue(_figures) ?? []),
            Folder = Folder(line),
            Replications = Number(line, _replications, Usual, 1, 10_000),
            Threads = Number(line, _threads, 0, 1, 1024),
            Seed = line.GetValue(_seed) is null ? null : Number(line, _seed, 1, 0, int.MaxValue),
            Length = ScenarioOptions.Time(line, _for),
            Warmup = ScenarioOptions.Time(line, _warmup),
        };
        var page = line.GetValue(_docs) ? Path.Combine(Checkout.Find("flms paper --docs"), Page) : null;
        using var report = line.GetValue(_report) is { } html ? OutputFile.Page(html) : null;
        var results = Results(run, terminal);
        report?.Write(to => ReportPage.Write(PaperReportOf.Results(results, run, CommandLine.Of(line)), to));
        report?.Keep();
        if (page != null) Checkout.Write(page, PaperMarkdown.Rewrite(File.ReadAllText(page), results));
        if (line.GetValue(_json)) JsonOutput.Write(terminal, json => PaperJson.Write(json, results, run.Replications));
        else PaperTables.Write(terminal, results, run.Replications);
        return ExitCode.Fine;
    }

    private static IReadOnlyList<FigureResult> Results(PaperRun run, Terminal terminal)
    {
        try
        {
            using var progress = new ProgressLine(terminal, "running the paper's figures");
            var shown = run with { Progress = progress.Report };
            return shown.Run(shown.Prepare(), terminal.Stop);
        }
        catch (ScenarioFault fault)
        {
            throw InputProblems.Of(fault.Problems);
        }
    }

    private static IReadOnlyList<PaperFigure> Chosen(IReadOnlyList<string> names)
    {
        if (names.Count == 0) return [.. PaperCatalog.All.Where(f => f.ByDefault)];
        var chosen = new List<PaperFigure>();
        foreach (var name in names)
        {
            var figure = PaperCatalog.Find(name) ?? throw Failure.Usage(
                $"there is no figure {Quote.OneLine(name)}; there are "
                + string.Join(", ", PaperCatalog.All.Select(f => f.Name)));
            if (!chosen.Contains(figure)) chosen.Add(figure);
        }
        return chosen;
    }

    private string Folder(ParseResult line)
    {
        if (line.GetValue(_scenarios) is { } given) return given;
        var home = Path.Combine("scenarios", "paper");
        for (var folder = Directory.GetCurrentDirectory(); folder != null; folder = Path.GetDirectoryName(folder))
            if (Directory.Exists(Path.Combine(folder, home)))
                return Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.Combine(folder, home));
        return Path.Combine(AppContext.BaseDirectory, "paper");
    }

    private static int Number(ParseResult line, Option<string> option, int instead, int min, int max) =>
        line.GetValue(option) is { } text ? ScenarioOptions.Number(option.Name, text, min, max) : instead;
}
