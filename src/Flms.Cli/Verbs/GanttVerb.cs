using System.CommandLine;
using System.Text.Json;
using Flms.Core;
using Flms.Lab;
using Flms.Lab.Scenarios;
using Flms.Testing;

namespace Flms.Cli.Verbs;

/// <summary>Draws what every vCPU gets, as a chart of characters.</summary>
internal sealed class GanttVerb : Verb
{
    private const int MostColumns = 10_000;
    private const int LeastColumns = 20;

    private readonly Argument<string> _scenario = CommonOptions.Scenario();
    private readonly Option<string> _scheduler = new("--scheduler", "--schedulers")
    {
        Description = "One scheduler or several, as in credit,flms (default: all of the scenario).",
        HelpName = "NAMES",
    };

    private readonly Option<string> _from = ScenarioOptions.Text("--from", "TIME",
        "Where the chart begins, counted from the machine's beginning (default: the end of the warm-up).");

    private readonly Option<string> _to = ScenarioOptions.Text("--to", "TIME",
        "Where it ends (default: as much as fits the width).");

    private readonly Option<string> _column = ScenarioOptions.Text("--column", "TIME",
        "How much time one character stands for (default: 5ms; with --to, what fits the width).");

    private readonly Option<bool> _notes = new("--notes")
    {
        Description = "Below each vCPU what happened to it: B boosted, s stolen, m migrated, p preempted, + several.",
    };

    private readonly ScenarioOptions _what = new();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"scenario", "from_ns", "column_ns", "results":[{"scheduler", "vcpus":[{"vcpu", "gets"}]}]}""");

    public GanttVerb() : base("gantt", "Draw in the terminal what every vCPU gets, under each scheduler")
    {
        Add(_scenario);
        Take("Options", [_scheduler, _from, _to, _column, _notes, _json, .. _what.ForChart]);
    }

    public override string Lesson =>
        "One line a vCPU, one character a column: a digit (then a letter) is the pCPU it runs on, - waits for one, "
        + ". sleeps, = is parked by its cap, ~ changed within the column (choose a finer one). Dashes are latency.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms gantt scenarios/noisy-neighbour.yaml", "the first moments after the warm-up"),
        ("flms gantt scenarios/noisy-neighbour.yaml --scheduler flms --from 2s --column 1ms --notes", "a closer look"),
    ];

    public override string ReadOn => "docs/cli.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var scenario = InputProblems.ValueOf(
            ScenarioReader.ReadFile(line.GetValue(_scenario)!, _what.Read(line, line.GetValue(_scheduler))), terminal);
        var names = Chart.NamesOf(scenario.Machine(scenario.Seed));
        var (from, column, columns) = Axis(line, scenario, terminal.Width - names.Max(n => n.Length) - 1);
        var charts = Draw(terminal, scenario, names.Count, from, column, columns);
        if (line.GetValue(_json))
        {
            JsonOutput.Write(terminal, json => Write(json, scenario, names, charts, from, column));
            return ExitCode.Fine;
        }
        for (var s = 0; s < charts.Length; s++)
        {
            terminal.Paragraph($"{scenario.Name} under {scenario.Schedulers[s].Label}, from {from}, column {column}");
            terminal.Out.WriteLine(WithinWidth(charts[s].Draw(names, line.GetValue(_notes)), terminal.Width));
        }
        terminal.Paragraph("0-9a-z runs on that pCPU, - waits, . sleeps, = parked, ~ changed within the column");
        if (line.GetValue(_notes))
            terminal.Paragraph("B boosted, s stolen, m migrated otherwise, p preempted, + more than one of these");
        return ExitCode.Fine;
    }

    private (Instant From, Duration Column, int Columns) Axis(ParseResult line, Scenario scenario, int room)
    {
        room = Math.Max(room, LeastColumns);
        var from = ScenarioOptions.Time(line, _from) ?? scenario.Warmup;
        var to = ScenarioOptions.Time(line, _to);
        if (to != null && to.Value <= from)
            throw Failure.Usage($"--to {to} is not after {from}, where the chart begins");
        var column = ScenarioOptions.Time(line, _column) ?? (to == null ? 5.Ms : Fitting(to.Value - from, room));
        if (column <= Duration.Zero) throw Failure.Usage("--column 0: a column lasts some time, as in 1ms");
        var columns = to == null ? room : (to.Value - from + column - new Duration(1)).Ns / column.Ns;
        if (columns > MostColumns)
            throw Failure.Usage($"the chart would have {columns} columns; {MostColumns} is the most: choose a longer "
                + "--column or an earlier --to");
        var at = Instant.Zero + from;
        if (at + column * columns > Sim.EventQueue.Horizon)
            throw Failure.Usage($"the chart would end later than {ScenarioKeys.LongestRun}; begin it earlier");
        return (at, column, (int)columns);
    }

    // The ruler's last time may begin within the width and end outside of it.
    private static string WithinWidth(string chart, int width)
    {
        var ruler = chart[..chart.IndexOf('\n', StringComparison.Ordinal)];
        return ruler.Length <= width ? chart : ruler[..ruler.LastIndexOf(' ')].TrimEnd() + chart[ruler.Length..];
    }

    // 1, 2 or 5 of a power of ten, so that the ruler is easy to read.
    private static Duration Fitting(Duration span, int room)
    {
        for (var decade = 1L; ; decade *= 10)
            foreach (var step in (long[])[1, 2, 5])
                if (decade * step * room >= span.Ns) return new(decade * step);
    }

    private static Chart[] Draw(
        Terminal terminal, Scenario scenario, int vcpus, Instant from, Duration column, int columns)
    {
        var charts = new Chart[scenario.Schedulers.Count];
        for (var s = 0; s < charts.Length; s++) charts[s] = new(vcpus, new(from, column, columns));
        var end = from + column * columns;
        using var progress = new ProgressLine(terminal, "running");
        var experiment = Experiment.Of(scenario) with
        {
            Warmup = Duration.Zero,
            Duration = end - Instant.Zero,
            Replications = 1,
            Watchers = run => [charts[run.SchedulerIndex]],
            Progress = p => progress.Report(p.Fraction),
        };
        experiment.Run(terminal.Stop);
        foreach (var chart in charts) chart.End(end);
        return charts;
    }

    private static void Write(Utf8JsonWriter json, Scenario scenario, IReadOnlyList<string> names, Chart[] charts,
        Instant from, Duration column)
    {
        json.WriteStartObject();
        json.WriteString("scenario", scenario.Name);
        json.WriteNumber("from_ns", from.Ns);
        json.WriteNumber("column_ns", column.Ns);
        json.WriteStartArray("results");
        for (var s = 0; s < charts.Length; s++)
        {
            json.WriteStartObject();
            json.WriteString("scheduler", scenario.Schedulers[s].Label);
            json.WriteStartArray("vcpus");
            for (var v = 0; v < names.Count; v++)
            {
                json.WriteStartObject();
                json.WriteString("vcpu", names[v]);
                json.WriteString("gets", charts[s].Gets(new(v)));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
