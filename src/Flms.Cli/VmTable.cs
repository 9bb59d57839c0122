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
        // Round trips stand in columns of their own where there are any; other workloads' measures are in the JSON.
        var pinged = data.Vms.Any(vm => one[vm.Name + MeasureNames.RoundTripSuffix]?.N > 0);
        var canvas = terminal.Canvas();
        var table = new Table
        {
            Border = canvas.Profile.Capabilities.Unicode ? TableBorder.Rounded : TableBorder.Ascii,
        };
        table.AddColumn(new TableColumn("\nVM"));
        Heading(table, "machine", "%");
        Heading(table, "wait ms", "mean");
        Heading(table, "", "p99");
        Heading(table, "", "max");
        if (pinged)
        {
            Heading(table, "round trip ms", "mean");
            Heading(table, "", "p50");
            Heading(table, "", "p99");
        }
        foreach (var vm in data.Vms)
        {
            var wait = one[vm.Name + MeasureNames.WaitSuffix];
            var cells = new List<string>
            {
                vm.Name, Mean(one[$"{vm.Name}.cpu_share"], 100), Mean(wait, 1), Show(wait?.P99), Show(wait?.Max),
            };
            var trip = one[vm.Name + MeasureNames.RoundTripSuffix];
            if (pinged) cells.AddRange([Mean(trip, 1), Show(trip?.P50), Show(trip?.P99)]);
            table.AddRow([.. cells.Select(c => c.EscapeMarkup())]);
        }
        canvas.Write(table);
    }

    private static void Heading(Table table, string above, string text) =>
        table.AddColumn(new TableColumn($"{above}\n{text}").RightAligned().NoWrap());

    private static void Host(Terminal terminal, SchedulerResult one, int replications)
    {
        var migrations = MeasureNames.Distances
            .Sum(d => one[$"{MeasureNames.Migrations}.{d}"]?.Mean ?? 0);
        terminal.Paragraph($"host: {Figures.Show(100 * (one["host.utilisation"]?.Mean ?? double.NaN), "%")} busy, "
            + $"{Figures.Show(one[MeasureNames.Switches]?.Mean ?? double.NaN, "/s")} switches, "
            + $"{Figures.Show(migrations, "/s")} migrations"
            + (replications > 1 ? "; +- half of the 95 % interval over the replications" : ""));
    }

    private static string Mean(Measure? measure, double scale)
    {
        if (measure?.Mean is not { } mean) return Figures.None;
        var half = measure.Ci95 is { } ci ? Figures.HalfWidth(scale * mean, [scale * ci.Low, scale * ci.High]) : "";
        return Figures.Show(scale * mean) + (half == "" ? "" : $" +-{half}");
    }

    private static string Show(double? value) => Figures.Show(value ?? double.NaN);
}
