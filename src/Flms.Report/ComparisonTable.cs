using Spectre.Console;

namespace Flms.Report;

/// <summary>Shows a comparison on a terminal: schedulers as rows, the figures that decide as columns, the best of each
/// column marked by <c>*</c> and by colour.</summary>
/// <remarks>
/// Without a terminal (a file, a pipe) it is plain ASCII, at most 100 columns wide. When all columns do not fit, groups
/// of columns become tables of their own, one below another. Colour never carries anything that the text does not. Many
/// schedulers make one table to rank them by: the lowest latency first, without medians, the worst VM's mean, shares of
/// single VMs, and intervals other than the latency's.
/// </remarks>
public static class ComparisonTable
{
    /// <summary>The width that is used where there is no terminal to ask, in characters.</summary>
    public const int PlainWidth = 100;

    private const int MostVmsShown = 8;
    private const int MostWithDetails = 8;

    /// <summary>Write the table.</summary>
    /// <param name="console">Where to. Colour is used on a terminal that has it, unless the environment variable
    /// NO_COLOR is set (no-color.org).</param>
    /// <param name="data">What to show. A missing finding and missing columns are made from the measures.</param>
    public static void Write(IAnsiConsole console, ReportData data) =>
        Write(console, data, Environment.GetEnvironmentVariable("NO_COLOR"));

    internal static void Write(IAnsiConsole console, ReportData data, string? noColor)
    {
        data = ReportPage.Complete(data);
        var profile = console.Profile;
        var width = profile.Width;
        var terminal = profile.Out.IsTerminal && profile.Capabilities.Unicode;
        // Spectre takes a TERM that knows colour as leave to write colour into a file; this does not.
        var colour = profile.Out.IsTerminal && profile.Capabilities.ColorSystem != ColorSystem.NoColors
            && string.IsNullOrEmpty(noColor);
        if (!profile.Out.IsTerminal) profile.Width = PlainWidth;
        try
        {
            console.WriteLine(data.Finding);
            var ranked = data.Schedulers.Count > MostWithDetails;
            var columns = ranked ? RankingColumns(data) : [.. data.Columns, .. ShareColumns(data)];
            var rows = Enumerable.Range(0, data.Schedulers.Count);
            if (ranked && columns.Count > 0) rows = rows.OrderBy(row => Rank(columns[0].Cells[row].Value));
            foreach (var part in Split(data, columns, profile.Width))
            {
                console.WriteLine();
                console.Write(Table(data, part, [.. rows], terminal, colour));
            }
            console.WriteLine();
            Legend(console, data, terminal, colour);
            if (ranked)
                console.WriteLine("medians, all intervals and the VMs' CPU shares are in the report and in JSON");
        }
        finally
        {
            profile.Width = width;
        }
    }

    private static List<SummaryColumn> RankingColumns(ReportData data)
    {
        var columns = new List<SummaryColumn>();
        foreach (var column in data.Columns)
            if (column.Label is not ("p50" or "worst mean"))
                columns.Add(columns.Count == 0 ? column
                    : column with { Cells = [.. column.Cells.Select(cell => cell with { Ci95 = [] })] });
        return columns;
    }

    // What measured nothing comes last.
    private static double Rank(double latency) => double.IsFinite(latency) ? latency : double.MaxValue;

    private static void Legend(IAnsiConsole console, ReportData data, bool terminal, bool colour)
    {
        var intervals = HasIntervals(data);
        console.WriteLine("* best of its column" + (intervals
            ? $"; ~ not told apart from the best; {(terminal ? "±" : "+-")} half of its 95 % interval"
            : "; no intervals: they need 2 replications or more"));
        if (data.Vms.Count > MostVmsShown && data.Schedulers.Count <= MostWithDetails)
            console.WriteLine($"the CPU shares of {data.Vms.Count} VMs are in the report and in the JSON output");
        foreach (var warning in data.Warnings)
            console.Write(new Text($"warning: {warning}\n", colour ? new Style(Color.Yellow) : null));
    }

