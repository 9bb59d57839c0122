using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Flms;

// Where a vCPU that woke waits, and which pCPU is asked to look at it.
public sealed partial class FlmsScheduler
{
    private void WakeHere(VcpuId v, bool boosts, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (!MayWaitOn(v, s.Home)) s.Home = NewHome(v);
        if (boosts && Rank(v) == UnderRank && MayBoost(s.Home))
        {
            _ledger.SetPri(v, Pri.Boost);
            Host.Trace(Note.Boost, v, s.Home);
        }
        SetState(v, State.Waiting, now);
        Place(v);
    }

    // Puts a vCPU that is on no queue on one, and asks the pCPU that should look.
    private void Place(VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        var idle = IdleFor(v);
        if (!idle.IsNone)
        {
            if (_options.WakePlacement == WakePlacement.Idle) s.Home = idle;
            Enqueue(v);
            KickIdle(idle);
            return;
        }
        var preempted = Preemptible(v);
        if (!preempted.IsNone) s.Home = preempted;
        Enqueue(v);
        if (preempted.IsNone) return;
        Host.Trace(Note.Preempt, _current[preempted.Index], preempted, v.Index);
        Host.Kick(preempted);
    }

    private bool MayBoost(PcpuId p) => _options.SpWake == SpWake.Boost || !_groups.ForIo.Contains(p);

    // An idle pCPU that should run it: of its own group; else, if groups help each other, any; None if there is none.
    private PcpuId IdleFor(VcpuId v)
    {
        if (!_idle.Any) return PcpuId.None;
        ref readonly var s = ref _vcpus[v.Index];
        var affinity = Host[v].Affinity;
        var io = _groups.ForIo.Contains(s.Home);
        if (_options.WakePlacement == WakePlacement.Home && _idle.Contains(s.Home)) return s.Home;
        var p = _idle.Choose(io, s.Home, affinity);
        if (!p.IsNone) return p;
        if (MayWaitOnOther(v)) return _idle.Choose(!io, s.Home, affinity);
        if (!_options.WorkConserving || (s.Class == Treatment.Latency && !GuestFor(v).IsNone)) return PcpuId.None;
        return _idle.Choose(!io, s.Home, affinity);
    }

    // Belongs it to both groups? Then an idle pCPU of the other is as good.
    private bool MayWaitOnOther(VcpuId v) =>
        !_groups.Isolated || _vcpus[v.Index].Class == Treatment.Floating || _vcpus[v.Index].Roams;

    // A pCPU whose runner gives way to the waker; None if there is none.
    private PcpuId Preemptible(VcpuId v)
    {
        var home = _vcpus[v.Index].Home;
        var guest = GuestFor(v);
        if (!guest.IsNone) return guest;
        if (Outranks(v, home)) return home;
        if (_options.SpWake != SpWake.Boost || _vcpus[v.Index].Class != Treatment.Latency || Rank(v) < UnderRank)
            return PcpuId.None;
        // Home runs somebody as good, but another SP runs somebody in debt.
        var other = _yielding.CycleBoth(home, Host[v].Affinity);
        return !other.IsNone && Belongs(v, other) && Outranks(v, other) ? other : PcpuId.None;
    }

    // An SP that runs a guest, for one of its own who is not deep in debt.
    private PcpuId GuestFor(VcpuId v)
    {
        if (_guests.IsEmpty || _vcpus[v.Index].Class != Treatment.Latency || Rank(v) == DebtRank) return PcpuId.None;
        var home = _vcpus[v.Index].Home;
        if (_guests.Contains(home)) return home;
        var p = _guests.CycleBoth(home, Host[v].Affinity);
        return !p.IsNone && Belongs(v, p) ? p : PcpuId.None;
    }

    private bool Outranks(VcpuId v, PcpuId p)
    {
        var current = _current[p.Index];
        if (current.IsNone) return false;
        if (_groups.ForIo.Contains(p) && _options.SpWake != SpWake.Boost)
            return _options.SpWake == SpWake.IoBoost && Rank(v) >= Rank(current)
                && _ioBoost.Of(v) < _ioBoost.Of(current);
        return Rank(v) > Rank(current);
    }

    // It counts as busy at once, so that the next waker finds another.
    private void KickIdle(PcpuId p)
    {
        _idle.Set(p, false);
        Host.Kick(p);
    }

    // A vCPU that waits, though not because it woke: an idle pCPU may have it, or an SP that runs a guest.
    private void Offer(VcpuId v)
    {
        var idle = IdleFor(v);
        if (!idle.IsNone)
        {
            if (_options.WakePlacement == WakePlacement.Idle) MoveQueued(v, idle);
            KickIdle(idle);
            return;
        }
        var guest = GuestFor(v);
        if (guest.IsNone) return;
        MoveQueued(v, guest);
        Host.Trace(Note.Preempt, _current[guest.Index], guest, v.Index);
        Host.Kick(guest);
    }

    private void MoveQueued(VcpuId v, PcpuId to)
    {
        if (_vcpus[v.Index].Home == to) return;
        Dequeue(v);
        _vcpus[v.Index].Home = to;
        Enqueue(v);
    }

    // Law P4 needs that whoever is left waiting after a choice is offered to those who idle, and an SP with
    // a guest is to be given back at once.
    private void OfferLeftovers(PcpuId p)
    {
        VcpuId next;
        for (var v = _queues.Head(p.Index); !v.IsNone && (_idle.Any || !_guests.IsEmpty); v = next)
        {
            next = _queues.After(v);
            Offer(v);
        }
        // Who was put here because this pCPU idled, and came too late, goes back to its own group.
        for (var v = _queues.Tail(p.Index); !v.IsNone && !Belongs(v, p); v = next)
        {
            next = _queues.Before(v);
            var home = NewHome(v);
            if (!Belongs(v, home)) continue;
            Dequeue(v);
            _vcpus[v.Index].Home = home;
            Place(v);
        }
    }

    // A queue of its own group (if that is possible at all), taking turns.
    private PcpuId NewHome(VcpuId v)
    {
        var affinity = Host[v].Affinity;
        var home = PcpuId.None;
        if (!_vcpus[v.Index].Roams && _groups.Isolated && _vcpus[v.Index].Class != Treatment.Floating)
            home = affinity.CycleBoth(_cursor, MaskOf(_vcpus[v.Index].Class));
        if (home.IsNone) home = affinity.Cycle(_cursor);
        _cursor = home;
        return home;
    }
}
