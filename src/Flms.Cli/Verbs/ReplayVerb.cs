using System.CommandLine;
using System.CommandLine.Parsing;
using Flms.Cli.Verbs.Advice;
using Flms.Core;
using Flms.Lab;
using Flms.Lab.Advice;
using Flms.Lab.Input;
using Flms.Lab.Measures;
using Flms.Lab.Scenarios;
using Flms.Lab.Settings;
using Flms.Report;
using Flms.Schedulers;
using Flms.Traces;

namespace Flms.Cli.Verbs;

/// <summary>Runs what a real host recorded under several schedulers.</summary>
internal sealed class ReplayVerb : Verb
{
    private const string Recorded = Replay.RecordedName;
    private const string Uneven = "under recorded the VMs also waited for the host's other processes, which take no "
        + "part in the other rows: compare with --include all";

    private const string Usual = "credit,flms";
    private const int MostPcpus = ScenarioKeys.MaxPcpus;

    private readonly Argument<string> _recording = new("recording")
    {
        Description = "Text of tracefs, trace-cmd report or perf script, with sched_switch and sched_wakeup.",
        HelpName = "RECORDING",
    };

    private readonly Option<string> _schedulers = CommonOptions.Schedulers(
        $"{Usual}; {Recorded} is what the recorded host did; with --advise: {AdviceOptionsOfLine.Usual}, of which "
        + $"{AdviceOptionsOfLine.Host} is the kernel's settings, other kernels and the agent");

    private readonly Option<string> _map = ScenarioOptions.Text("--map", "FILE.json",
        "Which thread is which VM's (default: the .json beside the recording, else guessed by the threads' names).");

    private readonly Option<string> _pcpus = ScenarioOptions.Text("--pcpus", "N",
        "Replay on so many pCPUs (default: as many as were recorded).");

