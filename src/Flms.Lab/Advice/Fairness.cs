using Flms.Core;
using Flms.Lab.Measures;
using Flms.Sim;
using Flms.Traces;

namespace Flms.Lab.Advice;

/// <summary>What work each VM of a recording is due.</summary>
/// <remarks>A VM is due what it has now, or its max-min fair share if that is less: nobody has a right to what he gets
/// at the cost of others.</remarks>
internal sealed class Fairness
{
    // What is less than a thousandth of a pCPU is no work that anybody would miss.
    private const double Least = 0.001;

    private readonly double _length;
    private readonly IReadOnlyList<double> _fair;

    public Fairness(MachineSetup machine, Duration length)
    {
        _length = length.Ns / 1e9;
        _fair = FairShares.Of([.. machine.Domains.Select(Demand)], machine.Topology.Count * _length);
    }

    /// <summary>What a VM keeps of what it is due: 1 for all of it; more if it has more than that.</summary>
    /// <param name="vm">Its place.</param>
    /// <param name="now">Its work now, in s.</param>
    /// <param name="then">Its work under a candidate, in s.</param>
    public double Kept(int vm, double now, double then)
    {
        var due = Math.Min(now, _fair[vm]);
        return due < Least * _length ? 1 : then / due;
    }

    // In s of one pCPU. A thread cannot have more than one pCPU, nor a burst what comes after the end.
    private double Demand(DomainSetup domain)
    {
        var sum = 0.0;
        foreach (var replay in domain.Workloads.OfType<ReplaySetup>())
        {
            var thread = 0.0;
            foreach (var burst in replay.Bursts.Span)
                thread += Math.Min(burst.Work.Ns / 1e9, _length - (burst.Wake - Instant.Zero).Ns / 1e9);
            sum += Math.Min(thread, _length);
        }
        return sum;
    }
}
