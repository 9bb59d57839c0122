using Flms.Core;
using Flms.Sim;
using Flms.Traces;

namespace Flms.Lab.Advice;

/// <summary>What a VM met in one run, or on average over several.</summary>
/// <param name="WaitMeanMs">The mean wait of its threads, from wanting a pCPU until they have one, in ms.</param>
/// <param name="WaitP99Ms">The 99th percentile of these.</param>
/// <param name="ResponseMeanMs">From a recorded wake-up until its work is done: the mean, in ms.</param>
/// <param name="ResponseP99Ms">The 99th percentile of these.</param>
/// <param name="WorkS">How much work was done, in s of one pCPU.</param>
public readonly record struct VmFigures(
    double WaitMeanMs, double WaitP99Ms, double ResponseMeanMs, double ResponseP99Ms, double WorkS)
{
    private const double NsPerMs = 1e6;

    /// <summary>The one that is to be short, in ms.</summary>
    public double Of(AdviceObjective objective) => objective switch
    {
        AdviceObjective.WaitMean => WaitMeanMs,
        AdviceObjective.ResponseP99 => ResponseP99Ms,
        AdviceObjective.ResponseMean => ResponseMeanMs,
        _ => WaitP99Ms,
    };

    /// <summary>The figures of each domain of a machine that has run.</summary>
    internal static VmFigures[] Of(Machine machine)
    {
        var domains = machine.Setup.Domains.Count;
        var responses = new Histogram?[domains];
        var work = new long[domains];
        foreach (var w in machine.Workloads)
        {
            var d = machine[w.Vcpu].Domain.Index;
            work[d] += machine.RanOf(w);
            if (w.Samples != null) (responses[d] ??= new()).Add(w.Samples);
        }
        var figures = new VmFigures[domains];
        for (var d = 0; d < domains; d++) figures[d] = Of(machine.Statistics.Wait[d], responses[d] ?? new(), work[d]);
        return figures;
    }

    /// <summary>What a VM met when it was recorded.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="others">Do its threads count that are no virtual processors?</param>
    internal static VmFigures Of(RecordedVm vm, bool others)
    {
        Histogram wait = new(), response = new();
        wait.Add(vm.Wait);
        response.Add(vm.Response);
        if (others)
        {
            wait.Add(vm.OtherWait);
            response.Add(vm.OtherResponse);
        }
        var run = others ? vm.Run.Ns : vm.Threads.Take(vm.Vcpus).Sum(t => t.Run.Ns);
        return Of(wait, response, run);
    }

    /// <summary>The mean of the same VM's figures over several runs.</summary>
    internal static VmFigures Mean(IReadOnlyList<VmFigures> runs) => new(
        runs.Average(r => r.WaitMeanMs), runs.Average(r => r.WaitP99Ms), runs.Average(r => r.ResponseMeanMs),
        runs.Average(r => r.ResponseP99Ms), runs.Average(r => r.WorkS));

    private static VmFigures Of(Histogram wait, Histogram response, long workNs) => new(
        wait.Mean / NsPerMs, wait.Quantile(0.99) / NsPerMs,
        response.Mean / NsPerMs, response.Quantile(0.99) / NsPerMs, workNs / 1e9);
}
