namespace Flms.Report;

/// <summary>Chooses the figures that decide between schedulers: latency, what the workloads get done, the neighbours'
/// share, fairness, and what the scheduling costs.</summary>
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
            for (var v = 0; v < scope.Vms.Count; v++)
                AddVm(columns, data, scope, v);
        else AddVms(columns, data, scope);
        AddRates(columns, data);
        AddNeighbours(columns, data, scope);
        AddHost(columns, data);
        columns.RemoveAll(column => !HasFigures(column));
        return columns;
    }

    private static void AddVm(List<SummaryColumn> columns, ReportData data, LatencyScope scope, int v)
    {
        var (vm, name) = (scope.Vms[v], scope.Measures[v]);
        var group = $"{vm.Name} {scope.Noun}";
        columns.Add(Column(data, new()
        {
            Group = group, Label = "mean", Unit = "ms", Better = "lower",
            Note = $"Mean {scope.Noun} of {vm.Name}, with its 95 % interval over the replications.",
        }, s => MeanOf(s, name)));
        columns.Add(Column(data, new()
        {
            Group = group, Label = "p50", Unit = "ms", Better = "lower",
            Note = $"Half of {vm.Name}'s are at most this.",
        }, s => Just(s.Measures.TryGetValue(name, out var m) ? m.P50 : double.NaN)));
        columns.Add(Column(data, new()
        {
            Group = group, Label = "p99", Unit = "ms", Better = "lower",
            Note = $"99 of 100 of {vm.Name}'s are at most this.",
        }, s => Just(s.Measures.TryGetValue(name, out var m) ? m.P99 : double.NaN)));
    }

    private static void AddVms(List<SummaryColumn> columns, ReportData data, LatencyScope scope)
    {
        var group = $"{scope.Noun}s";
        columns.Add(Column(data, new()
        {
            Group = group, Label = "mean", Unit = "ms", Better = "lower",
            Note = $"Mean over the VMs of each VM's mean {scope.Noun}.",
        }, s => Just(MeanOfMeans(s, scope))));
        columns.Add(Column(data, new()
        {
            Group = group, Label = "worst mean", Unit = "ms", Better = "lower",
            Note = "The mean of the VM that fares worst.",
        }, s => Just(Worst(s, scope, m => m.Mean))));
        columns.Add(Column(data, new()
        {
            Group = group, Label = "worst p99", Unit = "ms", Better = "lower",
            Note = "The 99th percentile of the VM that fares worst.",
        }, s => Just(Worst(s, scope, m => m.P99))));
    }

    // What workloads count: of one VM its own figure, of several that count the same thing their sum.
    private static void AddRates(List<SummaryColumn> columns, ReportData data)
    {
        foreach (var quantity in Rates(data))
        {
            var names = new List<string>();
            foreach (var vm in data.Vms)
                if (data.Schedulers.Any(s => s.Measures.ContainsKey($"{vm.Name}.{quantity}")))
                    names.Add($"{vm.Name}.{quantity}");
            var workload = quantity[..quantity.IndexOf('.', StringComparison.Ordinal)];
            var one = names.Count == 1;
            columns.Add(Column(data, new()
            {
                Group = one ? $"{names[0][..^(quantity.Length + 1)]} {workload}" : $"{names.Count} VMs' {workload}",
                Label = MeasureNames.RatedBy(quantity),
                Unit = MeasureNames.UnitOf(quantity),
                Better = "higher",
                Note = one ? $"The measure {names[0]}." : $"The sum over the VMs of the measure {quantity}.",
            }, s => one ? MeanOf(s, names[0]) : Just(Sum(s, names))));
        }
    }

    // In the order of the VMs that have them, then of their names.
    private static List<string> Rates(ReportData data)
    {
        var found = new List<string>();
        foreach (var vm in data.Vms)
            foreach (var scheduler in data.Schedulers)
                foreach (var name in scheduler.Measures.Keys)
                    if (MeasureNames.IsRate(name, vm.Name) && !found.Contains(name[(vm.Name.Length + 1)..]))
                        found.Add(name[(vm.Name.Length + 1)..]);
        return found;
    }

    private static double Sum(ReportScheduler scheduler, List<string> names)
    {
        var sum = double.NaN;
        foreach (var name in names)
            if (scheduler.Measures.TryGetValue(name, out var m) && double.IsFinite(m.Mean))
                sum = double.IsNaN(sum) ? m.Mean : sum + m.Mean;
        return sum;
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
        var measured = data.Schedulers.Any(s => s.Measures.ContainsKey(MeasureNames.Fairness));
        columns.Add(Column(data, new()
        {
            Group = "neighbours", Label = "Jain", Better = "higher",
            Note = "Jain's fairness index of what "
                + (measured ? "the VMs that always want to run" : "the neighbours")
                + " get per weight: 1 when served alike.",
        }, s => measured ? MeanOf(s, MeasureNames.Fairness) : Just(Shared.Jain(data, s, neighbours))));
    }

    private static void AddHost(List<SummaryColumn> columns, ReportData data)
    {
        columns.Add(Column(data, new()
        {
            Group = "host", Label = "switches", Unit = "/s", Better = "lower",
            Note = "How often a pCPU changes from one vCPU to another, on the whole host.",
        }, s => MeanOf(s, MeasureNames.Switches)));
        columns.Add(Column(data, new()
        {
            Group = "host", Label = "migrations", Unit = "/s", Better = "lower",
            Note = "How often a vCPU runs on another pCPU than its last, on the whole host.",
        }, Migrations));
    }

    private static SummaryCell Migrations(ReportScheduler scheduler)
    {
        if (scheduler.Measures.ContainsKey(MeasureNames.Migrations)) return MeanOf(scheduler, MeasureNames.Migrations);
        return Just(Sum(scheduler, [.. MeasureNames.Distances.Select(d => $"{MeasureNames.Migrations}.{d}")]));
    }

    private static double MeanOfMeans(ReportScheduler scheduler, LatencyScope scope)
    {
        double sum = 0;
        var count = 0;
        foreach (var name in scope.Measures)
            if (scheduler.Measures.TryGetValue(name, out var m) && double.IsFinite(m.Mean))
            {
                sum += m.Mean;
                count++;
            }
        return count == 0 ? double.NaN : sum / count;
    }

    private static double Worst(ReportScheduler scheduler, LatencyScope scope, Func<ReportMeasure, double> figure)
    {
        var worst = double.NaN;
        foreach (var name in scope.Measures)
            if (scheduler.Measures.TryGetValue(name, out var m)
                && double.IsFinite(figure(m)) && !(figure(m) <= worst))
                worst = figure(m);
        return worst;
    }

    private static SummaryCell MeanOf(ReportScheduler scheduler, string measure) =>
        scheduler.Measures.TryGetValue(measure, out var m)
            ? new() { Scheduler = scheduler.Name, Value = m.Mean, Ci95 = m.Ci95, VsFirst = m.VsFirst }
            : Just(double.NaN);

    private static SummaryCell Just(double value) => new() { Scheduler = "", Value = value };

    private static SummaryColumn Column(
        ReportData data, SummaryColumn column, Func<ReportScheduler, SummaryCell> figure)
    {
        var cells = new List<SummaryCell>();
        foreach (var scheduler in data.Schedulers) cells.Add(figure(scheduler) with { Scheduler = scheduler.Name });
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
            Tied = cell.Value != best.Value && Alike(cell, best, cells[0]),
        });
    }

    private static bool Alike(SummaryCell cell, SummaryCell best, SummaryCell first)
    {
        var ratio = ReferenceEquals(cell, first) ? best.VsFirst : ReferenceEquals(best, first) ? cell.VsFirst : null;
        if (ratio is { Ci95.Count: 2 }) return ratio.Ci95[0] <= 1 && 1 <= ratio.Ci95[1];
        return cell.Ci95.Count == 2 && best.Ci95.Count == 2
            && cell.Ci95[0] <= best.Ci95[1] && best.Ci95[0] <= cell.Ci95[1];
    }

    private static bool HasFigures(SummaryColumn column)
    {
        foreach (var cell in column.Cells)
            if (double.IsFinite(cell.Value))
                return true;
        return false;
    }
}
