using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Sedf;

// The queues and their orders (spec/xen.md 3.2), homes and weights (3.1).
public sealed partial class SedfScheduler
{
    private PcpuId HomeOf(VcpuId v)
    {
        ref readonly var info = ref Host[v];
        var skip = _options.Placement switch
        {
            SedfPlacement.ByNumber => info.Number % info.Affinity.Count,
            SedfPlacement.Spread => v.Index % info.Affinity.Count,
            _ => 0,
        };
        var p = info.Affinity.First();
        for (; skip > 0; skip--) p = info.Affinity.After(p);
        return p;
    }

    private void Rehome(VcpuId v)
    {
        var from = _vcpus[v.Index].Pcpu;
        _vcpus[v.Index].Pcpu = HomeOf(v);
        DealWeights(from);
        DealWeights(_vcpus[v.Index].Pcpu);
    }

    private void MoveElsewhere(VcpuId v, Instant now)
    {
        LeaveAll(v);
        Rehome(v);
        Wake(v, now);
    }

    // Weighted vCPUs share what slices and the safety margin leave of each period.
    private void DealWeights(PcpuId p)
    {
        var taken = 0L;
        var weights = 0L;
        for (var v = 0; v < _vcpus.Length; v++)
        {
            if (!Host[new(v)].Present || _vcpus[v].Pcpu != p) continue;
            ref readonly var s = ref _vcpus[v];
            if (s.Settings.Weight > 0) weights += s.Settings.Weight;
            else if (s.Slice > Duration.Zero) taken += _options.WeightPeriod.Ns * s.Slice.Ns / s.Period.Ns;
        }
        if (weights == 0) return;
        var left = Math.Max(0, _options.WeightPeriod.Ns - _options.WeightSafety.Ns - taken);
        for (var v = 0; v < _vcpus.Length; v++)
        {
            if (!Host[new(v)].Present || _vcpus[v].Pcpu != p || _vcpus[v].Settings.Weight == 0) continue;
            _vcpus[v].Slice = new(_vcpus[v].Settings.Weight * left / weights);
        }
    }

    // On the run queue by deadline if its period has begun, on the wait queue by its beginning if not.
    private void AddTimed(VcpuId v, Instant now)
    {
        ref readonly var s = ref _vcpus[v.Index];
        if (s.Begins > now)
        {
            InsertByBeginning(v);
            return;
        }
        var queue = RunQueue(s.Pcpu);
        var place = _timed.Head(queue);
        while (!place.IsNone && _vcpus[place.Index].Deadline <= s.Deadline) place = _timed.After(place);
        Insert(_timed, queue, place, v);
    }

    private void InsertByBeginning(VcpuId v)
    {
        ref readonly var s = ref _vcpus[v.Index];
        var queue = WaitQueue(s.Pcpu);
        var place = _timed.Head(queue);
        while (!place.IsNone && _vcpus[place.Index].Begins <= s.Begins) place = _timed.After(place);
        Insert(_timed, queue, place, v);
    }

    private void AddByScore(RunQueues level, VcpuId v, bool penalty)
    {
        if (level.Contains(v)) return;
        var queue = _vcpus[v.Index].Pcpu.Index;
        var score = ScoreOf(v, penalty);
        var place = level.Head(queue);
        while (!place.IsNone && ScoreOf(place, penalty) <= score) place = level.After(place);
        Insert(level, queue, place, v);
    }

    private long ScoreOf(VcpuId v, bool penalty) => penalty ? _vcpus[v.Index].PenaltyScore : _vcpus[v.Index].Score;

    private static void Insert(RunQueues queues, int queue, VcpuId place, VcpuId v)
    {
        if (place.IsNone) queues.Append(queue, v);
        else queues.InsertBefore(place, v);
    }

    private void LeaveExtra(VcpuId v)
    {
        if (_penalty.Contains(v)) _penalty.Remove(v);
        if (_extra.Contains(v)) _extra.Remove(v);
    }

    private void LeaveAll(VcpuId v)
    {
        if (_timed.Contains(v)) _timed.Remove(v);
        LeaveExtra(v);
    }
}
