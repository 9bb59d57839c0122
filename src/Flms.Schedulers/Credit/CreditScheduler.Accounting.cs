using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Credit;

// The accounting each slice, and what follows from it: parking by cap, and queues out of order (spec/xen.md 1.6, 1.7).
public sealed partial class CreditScheduler : IParking
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
            WakeHere(v, _options.Boost == BoostRule.EveryWake && !_ledger.IsParked(v));
    }

    private void SetTslice(Duration tslice)
    {
        var ticks = tslice < 3.Ms ? 1 : 3;
        _tslice = tslice;
        _tick = new(tslice.Ns / 1000 / ticks * 1000);
        var credit = tslice.Ns / CreditLedger.CreditNs;
        _ledger.SliceCredit = credit;
        if (_options.RescaleCredit) _ledger.PoolCredit = _pcpus.Length * credit;
    }

    private void Account(Instant now)
    {
        _ledger.Account(now, _options.AccountingEndsBoost);
        if (_options.SortAtAccounting)
            for (var p = 0; p < _pcpus.Length; p++) Sort(new(p));
        if (Host.Watched)
            for (var v = 0; v < _vcpus.Length; v++)
                if (Host[new(v)].Present)
                    Host.Trace(Note.Credit, new(v), _vcpus[v].Processor, _ledger.CreditOf(new(v)));
        Host.Arm(AccountTimer, now + _tslice);
    }

    // Stable: everyone who is not OVER goes ahead of everyone who is; BOOST and UNDER are left as they are (1.4).
    private void Sort(PcpuId p)
    {
        _pcpus[p.Index].SortedEpoch = _ledger.Epoch;
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
