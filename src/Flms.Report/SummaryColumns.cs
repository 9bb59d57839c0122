namespace Flms.Report;

/// <summary>Chooses the figures that decide between schedulers: latency, the neighbours' share, fairness, and what the
/// scheduling costs.</summary>
public static class SummaryColumns
{
    private const int ShownOneByOne = 2;

    /// <summary>The columns of a report's summary, with the best of each marked.</summary>
    /// <remarks>
    /// Up to two latency VMs have columns of their own. With more, a column holds the mean over the VMs, and the worst
    /// of them; these have no interval, for it does not follow from the VMs' own. Quantiles are never averaged.
    /// </remarks>
    public static IReadOnlyList<SummaryColumn> Of(ReportData data)
    {
        var scope = LatencyScope.Of(data);
        var columns = new List<SummaryColumn>();
        if (scope.Vms.Count <= ShownOneByOne)
            foreach (var vm in scope.Vms)
                AddVm(columns, data, vm, scope);
        else AddVms(columns, data, scope);
        AddNeighbours(columns, data, scope);
        AddHost(columns, data);
        columns.RemoveAll(column => !HasFigures(column));
        return columns;
    }

    private static void AddVm(List<SummaryColumn> columns, ReportData data, ReportVm vm, LatencyScope scope)
    {
        var name = vm.Name + scope.Suffix;
        var group = $"{vm.Name} {scope.Noun}";
        columns.Add(Column(data, new()
        {
            Group = group, Label = "mean", Unit = "ms", Better = "lower",
            Note = $"Mean {scope.Noun} of {vm.Name}, with its 95 % interval over the replications.",
        }, s => s.Measures.TryGetValue(name, out var m) ? (m.Mean, m.Ci95) : Nothing));
        columns.Add(Column(data, new()
        {
            Group = group, Label = "p50", Unit = "ms", Better = "lower",
            Note = $"Half of {vm.Name}'s are at most this.",
        }, s => s.Measures.TryGetValue(name, out var m) ? (m.P50, []) : Nothing));
        columns.Add(Column(data, new()
        {
            Group = group, Label = "p99", Unit = "ms", Better = "lower",
            Note = $"99 of 100 of {vm.Name}'s are at most this.",
        }, s => s.Measures.TryGetValue(name, out var m) ? (m.P99, []) : Nothing));
    }

    private static void AddVms(List<SummaryColumn> columns, ReportData data, LatencyScope scope)
    {
        var group = $"{scope.Noun} of {scope.Vms.Count} VMs";
        columns.Add(Column(data, new()
        {
            Group = group, Label = "mean", Unit = "ms", Better = "lower",
            Note = $"Mean over the VMs of each VM's mean {scope.Noun}.",
        }, s => (MeanOfMeans(s, scope), [])));
        columns.Add(Column(data, new()
        {
            Group = group, Label = "worst mean", Unit = "ms", Better = "lower",
            Note = "The mean of the VM that fares worst.",
        }, s => (Worst(s, scope, m => m.Mean), [])));
        columns.Add(Column(data, new()
        {
            Group = group, Label = "worst p99", Unit = "ms", Better = "lower",
            Note = "The 99th percentile of the VM that fares worst.",
        }, s => (Worst(s, scope, m => m.P99), [])));
    }

    private static void AddNeighbours(List<SummaryColumn> columns, ReportData data, LatencyScope scope)
    {
        var neighbours = Shared.Neighbours(data, scope);
        if (neighbours.Count > 0)
            columns.Add(Column(data, new()
            {
                Group = "neighbours", Label = "CPU share", Unit = "%", Better = "higher",
                Note = "What all VMs but the latency VMs get together, in percent of all pCPU time.",
            }, s => Shared.Total(data, s, neighbours)));
        columns.Add(Column(data, new()
        {
            Group = "neighbours", Label = "Jain", Better = "higher",
            Note = "Jain's fairness index of what the neighbours get per weight: 1 when all are served alike.",
        }, s => s.Measures.TryGetValue(MeasureNames.Fairness, out var m)
            ? (m.Mean, m.Ci95)
            : (Shared.Jain(data, s, neighbours), [])));
    }

