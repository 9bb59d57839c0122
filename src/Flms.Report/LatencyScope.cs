namespace Flms.Report;

/// <summary>Whose latency a report is about, and which one: the VMs whose clients measured round trips, else those
/// marked as latency-sensitive, else all whose waiting was measured.</summary>
/// <param name="Vms">The VMs.</param>
/// <param name="Measures">For each of them the name of its measure.</param>
/// <param name="Noun">What is measured.</param>
internal sealed record LatencyScope(IReadOnlyList<ReportVm> Vms, IReadOnlyList<string> Measures, string Noun)
{
    public static LatencyScope Of(ReportData data)
    {
        var pinged = Scope(data, "round trip", (s, vm) => MeasureNames.RoundTripOf(s.Measures.Keys, vm));
        if (pinged.Vms.Count > 0) return pinged;
        return Scope(data, "wait", Wait, vm => vm.Kind is "latency" or "mixed") is { Vms.Count: > 0 } sensitive
            ? sensitive : Scope(data, "wait", Wait);
    }

    public bool Has(string vm)
    {
        foreach (var v in Vms)
            if (v.Name == vm)
                return true;
        return false;
    }

    private static string? Wait(ReportScheduler scheduler, string vm) =>
        scheduler.Measures.ContainsKey(vm + MeasureNames.WaitSuffix) ? vm + MeasureNames.WaitSuffix : null;

    private static LatencyScope Scope(ReportData data, string noun, Func<ReportScheduler, string, string?> measure,
        Predicate<ReportVm>? only = null)
    {
        var (vms, measures) = (new List<ReportVm>(), new List<string>());
        foreach (var vm in data.Vms)
        {
            if (only != null && !only(vm)) continue;
            foreach (var scheduler in data.Schedulers)
                if (measure(scheduler, vm.Name) is { } name)
                {
                    vms.Add(vm);
                    measures.Add(name);
                    break;
                }
        }
        return new(vms, measures, noun);
    }
}
