using Flms.Core;

namespace Flms.Sim;

// What the policy can see of guests: counters, device events, and which task a vCPU runs.
//
// Counters cost nothing where nobody reads them: run time is counted anyway, device events are added up one by one, and
// everything else is worked out of these when somebody looks.
public sealed partial class Machine
{
    private const int NsPerMs = 1_000_000;

    private readonly VcpuCounters[] _counters;
    private readonly long[] _ran;               // ns with a pCPU, up to the beginning of the present run
    private readonly long[] _ranBeforeReset;
    private readonly long[] _ranAway;           // the part of it away from its domain's memory; kept if _countsAway
    private readonly bool _countsAway;
    private readonly int[] _firstAlarm;         // the first workload of each vCPU; one more at the end
    private readonly Workload?[] _toldTask;     // which task the policy was last told of; null for idle
    private readonly bool _tellsTasks;

    /// <inheritdoc />
    public ref readonly VcpuCounters Counters(VcpuId v)
    {
        ref var k = ref _counters[v.Index];
        ref var vcpu = ref _vcpus[v.Index];
        var (ran, away, pending) = (_ran[v.Index], _ranAway[v.Index], 0L);
        // Within Schedule the vCPU that leaves is not running any more, but its run is not accounted yet.
        if (vcpu.Last >= 0 && _pcpus[vcpu.Last].Running == v.Index)
        {
            ref var c = ref _pcpus[vcpu.Last];
            ran += _now - c.BusyFrom;
            if (IsAway(vcpu.Last, vcpu.Node)) away += _now - c.BusyFrom;
            pending = Math.Max(0, _now - c.From);
        }
        k.RunNs = ran;
        k.SpinExits = 0;
        for (var w = _firstAlarm[v.Index]; w < _firstAlarm[v.Index + 1]; w++)
            k.SpinExits += _alarms[w].SpinExits(new(_alarms[w].RanNs + (vcpu.Job == _alarms[w] ? pending : 0)));
        if (vcpu.HasKernel) k.SpinExits += PauseExits(_guestCpus[v.Index]!, vcpu.Job, pending);
        var domain = _setup.Domains[vcpu.Domain];
        k.LlcReferences = PerMs(domain.LlcReferences, ran);
        k.LlcMisses = domain.LlcMissRatio.Of(k.LlcReferences);
        k.RemoteAccesses = domain.LlcMissRatio.Of(PerMs(domain.LlcReferences, away));
        return ref k;
    }

    internal void Deliver(Workload w)
    {
        _counters[w.Vcpu.Index].IoEvents++;
        _policy.IoEvent(w.Vcpu, w.Number, Now);
    }

    /// <summary>How long a workload's work has run, in ns, up to this very moment: time lost to switches and cold
    /// caches left out.</summary>
    public long RanOf(Workload w)
    {
        ref var v = ref _vcpus[w.Vcpu.Index];
        var runs = v.State == VcpuState.Running && v.Job == w;
        return runs ? w.RanNs + Math.Max(0, _now - _pcpus[v.Last].From) : w.RanNs;
    }

    /// <summary>Something that happens so often per ms, over that many ns, rounded down.</summary>
    internal static long PerMs(int rate, long ns) => ns / NsPerMs * rate + ns % NsPerMs * rate / NsPerMs;

    // The vCPU runs: is it at something else than the policy knows?
    private void TellTask(int vcpu)
    {
        var task = _vcpus[vcpu].Job;
        var told = _toldTask[vcpu];
        if (task == told) return;
        _toldTask[vcpu] = task;
        // Threads of one entry of the domain's list are one task.
        if (task != null && told != null && task.Number == told.Number && task.Urgency == told.Urgency) return;
        _policy.GuestSwitched(new(vcpu), task?.Number ?? -1, ContextOf(task), Now);
    }

    private static GuestContext ContextOf(Workload? task) => task?.Urgency switch
    {
        null => GuestContext.Idle,
        Urgency.Interrupt => GuestContext.Interrupt,
        Urgency.Thread => GuestContext.Thread,
        _ => GuestContext.Background,
    };

    private bool IsAway(int p, int node) => node >= 0 && Topology.NodeOf(new(p)) != node;

    private void CountRunTime(ref Pcpu c, int p)
    {
        if (c.Running >= 0)
        {
            var ran = _now - c.BusyFrom;
            Statistics.PcpuBusy[p] += ran;
            _ran[c.Running] += ran;
            if (_countsAway && IsAway(p, _vcpus[c.Running].Node)) _ranAway[c.Running] += ran;
        }
        c.BusyFrom = _now;
    }

    private void CountRunTimes()
    {
        for (var p = 0; p < _pcpus.Length; p++) CountRunTime(ref _pcpus[p], p);
        Array.Clear(Statistics.DomainRun);
        for (var v = 0; v < _ran.Length; v++)
            Statistics.DomainRun[_vcpus[v].Domain] += _ran[v] - _ranBeforeReset[v];
    }

    private static bool HasMemoryAtHome(MachineSetup setup)
    {
        foreach (var d in setup.Domains)
            if (d.MemoryNode >= 0 && d.LlcReferences > 0) return true;
        return false;
    }
}
