using System.CommandLine;
using Flms.Lab.Scenarios;

namespace Flms.Cli.Verbs;

/// <summary>Runs a scenario under one scheduler.</summary>
internal sealed class RunVerb : Verb
{
    private readonly Argument<string> _scenario = CommonOptions.Scenario();
    private readonly Option<string> _scheduler = new("--scheduler", "--schedulers")
    {
        Description = "The scheduler, as in flms or flms:paper (default: the first of the scenario).",
        HelpName = "NAME",
    };

    private readonly ScenarioOptions _what = new();
    private readonly OutputOptions _outputs = new();

    public RunVerb() : base("run", "Run a scenario under one scheduler, and show what each VM got")
    {
        Add(_scenario);
        Take("What to run", [_scheduler, .. _what.All]);
        Take("What to write", _outputs.All);
    }

    public override string Lesson =>
        "The scenario is simulated: its machine, its VMs and what they do. For every VM the table shows its share of "
        + "the machine, how long its vCPUs waited for a pCPU, and what its workloads measured. The same scenario and "
        + "seed give the same figures.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms run scenarios/noisy-neighbour.yaml", "under the first scheduler of the scenario"),
        ("flms run scenarios/noisy-neighbour.yaml --scheduler flms --set flms.sp_slice=500us --for 60s",
            "another scheduler, another slice, for a minute"),
        ("flms run scenarios/noisy-neighbour.yaml --events run.jsonl --timeline run.perfetto-trace",
            "keep everything that happened"),
    ];

    public override string ReadOn => "docs/scenario.md, docs/cli.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var scheduler = line.GetValue(_scheduler);
        if (scheduler?.Contains(',') == true || scheduler == "all")
            throw Failure.Usage("run takes one scheduler; flms compare takes several");
        var scenario = InputProblems.ValueOf(
            ScenarioReader.ReadFile(line.GetValue(_scenario)!, _what.Read(line, scheduler)), terminal);
        scenario = scenario with { Schedulers = [scenario.Schedulers[0]] };
        new Session(terminal, line, _outputs).Run(scenario, _what.Threads(line),
            (result, data) => VmTable.Write(terminal, result, data));
        return ExitCode.Fine;
    }
}
