using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Credit;

// The accounting each slice, and what follows from it: parking by cap, and queues out of order (spec/xen.md 1.6, 1.7).
public partial class CreditScheduler : IParking
{
    /// <inheritdoc />
    void IParking.Parked(VcpuId v, Instant now)
    {
        var p = _vcpus[v.Index].Processor;
        Host.Trace(Note.Park, v, p);
        if (_pcpus[p.Index].Current == v) Host.Kick(p);
        else if (_queues.Contains(v)) Dequeue(v);
    }

    /// <inheritdoc />
    void IParking.Unparked(VcpuId v, Instant now)
    {
        var p = _vcpus[v.Index].Processor;
        Host.Trace(Note.Unpark, v, p);
        if (Host[v].Runnable && _pcpus[p.Index].Current != v && !_queues.Contains(v))
            WakeHere(v, _options.Boost == BoostRule.EveryWake && !_ledger.IsParked(v), now);
    }

    private void SetTslice(Duration tslice)
    {
        var ticks = tslice < 3.Ms ? 1 : 3;
        _tslice = tslice;
        _tick = new(tslice.Ns / 1000 / ticks * 1000);
        var credit = tslice.Ns / CreditLedger.CreditNs;
        _ledger.SliceCredit = credit;
        if (_options.RescaleCredit) _ledger.PoolCredit = Host.Pcpus.Count * credit;
    }

    // 1.4: ahead of the first of lower standing; one place further back if it has yielded.
    private VcpuId PlaceIn(PcpuId p, VcpuId v)
    {
        var pri = _ledger.PriOf(v);
        var first = _options.BoostPreemptsBoost && pri == Pri.Boost ? Pri.Boost : pri - 1;
        var ordered = OrdersEquals;
        var place = _queues.Head(p.Index);
        // Nothing stands below OVER, and debtors are many on a busy host: no need to look.
        if (pri == Pri.Over && !ordered) place = VcpuId.None;
        while (!place.IsNone && _ledger.PriOf(place) > first && !(ordered && GoesAheadIn(pri, v, place)))
            place = _queues.After(place);
        if (_vcpus[v.Index].Yielded && !place.IsNone) place = _queues.After(place);
        return place;
    }

    private bool GoesAheadIn(Pri pri, VcpuId v, VcpuId queued) =>
        pri == _ledger.PriOf(queued) && GoesAhead(v, queued);

    private void Sort(PcpuId p)
    {
        _pcpus[p.Index].SortedEpoch = _ledger.Epoch;
        if (OrdersEquals) SortWithin(p);
        else if (_options.SortQueue != QueueSort.Never) SortClasses(p);
    }

    // By insertion: what was sorted last time and has changed a little costs one look for each.
    private void SortWithin(PcpuId p)
    {
        VcpuId after;
        for (var v = _queues.Head(p.Index); !v.IsNone; v = after)
        {
            after = _queues.After(v);
            var pri = _ledger.PriOf(v);
            var place = v;
            for (var ahead = _queues.Before(v); !ahead.IsNone; ahead = _queues.Before(ahead))
            {
                if (_ledger.PriOf(ahead) >= pri && !GoesAheadIn(pri, v, ahead)) break;
                place = ahead;
            }
            if (place == v) continue;
            _queues.Remove(v);
            _queues.InsertBefore(place, v);
        }
    }

    // Stable: everyone who is not OVER goes ahead of everyone who is; BOOST and UNDER are left as they are (1.4).
    private void SortClasses(PcpuId p)
    {
        var firstOver = VcpuId.None;
        VcpuId after;
        for (var v = _queues.Head(p.Index); !v.IsNone; v = after)
        {
            after = _queues.After(v);
            if (_ledger.PriOf(v) <= Pri.Over)
            {
                if (firstOver.IsNone) firstOver = v;
            }
            else if (!firstOver.IsNone)
            {
                _queues.Remove(v);
                _queues.InsertBefore(firstOver, v);
            }
        }
    }
}