    private static bool HasIntervals(ReportData data)
    {
        foreach (var column in data.Columns)
            foreach (var cell in column.Cells)
                if (cell.Ci95.Count == 2)
                    return true;
        return false;
    }

    private static List<SummaryColumn> ShareColumns(ReportData data)
    {
        var columns = new List<SummaryColumn>();
        if (data.Vms.Count > MostVmsShown || data.CpuShares.Count == 0) return columns;
        foreach (var vm in data.Vms)
        {
            var cells = new List<SummaryCell>();
            foreach (var scheduler in data.Schedulers)
            {
                var share = Shared.Find(data, scheduler, vm.Name);
                cells.Add(new()
                {
                    Scheduler = scheduler.Name, Value = share?.Mean ?? double.NaN, Ci95 = share?.Ci95 ?? [],
                });
            }
            columns.Add(new() { Group = "CPU shares", Label = vm.Name, Unit = "%", Cells = cells });
        }
        return columns;
    }

    /// <summary>Whole groups are put beside one another as long as they fit; a group that is too wide by itself is
    /// cut.</summary>
    private static List<List<SummaryColumn>> Split(ReportData data, List<SummaryColumn> columns, int width)
    {
        var names = 0;
        foreach (var scheduler in data.Schedulers) names = Math.Max(names, scheduler.Shown.Length);
        names = Math.Min(Math.Max(names, "scheduler".Length), width / 3);
        var parts = new List<List<SummaryColumn>>();
        var room = 0;
        for (var i = 0; i < columns.Count;)
        {
            var end = i;
            var needed = 0;
            for (; end < columns.Count && columns[end].Group == columns[i].Group; end++)
            {
                var more = Width(columns[end], end == i) + 2;
                if (end > i && needed + more > width - names - 4) break;
                needed += more;
            }
            if (parts.Count == 0 || needed > room || columns[i].Group == "CPU shares")
            {
                parts.Add([]);
                room = width - names - 4;
            }
            parts[^1].AddRange(columns.GetRange(i, end - i));
            room -= needed;
            i = end;
        }
        return parts;
    }

    private static int Width(SummaryColumn column, bool firstOfGroup)
    {
        var width = Math.Max(firstOfGroup ? column.Group.Length : 0, Heading(column).Length);
        foreach (var cell in column.Cells) width = Math.Max(width, Shown(cell).Length);
        return width;
    }

    private static string Heading(SummaryColumn column) =>
        column.Unit.Length == 0 ? column.Label : $"{column.Label} {column.Unit}";

    private static string Shown(SummaryCell cell)
    {
        var half = Figures.HalfWidth(cell.Value, cell.Ci95);
        var mark = cell.Best ? "*" : cell.Tied ? "~" : " ";
        return Figures.Show(cell.Value) + (half.Length > 0 ? " +-" + half : "") + mark;
    }

    private static Table Table(
        ReportData data, List<SummaryColumn> columns, IReadOnlyList<int> rows, bool terminal, bool colour)
    {
        var table = new Table { Border = terminal ? TableBorder.Rounded : TableBorder.Ascii };
        table.AddColumn(new TableColumn("\nscheduler"));
        var group = "";
        foreach (var column in columns)
        {
            // A group's name stands once, above its first column.
            var above = column.Group == group ? "" : column.Group;
            group = column.Group;
            table.AddColumn(new TableColumn($"{above}\n{Heading(column)} ".EscapeMarkup())
                .RightAligned().NoWrap().PadRight(0)); // each cell ends with its mark or a space
        }
        foreach (var row in rows)
        {
            var cells = new List<string> { data.Schedulers[row].Shown.EscapeMarkup() };
            foreach (var column in columns)
            {
                var cell = column.Cells[row];
                var text = Shown(cell).EscapeMarkup();
                if (terminal) text = text.Replace("+-", "±", StringComparison.Ordinal);
                cells.Add(cell.Best && colour ? $"[bold green]{text}[/]" : text);
            }
            table.AddRow([.. cells]);
        }
        return table;
    }
}
