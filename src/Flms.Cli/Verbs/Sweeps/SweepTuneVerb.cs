using System.CommandLine;
using System.Text.Json;
using Flms.Lab.Input;
using Flms.Report;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;
using Flms.Sweep.Tuning;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Searches a policy's settings for an objective.</summary>
internal sealed class SweepTuneVerb : Verb
{
    private const int Shown = 5;

    private readonly Argument<string> _spec = SweepVerb.Spec();
    private readonly Option<string> _out = ScenarioOptions.Text("--out", "FILE.db",
        "The file of results; a search that was stopped goes on from it.");

    private readonly Option<string> _scheduler = ScenarioOptions.Text("--scheduler", "NAME",
        "The scheduler to tune, one of the sweep's (default: its first).");

    private readonly Option<string> _minimise = ScenarioOptions.Text("--minimise", "FORMULA",
        "What is to be small (default: the sweep's latency).");

    private readonly Option<string> _maximise = ScenarioOptions.Text("--maximise", "FORMULA",
        "What is to be great, in place of --minimise.");

    private readonly Option<string> _options = ScenarioOptions.Text("--options", "NAMES",
        "The settings that may change, as in sp_slice,lp_slice (default: all that have a range).");

    private readonly Option<string> _budget = ScenarioOptions.Text("--budget", "N", "The most runs (default: 500).");
    private readonly Option<string> _seed = ScenarioOptions.Text("--seed", "N", "Draw other settings (default: 1).");
    private readonly Option<string> _threads = ScenarioOptions.Text("--threads", "N",
        "Run so many at once (default: one a core). The outcome does not depend on it.");

    private readonly Option<bool> _json = CommonOptions.Json(
        """{"scheduler", "objective", "better", "best":{NAME:VALUE}, "ratio":{"mean", "ci95"}, "before":{...}, """
        + """ "after":{...}, "runs", "trials":[{"values":{NAME:VALUE}, "runs", "score"}]}""");

    public SweepTuneVerb() : base("tune", "Search a scheduler's settings for an objective, within a budget of runs")
    {
        Add(_spec);
        Take("What to search", _scheduler, _minimise, _maximise, _options, _budget, _seed);
        Take("How, and what to write", _out, _threads, _json);
    }

