using Flms.Agent.Discovery;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Plans;

/// <summary>What a VM did in a period.</summary>
/// <param name="From">Its first thread's place in the list.</param>
/// <param name="To">The place after its last one's.</param>
/// <param name="Run">Time its threads ran, ns.</param>
/// <param name="Wait">Time they waited for a pCPU, ns.</param>
/// <param name="Latency">Has it latency-sensitive vCPUs that may be touched?</param>
/// <param name="Computes">Has it vCPUs that compute and may be touched?</param>
/// <param name="LatencyRun">Time its latency-sensitive threads ran, ns.</param>
/// <param name="LatencyWait">Time they waited, ns.</param>
/// <param name="LatencySlices">How often they were given a pCPU.</param>
internal readonly record struct VmDemand(int From, int To, long Run, long Wait, bool Latency, bool Computes,
    long LatencyRun, long LatencyWait, long LatencySlices)
{
    private const int LongWait = 2; // thousandths of a period

    /// <summary>What it wanted: what it had and what it waited for, ns.</summary>
    public long Demand => Run + Wait;

    /// <summary>Were its latency-sensitive threads kept waiting?</summary>
    /// <remarks>One request in a hundred that waits for a tick is the worst that its users see, and a mean hides it
    /// (measured: 4 ms, and a mean of 20 us): so their waits are also added up.</remarks>
    public bool IsLate(PlanRules rules, Duration period) =>
        LatencyWait > rules.BoostDelay.Ns * Math.Max(1, LatencySlices)
            || LatencyWait * 1000 >= period.Ns * LongWait;
}

/// <summary>What each VM had and wanted in a period, and what would have been fair: the max-min fair shares, all VMs
/// alike.</summary>
internal sealed class VmDemands
{
    private const int Contention = 50; // thousandths of the pool that others wait: they want pCPUs

    private readonly List<VmDemand> _vms = [];
    private long[] _ascending = [];

    /// <summary>The VMs, in the order of their threads.</summary>
    public IReadOnlyList<VmDemand> Vms => _vms;

    /// <summary>Time that all of them ran, ns.</summary>
    public long Run { get; private set; }

    /// <summary>Time that all of them waited, ns.</summary>
    public long Wait { get; private set; }

    /// <summary>Takes a period in.</summary>
    /// <param name="threads">What every thread did; those of a VM lie together.</param>
    public void Gather(IReadOnlyList<PlanThread> threads)
    {
        _vms.Clear();
        (Run, Wait) = (0, 0);
        for (var from = 0; from < threads.Count;)
        {
            long run = 0, wait = 0, latencyRun = 0, latencyWait = 0, latencySlices = 0;
            bool latency = false, computes = false;
            var to = from;
            for (; to < threads.Count && threads[to].Process == threads[from].Process; to++)
            {
                var t = threads[to];
                (run, wait) = (run + t.Run.Ns, wait + t.Wait.Ns);
                if (t.IsLatencySensitive)
                {
                    (latencyRun, latencyWait) = (latencyRun + t.Run.Ns, latencyWait + t.Wait.Ns);
                    latencySlices += t.Timeslices;
                }
                if (!t.IsFreeVcpu) continue;
                latency |= t.Treatment == Treatment.Latency;
                computes |= t.Treatment == Treatment.Compute;
            }
            _vms.Add(new(from, to, run, wait, latency, computes, latencyRun, latencyWait, latencySlices));
            (Run, Wait) = (Run + run, Wait + wait);
            from = to;
        }
        if (_ascending.Length != _vms.Count) _ascending = new long[_vms.Count];
        for (var i = 0; i < _ascending.Length; i++) _ascending[i] = _vms[i].Demand;
        Array.Sort(_ascending);
    }

    /// <summary>Do others than that VM want pCPUs?</summary>
    /// <param name="vm">Which.</param>
    /// <param name="whole">The time of all pCPUs.</param>
    public bool IsContended(in VmDemand vm, Duration whole) => (Wait - vm.Wait) * 1000 >= whole.Ns * Contention;

    /// <summary>What one of them may have at most, if it wants all.</summary>
    /// <param name="vm">Which.</param>
    /// <param name="capacity">What there is for all, ns.</param>
    public long ShareOf(in VmDemand vm, long capacity) =>
        FairShare.Beside(capacity, _ascending, Array.BinarySearch(_ascending, vm.Demand));
}
