using System.CommandLine;
using System.Text.Json;
using Flms.Report;
using Flms.Sweep.Results;
using Spectre.Console;

namespace Flms.Cli.Verbs.Sweeps;

/// <summary>Shows what a sweep came to.</summary>
internal sealed class SweepReportVerb : Verb
{
    private const int MostRows = 40;

    private readonly Argument<string[]> _files = SweepVerb.Files();
    private readonly Option<string> _html = ScenarioOptions.Text("--html", "FILE.html",
        "Write a page to look at: tables, heat maps, Pareto fronts; one file that needs nothing else.");

    private readonly Option<string> _latency = ScenarioOptions.Text("--latency", "FORMULA",
        "What should be short, as in web.ping.rtt_ms.p99 (default: the sweep file's).");

    private readonly Option<string> _throughput = ScenarioOptions.Text("--throughput", "FORMULA",
        "What should be much, as in 'batch*.cpu_share' (default: the sweep file's).");

    private readonly Option<string> _fairness = ScenarioOptions.Text("--fairness", "FORMULA",
        "What should be near 1, as in host.fairness (default: the sweep file's).");

    private readonly Option<bool> _json = CommonOptions.Json(
        """{"name", "goals":[{"name", "formula"}], "rows":[{"scheduler", "options", "axes":{NAME:VALUE}, "load", """
        + """ "runs", "latency":{"mean", "ci95"}, "throughput", "fairness", "throughput_front", "fairness_front"}]}""");

    public SweepReportVerb() : base("report", "Show what a sweep came to: tables, heat maps, Pareto fronts")
    {
        Add(_files);
        Take("What to look at", _latency, _throughput, _fairness);
        Take("What to write", _html, _json);
    }

    public override string Lesson =>
        "Every combination is shown over its replications: a latency, a throughput and a fairness, each a formula over "
        + "measures (docs/sweep.md). A combination is on a front if no other with the same load is better in both: "
        + "what lies off it can be left out of the choice.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms sweep report small.db", "a table a load"),
        ("flms sweep report small.db --html small.html", "to look at, or to send to others"),
        ("flms sweep report small.db --latency web.wait_ms.max", "another latency"),
    ];

    public override string ReadOn => "docs/sweep.md";

    public override int Run(ParseResult line, Terminal terminal) => SweepVerb.With(() =>
    {
        using var files = SweepFiles.Open(line.GetValue(_files)!);
        using var page = line.GetValue(_html) is { } html ? OutputFile.Page(html) : null;
        var goals = files.Plan.Objectives;
        Formula[] formulas =
        [
            Read(line, _latency, goals.Latency), Read(line, _throughput, goals.Throughput),
            Read(line, _fairness, goals.Fairness),
        ];
        var summary = SweepSummary.Of(files, formulas[0], formulas[1], formulas[2]);
        var data = SweepReportOf.Summary(summary, formulas, files.Done, CommandLine.Of(line));
        page?.Write(stream => ReportPage.Write(data, stream));
        page?.Keep();
        if (line.GetValue(_json)) JsonOutput.Write(terminal, json => Write(json, data));
        else Show(terminal, data);
        return ExitCode.Fine;
    });

    private static Formula Read(ParseResult line, Option<string> option, string instead)
    {
        var text = line.GetValue(option) ?? instead;
        return Formula.Parse(text) ?? throw Failure.Usage(
            $"{option.Name} {text}: write measures with + and - between them, as in *.cpu_share - web.cpu_share");
    }

    private static void Show(Terminal terminal, SweepReportData data)
    {
        terminal.Paragraph($"{data.Title}: {data.Done} of {Words.Count(data.Points, "point")}; "
            + string.Join("; ", data.Goals.Select(g => $"{g.Name} is {g.Formula}")));
        foreach (var load in data.Rows.GroupBy(r => r.Load))
        {
            terminal.Out.WriteLine();
            if (load.Key != "") terminal.Paragraph($"{load.Key}:");
            var rows = load.OrderBy(r => double.IsNaN(r.Figures[0].Mean) ? double.MaxValue : r.Figures[0].Mean)
                .ToList();
            var shown = rows.Count > MostRows ? [.. rows.Where(r => r.Fronts.Any(f => f))] : rows;
            Table(terminal, data, shown);
            if (shown.Count < rows.Count)
                terminal.Paragraph($"{rows.Count - shown.Count} that are on no front are left out; --html shows all.");
        }
        terminal.Out.WriteLine();
        terminal.Paragraph("T: on the front of latency and throughput; F: of latency and fairness. "
            + $"{terminal.PlusMinus} half of the 95 % interval over the replications.");
        foreach (var warning in data.Warnings) terminal.Paragraph($"warning: {warning}");
    }

    private static void Table(Terminal terminal, SweepReportData data, List<SweepReportRow> rows)
    {
        var table = new Table { Border = terminal.Unicode ? TableBorder.Rounded : TableBorder.Ascii };
        table.AddColumn(new TableColumn("scheduler and settings"));
        foreach (var goal in data.Goals)
            table.AddColumn(new TableColumn(goal.Unit == "" ? goal.Name : $"{goal.Name} {goal.Unit}").RightAligned()
                .NoWrap());
        table.AddColumn(new TableColumn("front").NoWrap());
        foreach (var row in rows)
            table.AddRow(
            [
                Setting(data, row).EscapeMarkup(), .. row.Figures.Select(f => Cell(terminal, f).EscapeMarkup()),
                (row.Fronts[0] ? "T" : " ") + (row.Fronts[1] ? "F" : " "),
            ]);
        terminal.Canvas().Write(table);
    }

    private static string Setting(SweepReportData data, SweepReportRow row) => string.Join(", ",
        data.Axes.Zip(row.Values).Where(p => p.First.Setting && p.Second != "")
            .Select(p => $"{p.First.Name}={p.Second}").Prepend(row.Scheduler));

    private static string Cell(Terminal terminal, SweepReportFigure figure)
    {
        var half = Figures.HalfWidth(figure.Mean, figure.Ci95);
        return Figures.Show(figure.Mean) + (half == "" ? "" : $" {terminal.PlusMinus}{half}");
    }

    private static void Write(Utf8JsonWriter json, SweepReportData data)
    {
        json.WriteStartObject();
        json.WriteString("name", data.Title);
        json.WriteStartArray("goals");
        foreach (var goal in data.Goals)
        {
            json.WriteStartObject();
            json.WriteString("name", goal.Name);
            json.WriteString("formula", goal.Formula);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (var row in data.Rows)
        {
            json.WriteStartObject();
            json.WriteString("scheduler", row.Scheduler);
            json.WriteString("options", row.Options);
            json.WriteStartObject("axes");
            foreach (var (axis, value) in data.Axes.Zip(row.Values)) json.WriteString(axis.Name, value);
            json.WriteEndObject();
            json.WriteString("load", row.Load);
            json.WriteNumber("runs", row.Runs);
            foreach (var (goal, figure) in data.Goals.Zip(row.Figures)) Write(json, goal.Name, figure);
            json.WriteBoolean("throughput_front", row.Fronts[0]);
            json.WriteBoolean("fairness_front", row.Fronts[1]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, SweepReportFigure figure)
    {
        json.WriteStartObject(name);
        if (double.IsNaN(figure.Mean)) json.WriteNull("mean");
        else json.WriteNumber("mean", figure.Mean);
        json.WriteStartArray("ci95");
        foreach (var bound in figure.Ci95) json.WriteNumberValue(bound);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
