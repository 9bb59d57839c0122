using System.CommandLine;
using System.Text.Json;
using Flms.Lab.Input;
using Flms.Lab.Scenarios;

namespace Flms.Cli.Verbs;

/// <summary>Says whether a scenario can be run, and if not, why.</summary>
internal sealed class CheckVerb : Verb
{
    private readonly Argument<string> _scenario = CommonOptions.Scenario();
    private readonly ScenarioOptions _what = new();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"file", "ok", "problems":[{"source", "line", "column", "what", "advice"}], "warnings":[...]}""");

    public CheckVerb() : base("check", "Say what a scenario asks for, or everything that is wrong with it")
    {
        Add(_scenario);
        Take("Options", [_json, .. _what.ForOneRun]);
    }

    public override string Lesson =>
        "Nothing is run. Every problem is told at once, with its line and column and what to do about it; the exit "
        + "code is 0 if there is none, else 3.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms check my-scenario.yaml", ""),
        ("flms check my-scenario.yaml --set domains.web.weight=512", "as it would be with that change"),
    ];

    public override string ReadOn => "docs/scenario.md; flms schema gives editors the same knowledge";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var reading = ScenarioReader.ReadFile(line.GetValue(_scenario)!, _what.Read(line, null));
        if (line.GetValue(_json))
        {
            JsonOutput.Write(terminal, json => Write(json, line.GetValue(_scenario)!, reading));
            return reading.Ok ? ExitCode.Fine : InputProblems.Of(reading.Problems).Code;
        }
        var scenario = InputProblems.ValueOf(reading, terminal);
        var vcpus = scenario.Domains.Sum(d => d.Vcpus);
        terminal.Paragraph($"{scenario.File}: fine.");
        terminal.Rows(
        [
            ("machine", Words.Machine(scenario.Topology)),
            ("VMs", $"{Words.Count(scenario.Domains.Count, "VM")} with {Words.Count(vcpus, "vCPU")}"),
            ("schedulers", string.Join(", ", scenario.Schedulers.Select(s => s.Label))),
            ("runs", Words.Runs(scenario.Replications, scenario.Duration, scenario.Warmup) + $"; seed {scenario.Seed}"),
        ]);
        return ExitCode.Fine;
    }

    private static void Write(Utf8JsonWriter json, string file, Reading<Scenario> reading)
    {
        json.WriteStartObject();
        json.WriteString("file", file);
        json.WriteBoolean("ok", reading.Ok);
        Write(json, "problems", reading.Problems);
        Write(json, "warnings", reading.Warnings);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<Problem> problems)
    {
        json.WriteStartArray(name);
        foreach (var problem in problems)
        {
            json.WriteStartObject();
            json.WriteString("source", problem.Place.Source);
            json.WriteNumber("line", problem.Place.Line);
            json.WriteNumber("column", problem.Place.Column);
            json.WriteString("what", problem.What);
            json.WriteString("advice", problem.Advice);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
