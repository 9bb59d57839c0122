namespace Flms.Report;

/// <summary>Whose latency a report is about, and which one: the VMs that are pinged, else those marked as
/// latency-sensitive, else all whose waiting was measured.</summary>
internal sealed record LatencyScope(IReadOnlyList<ReportVm> Vms, string Suffix)
{
    public string Noun => Suffix == MeasureNames.RoundTripSuffix ? "round trip" : "wait";

    public static LatencyScope Of(ReportData data)
    {
        var pinged = Measured(data, MeasureNames.RoundTripSuffix);
        if (pinged.Count > 0) return new(pinged, MeasureNames.RoundTripSuffix);
        var waiting = Measured(data, MeasureNames.WaitSuffix);
        var sensitive = waiting.FindAll(vm => vm.Kind is "latency" or "mixed");
        return new(sensitive.Count > 0 ? sensitive : waiting, MeasureNames.WaitSuffix);
    }

    public bool Has(string vm)
    {
        foreach (var v in Vms)
            if (v.Name == vm)
                return true;
        return false;
    }

    private static List<ReportVm> Measured(ReportData data, string suffix)
    {
        var found = new List<ReportVm>();
        foreach (var vm in data.Vms)
            foreach (var scheduler in data.Schedulers)
                if (scheduler.Measures.ContainsKey(vm.Name + suffix))
                {
                    found.Add(vm);
                    break;
                }
        return found;
    }
}
