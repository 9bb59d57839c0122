using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Flms.Sweep.Plans;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Lists the points of a sweep.</summary>
internal sealed class SweepPlanVerb : Verb
{
    private readonly Argument<string> _spec = SweepVerb.Spec();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"name", "version", "plan", "axes":[], "points":[{"point", "scheduler", "options", "axes":{NAME:VALUE}, """
        + """ "replication", "seed", "hash"}]}""");

    public SweepPlanVerb() : base("plan", "List the points of a sweep, each with the hash of its content")
    {
        Add(_spec);
        Take("Options", _json);
    }

    public override string Lesson =>
        "Nothing is run. Each line is a point: one machine run once under one scheduler. The hash is of all that its "
        + "results depend on (scenario, policy, settings, seed, and the code): points that share it are run once, and "
        + "whatever changes it is run anew. The first lines count.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms sweep plan scenarios/sweeps/small.yaml", "before a long run: is it what was meant?"),
        ("flms sweep plan scenarios/sweeps/small.yaml --json > plan.json", "for a program"),
    ];

    public override string ReadOn => "docs/sweep.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var plan = SweepVerb.Plan(line.GetValue(_spec)!, terminal);
        if (line.GetValue(_json)) JsonOutput.Write(terminal, json => Write(json, plan.Table));
        else List(terminal, plan);
        return ExitCode.Fine;
    }

    private static void List(Terminal terminal, SweepPlan plan)
    {
        var table = plan.Table;
        var runs = table.Points.DistinctBy(p => p.Hash).Count();
        var simulated = plan.Table.Points.DistinctBy(p => p.Hash).Sum(
            p => (plan.Setups[p.Variant].Scenario.Duration + plan.Setups[p.Variant].Scenario.Warmup).Ns / 1e9);
        terminal.Paragraph($"{table.Name}: {Words.Count(table.Points.Count, "point")} of "
            + $"{Words.Count(table.Variants.Count, "combination")}"
            + (runs < table.Points.Count ? $", {runs} of them different" : "")
            + string.Create(CultureInfo.InvariantCulture, $"; {simulated:0.#} s of simulated time; ")
            + $"flms {table.Version}");
        terminal.Out.WriteLine();
        foreach (var point in table.Points)
            terminal.Out.WriteLine($"{point.Number} {point.Hash} "
                + $"{table.Variants[point.Variant].Describe(table.Axes)}, seed={point.Seed}");
    }

    private static void Write(Utf8JsonWriter json, PlanTable table)
    {
        json.WriteStartObject();
        json.WriteString("name", table.Name);
        json.WriteString("version", table.Version);
        json.WriteString("plan", table.MakeId());
        json.WriteStartArray("axes");
        foreach (var axis in table.Axes) json.WriteStringValue(axis);
        json.WriteEndArray();
        json.WriteStartArray("points");
        foreach (var point in table.Points)
        {
            var variant = table.Variants[point.Variant];
            json.WriteStartObject();
            json.WriteNumber("point", point.Number);
            json.WriteString("scheduler", variant.Scheduler);
            json.WriteString("options", variant.Options);
            json.WriteStartObject("axes");
            foreach (var (axis, value) in table.Axes.Zip(variant.Values)) json.WriteString(axis, value);
            json.WriteEndObject();
            json.WriteNumber("replication", point.Replication);
            json.WriteNumber("seed", point.Seed);
            json.WriteString("hash", point.Hash);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
