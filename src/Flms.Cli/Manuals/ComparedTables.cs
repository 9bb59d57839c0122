using System.Text;
using System.Text.RegularExpressions;
using Flms.Lab;
using Flms.Lab.Scenarios;
using Flms.Report;
using Flms.Schedulers;

namespace Flms.Cli.Manuals;

/// <summary>What schedulers do to a scenario, as tables that documents hold between marks.</summary>
/// <remarks>
/// A block begins with <c>&lt;!-- compare SCENARIO: SCHEDULERS --&gt;</c> and ends with <c>&lt;!-- /compare --&gt;</c>.
/// SCENARIO is a file of <c>scenarios/</c> without its ending; SCHEDULERS are names with commas between them, as
/// <c>flms compare --schedulers</c> takes them, or <c>all</c>, the best first. The figures are those of the comparison:
/// a scenario is run once for all pages, under each scheduler that any of them names, and to whom a scheduler is
/// compared does not change what it measures.
/// </remarks>
internal sealed partial class ComparedTables
{
    private const string End = "<!-- /compare -->";

    private readonly Dictionary<string, List<string>> _wanted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReportData> _measured = new(StringComparer.Ordinal);

    [GeneratedRegex("<!-- compare (?<scenario>[^:\n]+): (?<schedulers>[^\n]+?) -->\n")]
    private static partial Regex Begin();

    /// <summary>Looks at a page: what it compares will be measured.</summary>
    /// <param name="page">What messages call it.</param>
    /// <param name="text">The page.</param>
    /// <exception cref="Failure">A block has no end.</exception>
    public void Want(string page, string text)
    {
        foreach (Match begin in Begin().Matches(text))
        {
            var next = Begin().Match(text, begin.Index + begin.Length);
            var end = text.IndexOf(End, begin.Index, StringComparison.Ordinal);
            if (end < 0 || (next.Success && next.Index < end))
                throw Failure.Input($"{page}:{text.AsSpan(0, begin.Index).Count('\n') + 1}:1: this compared block has "
                    + $"no end; write {End} below it");
            if (!_wanted.TryGetValue(begin.Groups["scenario"].Value, out var schedulers))
                _wanted.Add(begin.Groups["scenario"].Value, schedulers = []);
            foreach (var name in Names(begin))
                if (!schedulers.Contains(name)) schedulers.Add(name);
        }
    }

    /// <summary>Measures what all pages want.</summary>
    /// <param name="root">The checkout.</param>
    /// <param name="terminal">Where to tell how far it is.</param>
    /// <exception cref="Failure">A scenario cannot be read, or a scheduler is unknown.</exception>
    public void Measure(string root, Terminal terminal)
    {
        using var progress = new ProgressLine(terminal, "comparing");
        var done = 0;
        foreach (var (name, schedulers) in _wanted)
        {
            var file = Path.Combine(root, "scenarios", $"{name}.yaml");
            var options = new ReadOptions { Schedulers = string.Join(',', schedulers) };
            var scenario = InputProblems.ValueOf(ScenarioReader.ReadFile(file, options), terminal);
            var before = done;
            var result = (Experiment.Of(scenario) with
            {
                Progress = p => progress.Report((before + p.Fraction) / _wanted.Count),
            }).Run(terminal.Stop);
            done++;
            var data = ReportOf.Experiment(result, scenario.Machine(scenario.Seed), [], "");
            _measured.Add(name, data with { Columns = SummaryColumns.Of(data) });
        }
    }

    /// <summary>The text with every block made anew.</summary>
    /// <param name="text">A page that was looked at before measuring.</param>
    public string Rewrite(string text)
    {
        var made = new StringBuilder();
        var done = 0;
        foreach (Match begin in Begin().Matches(text))
        {
            made.Append(text, done, begin.Index + begin.Length - done).Append(Table(begin));
            done = text.IndexOf(End, begin.Index, StringComparison.Ordinal);
        }
        return made.Append(text, done, text.Length - done).ToString();
    }

    private static IEnumerable<string> Names(Match begin) => IsAll(begin)
        ? SchedulerCatalog.All.Select(s => s.Name)
        : begin.Groups["schedulers"].Value.Split(',');

    private static bool IsAll(Match begin) => begin.Groups["schedulers"].Value == "all";

    private string Table(Match begin)
    {
        var data = _measured[begin.Groups["scenario"].Value];
        // What a table for ranking leaves out, a page does too.
        var columns = data.Columns.Where(c => c.Label is not ("p50" or "worst mean")).ToList();
        var rows = Names(begin).Select(name => data.Schedulers.ToList().FindIndex(s => s.Name == name));
        if (IsAll(begin)) rows = rows.OrderBy(row => columns[0].Cells[row].Value);
        var table = new StringBuilder("| scheduler |");
        var group = "";
        foreach (var column in columns)
        {
            table.Append(' ').Append(column.Group == group ? "" : $"{column.Group}: ")
                .Append($"{column.Label} {column.Unit}".TrimEnd()).Append(" |");
            group = column.Group;
        }
        table.Append("\n|").Append(string.Concat(Enumerable.Repeat("---|", columns.Count + 1))).Append('\n');
        foreach (var row in rows)
        {
            table.Append($"| {data.Schedulers[row].Name} |");
            foreach (var column in columns)
            {
                var cell = column.Cells[row];
                // The interval of what decides; the others' are in the report.
                var half = column == columns[0] ? Figures.HalfWidth(cell.Value, cell.Ci95) : "";
                table.Append($" {Figures.Show(cell.Value)}{(half == "" ? "" : " +-" + half)} |");
            }
            table.Append('\n');
        }
        return table.ToString();
    }
}
