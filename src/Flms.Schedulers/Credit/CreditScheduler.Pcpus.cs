using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Credit;

// pCPUs that come and go, as in Xen's cpupools: the pool's credit follows their number (spec/xen.md 1.2), and whoever
// belonged to one that goes is migrated (1.3).
public partial class CreditScheduler : IKeepsCredit
{
    /// <inheritdoc />
    long IKeepsCredit.CreditOf(VcpuId v) => _ledger.CreditOf(v);

    /// <inheritdoc />
    void IKeepsCredit.SetCredit(VcpuId v, long credit) => _ledger.SetCredit(v, credit);

    /// <inheritdoc />
    void IKeepsCredit.Debit(VcpuId v, long credits) => _ledger.Debit(v, credits);

    /// <inheritdoc />
    public override bool PcpusMayChange => true;

    /// <inheritdoc />
    public override void PcpuGiven(PcpuId p, Instant now)
    {
        _idlers.Add(p);
        _ledger.PoolCredit += _ledger.SliceCredit;
    }

    /// <inheritdoc />
    public override void PcpuTaken(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (!last.IsNone)
        {
            Charge(last, now);
            _vcpus[last.Index].Stopped = now;
        }
        SetCurrent(p, ref _pcpus[p.Index], VcpuId.None, now);
        _idlers.Remove(p);
        _ledger.PoolCredit -= _ledger.SliceCredit;
        if (Host.Pcpus.IsEmpty) return;     // then nobody is left but a vCPU that is leaving too
        for (var v = 0; v < _vcpus.Length; v++)
        {
            if (_vcpus[v].Processor != p) continue;
            var runnable = v == last.Index ? left != Left.Blocked : _queues.Contains(new(v));
            if (_queues.Contains(new(v))) Dequeue(new(v));
            FinishMigration(new(v), runnable, now);
        }
    }
}