    private static void AddHost(List<SummaryColumn> columns, ReportData data)
    {
        columns.Add(Column(data, new()
        {
            Group = "host", Label = "switches", Unit = "/s", Better = "lower",
            Note = "How often a pCPU changes from one vCPU to another, on the whole host.",
        }, s => s.Measures.TryGetValue(MeasureNames.Switches, out var m) ? (m.Mean, m.Ci95) : Nothing));
        columns.Add(Column(data, new()
        {
            Group = "host", Label = "migrations", Unit = "/s", Better = "lower",
            Note = "How often a vCPU runs on another pCPU than its last, on the whole host.",
        }, Migrations));
    }

    private static (double, IReadOnlyList<double>) Migrations(ReportScheduler scheduler)
    {
        if (scheduler.Measures.TryGetValue(MeasureNames.Migrations, out var all)) return (all.Mean, all.Ci95);
        var sum = double.NaN;
        foreach (var (name, measure) in scheduler.Measures)
            if (name.StartsWith(MeasureNames.Migrations + ".", StringComparison.Ordinal))
                sum = double.IsNaN(sum) ? measure.Mean : sum + measure.Mean;
        return (sum, []);
    }

    private static double MeanOfMeans(ReportScheduler scheduler, LatencyScope scope)
    {
        double sum = 0;
        var count = 0;
        foreach (var vm in scope.Vms)
            if (scheduler.Measures.TryGetValue(vm.Name + scope.Suffix, out var m) && double.IsFinite(m.Mean))
            {
                sum += m.Mean;
                count++;
            }
        return count == 0 ? double.NaN : sum / count;
    }

    private static double Worst(ReportScheduler scheduler, LatencyScope scope, Func<ReportMeasure, double> figure)
    {
        var worst = double.NaN;
        foreach (var vm in scope.Vms)
            if (scheduler.Measures.TryGetValue(vm.Name + scope.Suffix, out var m)
                && double.IsFinite(figure(m)) && !(figure(m) <= worst))
                worst = figure(m);
        return worst;
    }

    private static (double, IReadOnlyList<double>) Nothing => (double.NaN, []);

    private static SummaryColumn Column(
        ReportData data, SummaryColumn column, Func<ReportScheduler, (double Value, IReadOnlyList<double> Ci95)> figure)
    {
        var cells = new List<SummaryCell>();
        foreach (var scheduler in data.Schedulers)
        {
            var (value, interval) = figure(scheduler);
            cells.Add(new() { Scheduler = scheduler.Name, Value = value, Ci95 = interval });
        }
        return column with { Cells = Marked(cells, column.Better) };
    }

    /// <summary>The cells with the best marked, and those that cannot be told from it. None is marked when all are
    /// alike.</summary>
    private static List<SummaryCell> Marked(List<SummaryCell> cells, string better)
    {
        SummaryCell? best = null;
        var alike = true;
        foreach (var cell in cells)
        {
            if (!double.IsFinite(cell.Value)) continue;
            if (best is not null && cell.Value != best.Value) alike = false;
            if (best is null || (better == "lower" ? cell.Value < best.Value : cell.Value > best.Value)) best = cell;
        }
        if (best is null || alike || better.Length == 0) return cells;
        return cells.ConvertAll(cell => cell with
        {
            Best = cell.Value == best.Value,
            Tied = cell.Value != best.Value && Overlap(cell.Ci95, best.Ci95),
        });
    }

    private static bool Overlap(IReadOnlyList<double> a, IReadOnlyList<double> b) =>
        a.Count == 2 && b.Count == 2 && a[0] <= b[1] && b[0] <= a[1];

    private static bool HasFigures(SummaryColumn column)
    {
        foreach (var cell in column.Cells)
            if (double.IsFinite(cell.Value))
                return true;
        return false;
    }
}
