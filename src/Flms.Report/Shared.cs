namespace Flms.Report;

/// <summary>How the machine was shared out: figures drawn from the CPU shares.</summary>
internal static class Shared
{
    /// <summary>The VMs beside those whose latency counts. Service domains are nobody's neighbours.</summary>
    public static IReadOnlyList<ReportVm> Neighbours(ReportData data, LatencyScope scope)
    {
        var found = new List<ReportVm>();
        foreach (var vm in data.Vms)
            if (!scope.Has(vm.Name) && vm.Kind != "service")
                found.Add(vm);
        return found;
    }

    public static CpuShare? Find(ReportData data, ReportScheduler scheduler, string vm)
    {
        foreach (var share in data.CpuShares)
            if (share.Scheduler == scheduler.Name && share.Vm == vm)
                return share;
        return null;
    }

    /// <summary>What the VMs get together. Only a single VM's interval is known.</summary>
    public static SummaryCell Total(
        ReportData data, ReportScheduler scheduler, IReadOnlyList<ReportVm> vms)
    {
        var sum = double.NaN;
        IReadOnlyList<double> interval = [];
        foreach (var vm in vms)
        {
            if (Find(data, scheduler, vm.Name) is not { } share) continue;
            sum = double.IsNaN(sum) ? share.Mean : sum + share.Mean;
            interval = vms.Count == 1 ? share.Ci95 : [];
        }
        return new() { Scheduler = scheduler.Name, Value = sum, Ci95 = interval };
    }

    /// <summary>Jain's index of the shares per weight: (sum x)² / (n · sum x²); NaN for fewer than two VMs.</summary>
    public static double Jain(ReportData data, ReportScheduler scheduler, IReadOnlyList<ReportVm> vms)
    {
        double sum = 0, squares = 0;
        var count = 0;
        foreach (var vm in vms)
        {
            if (Find(data, scheduler, vm.Name) is not { } share || vm.Weight <= 0) continue;
            var x = share.Mean / vm.Weight;
            sum += x;
            squares += x * x;
            count++;
        }
        return count < 2 || squares == 0 ? double.NaN : sum * sum / (count * squares);
    }
}
