using System.CommandLine;
using Flms.Lab.Scenarios;
using Flms.Report;

namespace Flms.Cli.Verbs;

/// <summary>Runs a scenario under several schedulers.</summary>
internal sealed class CompareVerb : Verb
{
    private readonly Argument<string> _scenario = CommonOptions.Scenario();
    private readonly Option<string> _schedulers = CommonOptions.Schedulers("the scenario's");
    private readonly ScenarioOptions _what = new();
    private readonly OutputOptions _outputs = new();

    public CompareVerb() : base("compare", "Run a scenario under several schedulers, and compare what its VMs got")
    {
        Add(_scenario);
        Take("What to run", [_schedulers, .. _what.All]);
        Take("What to write", _outputs.All);
    }

    public override string Lesson =>
        "All schedulers see the same machine and the same guests with the same random numbers, so that what differs is "
        + "their doing. The table shows means with half of their 95 % interval over the replications, quantiles over "
        + "all values, and shares of the machine; the sentence above it says what follows, and claims nothing where "
        + "the intervals overlap.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms compare scenarios/noisy-neighbour.yaml", "the schedulers of the scenario"),
        ("flms compare scenarios/noisy-neighbour.yaml --schedulers credit,flms,flms:paper --replications 10",
            "these, ten times each"),
        ("flms compare scenarios/noisy-neighbour.yaml --report report.html", "to look at, or to send to others"),
        ("flms compare scenarios/noisy-neighbour.yaml --json > results.json", "for a program"),
    ];

    public override string ReadOn => "docs/scenario.md, docs/cli.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var scenario = InputProblems.ValueOf(
            ScenarioReader.ReadFile(line.GetValue(_scenario)!, _what.Read(line, line.GetValue(_schedulers))), terminal);
        new Session(terminal, line, _outputs).Run(scenario, _what.Threads(line),
            (_, data) => ComparisonTable.Write(terminal.Canvas(), data));
        return ExitCode.Fine;
    }
}
