using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Sedf;

// The queues and their orders (spec/xen.md 3.2), homes and weights (3.1).
public sealed partial class SedfScheduler
{
    private void EnterHome(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        s.Pcpu = _homes.Choose(v, Host[v]);
        _homes.Enter(s.Pcpu, s.Settings);
        _residents.Append(s.Pcpu.Index, v.Index);
        DealWeights(s.Pcpu);
    }

    private void LeaveHome(VcpuId v)
    {
        ref readonly var s = ref _vcpus[v.Index];
        _homes.Leave(s.Pcpu, s.Settings);
        _residents.Remove(v.Index);
        DealWeights(s.Pcpu);
    }

    private void MoveElsewhere(VcpuId v, Instant now)
    {
        LeaveAll(v);
        LeaveHome(v);
        EnterHome(v);
        Wake(v, now);
    }

    // Weighted vCPUs share what slices and the safety margin leave of each period.
    private void DealWeights(PcpuId p)
    {
        if (_homes.WeightsOn(p) == 0) return;
        for (var v = _residents.Head(p.Index); v >= 0; v = _residents.After(v))
            if (_vcpus[v].Settings.Weight > 0) _vcpus[v].Slice = _homes.SliceOf(p, _vcpus[v].Settings.Weight);
    }

    // On the run queue by deadline if its period has begun, on the wait queue by its beginning if not. Always behind
    // equals; the place is looked for from the tail, where nearly everybody belongs whose period has just been set.
    private void AddTimed(VcpuId v, Instant now)
    {
        ref readonly var s = ref _vcpus[v.Index];
        if (s.Begins > now)
        {
            AddWaiting(v);
            return;
        }
        var queue = RunQueue(s.Pcpu);
        var place = _timed.Tail(queue);
        while (!place.IsNone && _vcpus[place.Index].Deadline > s.Deadline) place = _timed.Before(place);
        InsertAfter(_timed, queue, place, v);
    }

    private void AddWaiting(VcpuId v)
    {
        ref readonly var s = ref _vcpus[v.Index];
        var queue = WaitQueue(s.Pcpu);
        var place = _timed.Tail(queue);
        while (!place.IsNone && _vcpus[place.Index].Begins > s.Begins) place = _timed.Before(place);
        InsertAfter(_timed, queue, place, v);
    }

    private void AddPenalty(VcpuId v)
    {
        if (_penalty.Contains(v)) return;
        ref readonly var s = ref _vcpus[v.Index];
        var place = _penalty.Tail(s.Pcpu.Index);
        while (!place.IsNone && _vcpus[place.Index].PenaltyScore > s.PenaltyScore) place = _penalty.Before(place);
        InsertAfter(_penalty, s.Pcpu.Index, place, v);
    }

    // Scores on level 1 are kept relative to the last that ran, so that they do not grow: everybody's falls by its old
    // score. One number for each pCPU says by how much they have fallen, in place of a walk over all.
    private void AddExtra(VcpuId v)
    {
        if (_extra.Contains(v)) return;
        ref var s = ref _vcpus[v.Index];
        s.Score += _pcpus[s.Pcpu.Index].Fallen;
        var place = _extra.Tail(s.Pcpu.Index);
        while (!place.IsNone && _vcpus[place.Index].Score > s.Score) place = _extra.Before(place);
        InsertAfter(_extra, s.Pcpu.Index, place, v);
    }

    private void RemoveExtra(VcpuId v)
    {
        if (!_extra.Contains(v)) return;
        _extra.Remove(v);
        _vcpus[v.Index].Score -= _pcpus[_vcpus[v.Index].Pcpu.Index].Fallen;
    }

    private static void InsertAfter(RunQueues queues, int queue, VcpuId place, VcpuId v)
    {
        var next = place.IsNone ? queues.Head(queue) : queues.After(place);
        if (next.IsNone) queues.Append(queue, v);
        else queues.InsertBefore(next, v);
    }

    private void LeaveExtra(VcpuId v)
    {
        if (_penalty.Contains(v)) _penalty.Remove(v);
        RemoveExtra(v);
    }

    private void LeaveAll(VcpuId v)
    {
        if (_timed.Contains(v)) _timed.Remove(v);
        LeaveExtra(v);
    }
}