    private readonly Option<string[]> _class = new("--class")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "A VM's class: latency, compute, mixed or service (default: guessed from its behaviour); may be "
            + "given again.",
        HelpName = "VM=CLASS",
    };

    private readonly Option<string> _include = ScenarioOptions.Text("--include", "WHICH",
        "Which threads take part: vcpus, vm-threads (the default: QEMU's others too), or all that ran on the host.");

    private readonly ScenarioOptions _what = new();
    private readonly OutputOptions _outputs = new();
    private readonly AdviceOptionsOfLine _advice = new();

    public ReplayVerb() : base("replay", "Run what a real host recorded under several schedulers, and compare")
    {
        Add(_recording);
        Take("What to run", [_schedulers, _map, _pcpus, _class, _include, .. _what.ForReplay]);
        Take("What to write", _outputs.All);
        Take("Advice", _advice.All);
    }

    public override string Lesson =>
        "From the recording it is recovered when each vCPU woke and how much it then wanted to run; that demand is put "
        + "before each scheduler on a simulated host. The recorded host's own decisions are dropped; the scheduler "
        + "named recorded repeats them. What a guest would have done differently, had it been served sooner, a "
        + "recording cannot tell. --advise tries policies and settings and says which would have served best: the "
        + "host's own first, as it is modelled, and how near that comes to what was recorded; then all others "
        + "beside it.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms replay host.trace", "with host.json beside it, if it is there"),
        ("flms replay host.trace --class web=latency --schedulers credit,flms --report replay.html", "to look at"),
        ("flms replay host.trace --schedulers recorded,credit,flms --include all", "beside what the host itself did"),
        ("flms replay host.trace --advise", "which scheduler and settings would have served best?"),
        ("flms replay host.trace --advise --latency db --max-loss 2 --schedulers host,flms", "for one VM, of these"),
        ("flms replay host.trace --pcpus 1", "had the host had one pCPU only"),
    ];

    public override string ReadOn => "docs/recordings.md, docs/cli.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var file = line.GetValue(_recording)!;
        var advise = _advice.Asked(line);
        if (advise) RefuseBesideAdvice(line);
        if (Recording.TryRead(file, line.GetValue(_map), out var recording) is { } wrong)
            throw Failure.Input(wrong.ToString());
        // The table shows the warnings below itself.
        if (line.GetValue(_outputs.Json))
            foreach (var warning in recording!.Warnings) terminal.Error.WriteLine($"warning: {warning}");
        if (ReplayPlan.TryMake(recording!, Wishes(line), out var plan) is { } problem)
            throw Failure.Input($"{file}: {problem}");
        if (advise) return Advise(line, terminal, plan!);
        var experiment = Experiment(line, terminal, plan!);
        var command = CommandLine.Of(line);
        new Session(terminal, line, _outputs).Run(experiment, file,
            (result, excerpts) =>
            {
                var data = Data(result, plan!, excerpts, command);
                return IsUneven(line, result) ? data with { Warnings = [Uneven, .. data.Warnings] } : data;
            },
            (_, data) => ComparisonTable.Write(terminal.Canvas(), data));
        return ExitCode.Fine;
    }

    private int Advise(ParseResult line, Terminal terminal, ReplayPlan plan)
    {
        var options = _advice.Read(line, line.GetValue(_schedulers), _what.Settings(line), _what.Threads(line),
            terminal);
        var result = AdviceOptionsOfLine.Advise(plan, options, terminal);
        if (line.GetValue(_outputs.Json)) JsonOutput.Write(terminal, json => AdviceJson.Write(json, result));
        else AdviceText.Write(terminal, result, plan);
        return AdviceOptionsOfLine.Outcome(result, plan);
    }

    // Advice is on the recorded host, over the whole recording, and is no table of measures.
    private void RefuseBesideAdvice(ParseResult line)
    {
        foreach (var option in (Option[])[_pcpus, _outputs.Report, _outputs.Timeline, _outputs.Events,
            .. _what.OfTime])
            if (line.GetResult(option) is OptionResult { Implicit: false })
                throw Failure.Usage($"{option.Name} does not go with --advise; leave one of them out");
    }

    // The recorded host's other processes held its pCPUs too; without them the others have it easier.
    private bool IsUneven(ParseResult line, ExperimentResult result) => result.Results.Count > 1
        && result.Results.Any(r => r.Scheduler.Label == Recorded) && Wishes(line).Include != ReplayThreads.All;

    private Experiment Experiment(ParseResult line, Terminal terminal, ReplayPlan plan)
    {
        var warmup = _what.Warmup(line) ?? Duration.Zero;
        var rest = plan.Until - Instant.Zero - warmup;
        var length = _what.Length(line) ?? rest;
        if (length > rest || length <= Duration.Zero)
            throw Failure.Usage($"the recording is {plan.Recording.Length} long, too short for {warmup} of warm-up and "
                + $"then {(length > Duration.Zero ? length : new Duration(1))}; shorten --for or --warmup");
        return Replay.Of(plan, Schedulers(line, terminal, plan)) with
        {
            Warmup = warmup,
            Duration = length,
            Threads = _what.Threads(line),
        };
    }

    // "recorded" exists in replays only, so that the catalog does not have it.
    private List<SchedulerChoice> Schedulers(ParseResult line, Terminal terminal, ReplayPlan plan)
    {
        var names = (line.GetValue(_schedulers) ?? Usual).Split(',', StringSplitOptions.TrimEntries);
        if (line.GetValue(_pcpus) != null && names.Contains(Recorded))
            throw Failure.Usage($"{Recorded} repeats the recorded host: it cannot with --pcpus; leave one out");
        var others = string.Join(',', names.Where(n => n != Recorded));
        var settings = _what.Settings(line);
        if (others == "" && settings.Count > 0)
            throw Failure.Usage($"{settings[0].Origin}: {Recorded} has no settings; leave it out");
        var choices = others == "" && names.Contains(Recorded) ? []
            : InputProblems.ValueOf(ScenarioReader.ReadSchedulers(others, settings), terminal).ToList();
        if (Array.IndexOf(names, Recorded) is >= 0 and var place)
            choices.Insert(Math.Min(place, choices.Count), Replay.Recorded(plan));
        return choices;
    }

    private ReplayOptions Wishes(ParseResult line)
    {
        var kinds = new Dictionary<string, DomainKind>(StringComparer.Ordinal);
        foreach (var said in (line.GetValue(_class) ?? []).SelectMany(c => c.Split(',')))
            if (said.Split('=') is [var vm, var word] && vm != "")
                kinds[vm] = Choice<DomainKind>("--class", word);
            else
                throw Failure.Usage($"--class {Quote.Text(said)}: write VM=CLASS, as in --class web=latency");
        var options = new ReplayOptions { Kinds = kinds };
        if (line.GetValue(_include) is { } include)
            options = options with { Include = Choice<ReplayThreads>("--include", include) };
        if (line.GetValue(_pcpus) is { } pcpus)
            options = options with
            {
                Topology = Topology.Of(1, ScenarioOptions.Number("--pcpus", pcpus, 1, MostPcpus)),
            };
        return options;
    }

    private static T Choice<T>(string option, string word) where T : struct, Enum
    {
        var words = Enum.GetNames<T>().Select(n => OptionCatalog.Words(n, '-')).ToList();
        var place = words.IndexOf(word);
        return place >= 0 ? Enum.GetValues<T>()[place]
            : throw Failure.Usage($"{option} {Quote.Text(word)} is not known; write {Quote.Or(words)}");
    }

    private static ReportData Data(
        ExperimentResult result, ReplayPlan plan, IReadOnlyList<Excerpt?> excerpts, string command)
    {
        var data = ReportOf.Experiment(result, plan.Machine, excerpts, command);
        return data with
        {
            Scenario = plan.Recording.File,
            Summary = $"A recording of {plan.Recording.Length} on {Words.Count(plan.Recording.Pcpus, "pCPU")} with "
                + $"{Words.Count(plan.Recording.Vms.Count, "VM")}, replayed.",
            Warnings = [.. plan.Recording.Warnings, .. data.Warnings],
            Assumptions =
            [
                "Demand is replayed open loop: each vCPU wakes when it was recorded to, and wants what it then ran, "
                    + "however late it is served.",
                "Recorded run times hold the recorded host's own costs of switching; the costs below come on top, but "
                    + $"under {Recorded}.",
                .. data.Assumptions,
            ],
        };
    }
}
