using Flms.Lab;
using Flms.Lab.Measures;
using Flms.Report;
using Spectre.Console;

namespace Flms.Cli;

/// <summary>Shows what each VM got under one scheduler: VMs as rows.</summary>
internal static class VmTable
{
    /// <summary>The table, with the host's figures below it.</summary>
    public static void Write(Terminal terminal, ExperimentResult result, ReportData data)
    {
        var one = result.Results[0];
        terminal.Paragraph($"{result.Scenario} under {one.Scheduler.Label}: {data.Machine}; "
            + $"{Words.Count(data.Vms.Count, "VM")}; "
            + Words.Runs(result.Replications, result.Duration, result.Warmup));
        terminal.Out.WriteLine();
        Domains(terminal, one, data);
        terminal.Out.WriteLine();
        Host(terminal, one, result.Replications);
        foreach (var warning in data.Warnings) terminal.Paragraph($"warning: {warning}");
    }

    private static void Domains(Terminal terminal, SchedulerResult one, ReportData data)
    {
        var shares = new List<Column>
        {
            new("machine", "%", vm => Mean(terminal, one[$"{vm}.cpu_share"], 100)),
            new("wait ms", "mean", vm => Mean(terminal, one[vm + MeasureNames.WaitSuffix], 1)),
            new("", "p99", vm => Show(one[vm + MeasureNames.WaitSuffix]?.P99)),
            new("", "max", vm => Show(one[vm + MeasureNames.WaitSuffix]?.Max)),
        };
        // Round trips and rates stand in columns of their own where there are any; all other measures are in the JSON.
        var vms = data.Vms.Select(vm => vm.Name).ToList();
        var names = one.Measures.Select(m => m.Name).ToList();
        Measure? RoundTrip(string vm) => MeasureNames.RoundTripOf(names, vm) is { } name ? one[name] : null;
        var trips = new List<Column>
        {
            new("round trip ms", "mean", vm => Mean(terminal, RoundTrip(vm), 1)),
            new("", "p50", vm => Show(RoundTrip(vm)?.P50)),
            new("", "p99", vm => Show(RoundTrip(vm)?.P99)),
        };
        var pinged = vms.Where(vm => RoundTrip(vm)?.N > 0).ToList();
        List<Column> more = [.. pinged.Count > 0 ? trips : [], .. Rates(terminal, one, vms, names)];
        List<Column> all = [.. shares, .. more];
        if (Width(vms, all) <= terminal.Width)
        {
            Write(terminal, vms, all);
            return;
        }
        Write(terminal, vms, shares);
        terminal.Out.WriteLine();
        Write(terminal, vms.FindAll(vm => pinged.Contains(vm) || names.Exists(n => MeasureNames.IsRate(n, vm))), more);
    }

    // A column for each kind of rate, whatever VMs have it.
    private static IEnumerable<Column> Rates(Terminal terminal, SchedulerResult one, List<string> vms,
        List<string> names) =>
        from vm in vms
        from name in names
        where MeasureNames.IsRate(name, vm)
        group name by name[(vm.Length + 1)..] into same
        select new Column(same.Key[..same.Key.IndexOf('.', StringComparison.Ordinal)],
            MeasureNames.HeadingOf(same.Key), vm => Mean(terminal, one[$"{vm}.{same.Key}"], 1));

    private static int Width(List<string> vms, List<Column> columns) => vms.Max(vm => vm.Length) + 4
        + columns.Sum(c => 3 + Math.Max(Math.Max(c.Above.Length, c.Heading.Length), vms.Max(vm => c.Cell(vm).Length)));

    private static void Write(Terminal terminal, List<string> vms, List<Column> columns)
    {
        var table = new Table { Border = terminal.Unicode ? TableBorder.Rounded : TableBorder.Ascii };
        table.AddColumn(new TableColumn("\nVM"));
        foreach (var column in columns)
            table.AddColumn(new TableColumn($"{column.Above}\n{column.Heading}").RightAligned().NoWrap());
        foreach (var vm in vms)
            table.AddRow([vm.EscapeMarkup(), .. columns.Select(c => c.Cell(vm).EscapeMarkup())]);
        terminal.Canvas().Write(table);
    }

    private sealed record Column(string Above, string Heading, Func<string, string> Cell);

    private static void Host(Terminal terminal, SchedulerResult one, int replications)
    {
        var migrations = MeasureNames.Distances
            .Sum(d => one[$"{MeasureNames.Migrations}.{d}"]?.Mean ?? 0);
        terminal.Paragraph($"host: {Figures.Show(100 * (one["host.utilisation"]?.Mean ?? double.NaN), "%")} busy, "
            + $"{Figures.Show(one[MeasureNames.Switches]?.Mean ?? double.NaN, "/s")} switches, "
            + $"{Figures.Show(migrations, "/s")} migrations"
            + (replications > 1 ? $"; {terminal.PlusMinus} half of the 95 % interval over the replications" : ""));
    }

    private static string Mean(Terminal terminal, Measure? measure, double scale)
    {
        if (measure?.Mean is not { } mean) return Figures.None;
        var half = measure.Ci95 is { } ci ? Figures.HalfWidth(scale * mean, [scale * ci.Low, scale * ci.High]) : "";
        return Figures.Show(scale * mean) + (half == "" ? "" : $" {terminal.PlusMinus}{half}");
    }

    private static string Show(double? value) => Figures.Show(value ?? double.NaN);
}