    public override string Lesson =>
        "Draws settings from their ranges, judges many by few runs and the better ones by more (successive halving), "
        + "then draws again near the best. Every load of the sweep counts alike. In the end the best is held against "
        + "the settings it began with, on runs that it was not chosen by: that ratio is the one to believe. The same "
        + "sweep, budget and seed find the same settings.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms sweep tune scenarios/sweeps/small.yaml --scheduler credit --out tune.db", "for the sweep's latency"),
        ("flms sweep tune scenarios/sweeps/small.yaml --maximise host.fairness --budget 2000 --out fair.db",
            "another objective, a longer search"),
        ("flms sweep report tune.db", "everything that was tried"),
    ];

    public override string ReadOn => "docs/sweep.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var file = SweepVerb.Needed(line, _out);
        var budget = Number(line, _budget, 500, Tune.LeastBudget, SweepKeys.MaxPoints);
        var seed = Number(line, _seed, 1, 0, int.MaxValue);
        var threads = Number(line, _threads, 0, 1, 1024);
        var plan = SweepVerb.Plan(line.GetValue(_spec)!, terminal);
        var (formula, maximise) = Objective(line, plan.Table.Objectives);
        var scheduler = Scheduler(line, plan.Table);
        var tune = new Tune(plan, scheduler, SettingsOf(line, plan, scheduler), maximise);
        if (tune.Options.Count == 0) throw Failure.Usage($"{scheduler} has no setting that could be sought");
        var result = SweepVerb.With(() => Search(tune, file, formula, budget, seed, threads, terminal));
        if (line.GetValue(_json)) Write(terminal, scheduler, formula, maximise, result);
        else Say(terminal, scheduler, formula, maximise, result, file);
        return ExitCode.Fine;
    }

    private static TuneResult Search(
        Tune tune, string file, Formula formula, int budget, int seed, int threads, Terminal terminal)
    {
        using var progress = new ProgressLine(terminal, "tuning");
        try
        {
            return tune.Run(file, formula, budget, seed, threads, progress.Report, terminal.Stop);
        }
        catch (OperationCanceledException)
        {
            throw new Failure(ExitCode.Interrupted,
                $"stopped; what is finished is in {file}, and the same command goes on from there");
        }
    }

    private (Formula Formula, bool Maximise) Objective(ParseResult line, Objectives goals)
    {
        if (line.GetValue(_minimise) != null && line.GetValue(_maximise) != null)
            throw Failure.Usage("sweep tune takes --minimise or --maximise, not both");
        var maximise = line.GetValue(_maximise) != null;
        var text = line.GetValue(_maximise) ?? line.GetValue(_minimise) ?? goals.Latency;
        return (Formula.Parse(text) ?? throw Failure.Usage($"{(maximise ? _maximise : _minimise).Name} {text}: write "
            + "measures with + and - between them, as in *.cpu_share - web.cpu_share"), maximise);
    }

    private string Scheduler(ParseResult line, PlanTable table)
    {
        var known = table.Variants.Select(v => v.Scheduler).Distinct().ToList();
        var name = line.GetValue(_scheduler) ?? known[0];
        return known.Contains(name) ? name
            : throw Failure.Usage(
                $"--scheduler {name}: the sweep has no such scheduler; {Nearest.Advice(name, known)}");
    }

    private List<string> SettingsOf(ParseResult line, SweepPlan plan, string scheduler)
    {
        if (line.GetValue(_options) is not { } text) return [];
        var known = new Tune(plan, scheduler, [], false).Options;
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList();
        foreach (var name in names)
            if (!known.Contains(name))
                throw Failure.Usage($"--options {name}: {scheduler} has no such setting that could be sought; "
                    + Nearest.Advice(name, [.. known]));
        return names;
    }

    private static int Number(ParseResult line, Option<string> option, int instead, int min, int max) =>
        line.GetValue(option) is { } text ? ScenarioOptions.Number(option.Name, text, min, max) : instead;

    private static void Say(Terminal terminal, string scheduler, Formula formula, bool maximise, TuneResult result,
        string file)
    {
        var goal = $"{formula.Text} ({(maximise ? "the higher" : "the lower")} the better)";
        if (result.Best.Count == 0)
            terminal.Paragraph($"{scheduler}: of {Words.Count(result.Trials.Count, "setting")} tried in "
                + $"{Words.Count(result.Runs, "run")}, none is better than those it has, for {goal}.");
        else
        {
            terminal.Paragraph($"{scheduler}: the best of {result.Trials.Count} tried in "
                + $"{Words.Count(result.Runs, "run")} for {goal}:");
            terminal.Out.WriteLine();
            foreach (var (name, value) in result.Best) terminal.Out.WriteLine($"  --set {scheduler}.{name}={value}");
            terminal.Out.WriteLine();
            terminal.Paragraph($"{Show(terminal, result.Ratio)} times what it was, on runs that it was not chosen by: "
                + $"{Show(terminal, result.After)} after {Show(terminal, result.Before)}"
                + (formula.Unit == "" ? "." : $" {formula.Unit}."));
            if (result.Ratio.Ci95 is { } ci && ci.Low <= 1 && ci.High >= 1)
                terminal.Paragraph("warning: the 95 % interval of that ratio includes 1: this is no proof that it is "
                    + "better; take more replications, or a greater budget");
        }
        terminal.Out.WriteLine();
        terminal.Paragraph("What came furthest (score: the objective over that of the settings it began with):");
        terminal.Rows([.. result.Trials.Take(Shown).Select(t => (t.Score is { } s ? Figures.Show(s) : "-",
            $"{string.Join(", ", t.Values.Select(v => $"{v.Name}={v.Value}"))} ({Words.Count(t.Runs, "run")})"))]);
        terminal.Paragraph($"Everything that was tried: flms sweep report {file}");
    }

    private static string Show(Terminal terminal, Estimate estimate)
    {
        if (estimate.Mean is not { } mean) return Figures.None;
        var half = estimate.Ci95 is { } ci ? Figures.HalfWidth(mean, [ci.Low, ci.High]) : "";
        return Figures.Show(mean) + (half == "" ? "" : $" {terminal.PlusMinus}{half}");
    }

    private static void Write(Terminal terminal, string scheduler, Formula formula, bool maximise, TuneResult result) =>
        JsonOutput.Write(terminal, json =>
        {
            json.WriteStartObject();
            json.WriteString("scheduler", scheduler);
            json.WriteString("objective", formula.Text);
            json.WriteString("better", maximise ? "higher" : "lower");
            Write(json, "best", result.Best);
            Write(json, "ratio", result.Ratio);
            Write(json, "before", result.Before);
            Write(json, "after", result.After);
            json.WriteNumber("runs", result.Runs);
            json.WriteStartArray("trials");
            foreach (var trial in result.Trials)
            {
                json.WriteStartObject();
                Write(json, "values", trial.Values);
                json.WriteNumber("runs", trial.Runs);
                Write(json, "score", trial.Score);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<(string Name, string Value)> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in values) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Estimate estimate)
    {
        json.WriteStartObject(name);
        Write(json, "mean", estimate.Mean);
        json.WriteStartArray("ci95");
        if (estimate.Ci95 is { } ci)
        {
            json.WriteNumberValue(ci.Low);
            json.WriteNumberValue(ci.High);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } v) json.WriteNumber(name, v);
        else json.WriteNull(name);
    }
}
