using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Flms;

// What happens periodically: Credit's tick and accounting, the load period, the isolation period.
public sealed partial class FlmsScheduler : IParking
{
    private Duration TickPeriod => _options.Accounting / 3;

    /// <inheritdoc />
    void IParking.Parked(VcpuId v, Instant now)
    {
        ref readonly var s = ref _vcpus[v.Index];
        Host.Trace(Note.Park, v, s.Home);
        if (s.State == State.Running) Host.Kick(s.On);
        if (s.State != State.Waiting) return;
        Dequeue(v);
        SetState(v, State.Off, now);
    }

    /// <inheritdoc />
    void IParking.Unparked(VcpuId v, Instant now)
    {
        ref readonly var s = ref _vcpus[v.Index];
        Host.Trace(Note.Unpark, v, s.Home);
        if (s.State == State.Off && Host[v].Runnable) WakeHere(v, boosts: false, now);
    }

    private void StartTimers(Instant now)
    {
        if (_timing) return;
        _timing = true;
        Host.Arm(AccountTimer, now + _options.Accounting);
        Host.Arm(TickTimer, now + TickPeriod);
        Host.Arm(LoadTimer, now + _options.LoadPeriod);
        Host.Arm(PeriodTimer, now + _options.Period);
    }

    private void Account(Instant now)
    {
        _ledger.Account(now, endBoost: _options.SpWake != SpWake.Boost);
        for (var p = 0; p < _current.Length; p++) SettleQueue(new(p));
        if (Host.Watched)
            for (var v = 0; v < _vcpus.Length; v++)
                if (Host[new(v)].Present)
                    Host.Trace(Note.Credit, new(v), _vcpus[v].Home, _ledger.CreditOf(new(v)));
        Host.Arm(AccountTimer, now + _options.Accounting);
    }

    // Ranks have changed: the queue may be out of order, and a guest may stand in the way of who has credit again.
    private void SettleQueue(PcpuId p)
    {
        if (!_queues.IsEmpty(p.Index)) Sort(p);
        var v = _current[p.Index];
        if (v.IsNone) return;
        _yielding.Set(p, _groups.Isolated && _groups.ForIo.Contains(p) && Rank(v) < UnderRank);
        if (_guests.Contains(p) && OwnWorkWaits(p)) Host.Kick(p);
    }

    // Credit's tick, for all pCPUs at once: in Xen they are phase-aligned too, once they have idled (spec/xen.md 1.3).
    private void Tick(Instant now)
    {
        for (var i = 0; i < _current.Length; i++)
        {
            var v = _current[i];
            if (v.IsNone) continue;
            var p = new PcpuId(i);
            if (_ledger.PriOf(v) == Pri.Boost) EndBoost(v, p);
            CountBurnt(p, v, _ledger.Burn(v, now));
            if (!_ledger.Activate(v) && _idle.Any) MoveIfBetter(v, p);
        }
        Host.Arm(TickTimer, now + TickPeriod);
    }

    private void EndBoost(VcpuId v, PcpuId p)
    {
        Unboost(v);
        // Xen does not look again here, so that a boosted one may wait a whole slice (quirk Q3): the paper's reading.
        var head = _queues.Head(p.Index);
        if (_options.SpWake == SpWake.Boost && !head.IsNone && Rank(head) == BoostRank) Host.Kick(p);
    }

    private void Unboost(VcpuId v) => _ledger.SetPri(v, _ledger.CreditOf(v) < 0 ? Pri.Over : Pri.Under);

    // Credit's search for a pCPU with a freer core or socket, within the group.
    private void MoveIfBetter(VcpuId v, PcpuId p)
    {
        if (!Belongs(v, p)) return;
        ref readonly var info = ref Host[v];
        var io = _groups.ForIo.Contains(p);
        var better = _placement.Pick(
            info.Affinity, info.SoftAffinity, p, _idle.Of(io), _queues.IsEmpty(p.Index), commit: false);
        if (better == p || !_idle.Contains(better) || !MayWaitOn(v, better)) return;
        _vcpus[v.Index].MoveTo = better;
        Host.Kick(p);
    }

    private void EndLoadPeriod(Instant now)
    {
        ChargeRunners(now);
        _balancer.EndLoadPeriod();
        _ioBoost.EndLoadPeriod();
        Host.Arm(LoadTimer, now + _options.LoadPeriod);
    }

    private void ChargeRunners(Instant now)
    {
        for (var p = 0; p < _current.Length; p++)
            if (!_current[p].IsNone) CountBurnt(new(p), _current[p], _ledger.Burn(_current[p], now));
    }

    private void EndPeriod(Instant now)
    {
        ChargeRunners(now);
        var regrouped = _isolation.EndPeriod(_meter.Take(now), AnyLatency, AnyCompute);
        if (regrouped) Resettle();
        if (regrouped || _options.Renewal == BoostRenewal.EveryPeriod)
        {
            for (var v = 0; v < _vcpus.Length; v++)
                if (Host[new(v)].Present) _ioBoost.Renew(new(v));
            for (var p = _groups.ForIo.First(); !p.IsNone; p = _groups.ForIo.After(p)) Sort(p);
        }
        Host.Arm(PeriodTimer, now + _options.Period);
    }

    private bool AnyLatency => _bound[(int)Treatment.Latency] > 0;

    private bool AnyCompute => _bound[(int)Treatment.Compute] > 0;

    private void Regroup()
    {
        if (_isolation.Regroup(AnyLatency, AnyCompute)) Resettle();
    }

    // What follows from another split.
    private void Resettle()
    {
        Host.Trace(Note.Regroup, VcpuId.None, PcpuId.None, _groups.SpCount);
        var io = _groups.ForIo;
        for (var i = 0; i < _current.Length; i++)
        {
            var p = new PcpuId(i);
            if (_idle.SetGroup(p, io.Contains(p))) Host.Trace(Note.Group, VcpuId.None, p, io.Contains(p) ? 1 : 0);
            SetMasks(p, _current[i]);
            TellBalancer(p);
        }
        for (var v = 0; v < _vcpus.Length; v++)
            if (Host[new(v)].Present) Rehome(new(v));
        for (var i = 0; i < _current.Length; i++) SettleRegrouped(new(i));
    }

    private void Rehome(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        s.Roams = MustRoam(v);
        if (s.Home.IsNone || MayWaitOn(v, s.Home)) return;
        var waits = s.State == State.Waiting;
        if (waits) Dequeue(v);
        var from = s.Home;
        s.Home = NewHome(v);
        if (!waits) return;
        Host.Trace(Note.Place, v, from, s.Home.Index);
        Enqueue(v);
        Offer(v);
    }

    private void SettleRegrouped(PcpuId p)
    {
        if (!_queues.IsEmpty(p.Index)) Sort(p);
        var v = _current[p.Index];
        if (!v.IsNone && !Belongs(v, p)) Host.Kick(p);
    }
}
