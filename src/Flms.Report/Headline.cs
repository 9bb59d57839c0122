namespace Flms.Report;

/// <summary>Says the result in one sentence, made from the figures: who serves the latency VMs best, by how much, and
/// what the neighbours pay.</summary>
public static class Headline
{
    /// <summary>The sentence. It claims no difference that is within the uncertainty.</summary>
    public static string Of(ReportData data)
    {
        var columns = data.Columns.Count > 0 ? data.Columns : SummaryColumns.Of(data);
        var scope = LatencyScope.Of(data);
        if (columns.Count == 0 || scope.Vms.Count == 0) return "No latency was measured.";
        var latency = columns[0];
        var subject = scope.Vms.Count == 1
            ? $"{scope.Vms[0].Name}'s mean {scope.Noun}"
            : columns[0].Group == $"{scope.Vms[0].Name} {scope.Noun}"
                ? $"{scope.Vms[0].Name}'s mean {scope.Noun}"
                : $"the mean {scope.Noun} of {scope.Vms.Count} VMs";
        var best = Best(latency);
        if (best < 0) return Alike(data, latency, subject);
        return Versus(data, latency, subject, best) + Price(data, columns, best) + ".";
    }

    private static int Best(SummaryColumn column)
    {
        for (var i = 0; i < column.Cells.Count; i++)
            if (column.Cells[i].Best)
                return i;
        return -1;
    }

    private static string Alike(ReportData data, SummaryColumn latency, string subject)
    {
        for (var i = 0; i < latency.Cells.Count; i++)
        {
            var cell = latency.Cells[i];
            if (!double.IsFinite(cell.Value)) continue;
            var figure = Figures.Show(cell.Value, latency.Unit);
            return data.Schedulers.Count == 1
                ? $"Under {data.Schedulers[i].Shown}, {subject} is {figure}."
                : $"All schedulers give the same: {subject} is {figure}.";
        }
        return "No latency was measured.";
    }

    /// <summary>The best against the first scheduler listed; when that is the best, against the next best.</summary>
    private static string Versus(ReportData data, SummaryColumn latency, string subject, int best)
    {
        var other = best == 0 || !double.IsFinite(latency.Cells[0].Value) ? NextBest(latency, best) : 0;
        var (winner, loser) = (latency.Cells[best], latency.Cells[other]);
        var (name, otherName) = (data.Schedulers[best].Shown, data.Schedulers[other].Shown);
        var (figure, otherFigure) =
            (Figures.Show(winner.Value, latency.Unit), Figures.Show(loser.Value, latency.Unit));
        if (loser.Tied)
            return $"No clear difference: {subject} is {figure} under {name} and {otherFigure} under {otherName}, "
                + "which is within the uncertainty";
        var ratio = loser.Value / winner.Value;
        var shorter = winner.Value <= 0 || !double.IsFinite(ratio) ? "shorter than"
            : ratio >= 1.5 ? $"{Figures.Show(ratio)} times shorter than"
            : $"{Figures.Show((1 - (1 / ratio)) * 100)} % shorter than";
        return $"Under {name}, {subject} is {figure}: {shorter} under {otherName} ({otherFigure})";
    }

    private static int NextBest(SummaryColumn column, int best)
    {
        var next = best;
        for (var i = 0; i < column.Cells.Count; i++)
            if (double.IsFinite(column.Cells[i].Value) && !column.Cells[i].Best
                && (next == best || column.Cells[i].Value < column.Cells[next].Value))
                next = i;
        return next;
    }

    private static string Price(ReportData data, IReadOnlyList<SummaryColumn> columns, int best)
    {
        foreach (var column in columns)
        {
            if (column.Group != "neighbours" || column.Label != "CPU share" || best == 0) continue;
            var (here, there) = (column.Cells[best].Value, column.Cells[0].Value);
            if (!double.IsFinite(here) || !double.IsFinite(there)) return "";
            return $"; the neighbours get {Figures.Show(here)} % of the machine, "
                + $"{Figures.Show(there)} % under {data.Schedulers[0].Shown}";
        }
        return "";
    }
}
