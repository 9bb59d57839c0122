using Flms.Core;

namespace Flms.Testing;

// The referee's picture of the machine, and each law as it is checked on it.
public sealed partial class Referee
{
    private void Known(VcpuId v, string callback)
    {
        if (v.Index < 0 || v.Index >= _vcpus.Length)
            throw new PolicyFault("H2", $"at {new Instant(_now)}: {callback} names {v}, beyond the host's capacity");
    }

    private void Expect(VcpuId v, Place place, string callback)
    {
        Known(v, callback);
        var found = _vcpus[v.Index].Place;
        if (found != place) Call("H2", $"{callback} of {v}, which is {found}, not {place}");
    }

    private string Describe(VcpuId v) =>
        (_window.Inner[v].Present ? "present" : "absent") + (_window.Inner[v].Runnable ? ", runnable" : ", blocked");

    // Law H3: what guests and operators did comes before timers, and timers before decisions; only a decision at a
    // slice's end may come before.
    private void BeforeTimers(string callback, VcpuId v)
    {
        if (_phase == Phase.Timers) Call("H3", $"{callback} of {v} after a timer of the same instant");
        else if (_phase == Phase.Asking)
        {
            if (!_onlySliceEnds) Call("H3", $"{callback} of {v} after a decision of the same instant");
            // Pcpus whose slices ended have been asked; the instant's wake-ups begin only now.
            _phase = Phase.Told;
            _lastAsked = -1;
        }
    }

    private void Fired(int timer)
    {
        if (timer < 0 || timer >= _timers.Length)
            throw new PolicyFault("H2", $"at {new Instant(_now)}: timer {timer} fires; there are {_timers.Length}");
        ref var t = ref _timers[timer];
        if (t.At == long.MaxValue) Call("H2", $"timer {timer} fires, but is not armed");
        else if (t.At > _now) Call("H2", $"timer {timer} fires early: it is armed for {new Instant(t.At)}");
        if (_phase == Phase.Asking && !_onlySliceEnds)
        {
            // A decision may arm a timer for this very instant; any other had to be told before.
            if (t.ArmedAt < _firstAskedAt) Call("H3", $"timer {timer} is told after a decision of the same instant");
            _lastAsked = -1;
        }
        else
        {
            _phase = Phase.Timers;
        }
        if (_lastTimer > timer && t.ArmedAt < _lastTimerAt)
            Call("H4", $"timer {timer} fires after timer {_lastTimer}, although both were due");
        (_lastTimer, _lastTimerAt) = (timer, _calls);
        if (t.At != long.MaxValue) _armed--;
        t.At = long.MaxValue;
    }

    private void Asked(PcpuId p, VcpuId last, Left left)
    {
        if (p.Index < 0 || p.Index >= _pcpus.Length)
            throw new PolicyFault("H2", $"at {new Instant(_now)}: Schedule asks for {p}, which does not exist");
        ref var desk = ref _pcpus[p.Index];
        if (_phase != Phase.Asking) _firstAskedAt = _calls;
        // A pCPU may be asked again at once: a refused decision is a run of length zero. Those whose slices ended may
        // have been asked ahead of alarms of guests that the policy does not hear of: the ascending order begins anew.
        if (!_onlySliceEnds && p.Index < _lastAsked && desk.KickedAt < _lastAskedAt)
            Call("H3", $"{p} is asked after p{_lastAsked} and was not kicked in between");
        _onlySliceEnds &= desk.SliceEnd == _now;
        _phase = Phase.Asking;
        (_lastAsked, _lastAskedAt) = (p.Index, _calls);
        if (!_own.Contains(p)) Call("H6", $"{p} asks, but is not the policy's");
        Stopped(p, last, left);
    }

    // Who ran there runs no longer.
    private void Stopped(PcpuId p, VcpuId last, Left left)
    {
        ref var desk = ref _pcpus[p.Index];
        _kicked.Remove(p);
        if (desk.Running != last.Index) Call("H2", $"{p} ran {new VcpuId(desk.Running)}, but is asked with {last}");
        if (last.IsNone != (left == Left.Idle)) Call("H2", $"{p} is asked with {last} and {left}");
        if (last.IsNone) return;
        Known(last, "Schedule");
        ref var v = ref _vcpus[last.Index];
        v.Pcpu = -1;
        v.Ran += _now - v.RunsSince;
        desk.Running = -1;
        desk.IdleSince = _now;
        _idle.Add(p);
        if (_window.Inner[last].Runnable == (left == Left.Blocked))
            Call("H2", $"{p} is asked with {last} and {left}, but the host says it is {Describe(last)}");
        if (left == Left.Blocked) v.Place = Place.Blocked;
        else Queue(last.Index);
    }

    // Law H6.
    private void Given(PcpuId p)
    {
        if (_own.Contains(p)) Call("H6", $"{p} is given, but is the policy's already");
        _own.Add(p);
        _idle.Add(p);
        _pcpus[p.Index].IdleSince = _now;
        _kicked.Add(p);     // it will ask without a kick
        OwnAffinities();
    }

    private void Taken(PcpuId p, VcpuId last, Left left)
    {
        if (!_own.Contains(p)) Call("H6", $"{p} is taken, but is not the policy's");
        Stopped(p, last, left);
        _own.Remove(p);
        _idle.Remove(p);
        OwnAffinities();
    }

    private void OwnAffinities()
    {
        if (!_window.Inner.Pcpus.SameAs(_own))
            Call("H6", $"the policy was told of the pCPUs {_own}, but the host says {_window.Inner.Pcpus}");
        for (var v = 0; v < _vcpus.Length; v++)
            if (_vcpus[v].Place != Place.Absent) OwnAffinity(v);
    }

    private void OwnAffinity(int v)
    {
        var affinity = _window.Inner[new(v)].Affinity;
        _affinity[v].CopyFrom(affinity);
        if (_own.IsEmpty) return;
        if (affinity.IsEmpty || affinity.CountBoth(_own) < affinity.Count)
            Call("H6", $"{new VcpuId(v)} may run on {affinity}; the policy's pCPUs are {_own}");
    }

    private void Decided(PcpuId p, Decision decision)
    {
        Decisions++;
        Digest(_now, Pair(p.Index, decision.Next.Index), decision.Slice.Ns);
        _pcpus[p.Index].SliceEnd = (new Instant(_now) + decision.Slice).Ns;
        var next = decision.Next;
        if (next.IsNone) return;
        if (!MayRun(p, decision)) return;
        ref var v = ref _vcpus[next.Index];
        if (v.Parked) Call("P2", $"{p} is given {next}, which is declared parked");
        if (_now - v.Since > _patience) Impatient(next.Index, _now);
        Unlist(next.Index);
        v.Place = Place.Running;
        v.Pcpu = p.Index;
        v.RunsSince = _now;
        _pcpus[p.Index].Running = next.Index;
        _idle.Remove(p);
    }

    // Law P1.
    private bool MayRun(PcpuId p, Decision decision)
    {
        var next = decision.Next;
        var before = _called;
        if (next.Index >= _vcpus.Length)
            Call("P1", $"{p} is given {next}; there are {_vcpus.Length} vCPUs");
        else if (_vcpus[next.Index].Place == Place.Running)
            Call("P1", $"{p} is given {next}, which runs on p{_vcpus[next.Index].Pcpu}");
        else if (_vcpus[next.Index].Place != Place.Queued)
            Call("P1", $"{p} is given {next}, which is {_vcpus[next.Index].Place}");
        else if (!_affinity[next.Index].Contains(p))
            Call("P1", $"{p} is given {next}, which may run on {_affinity[next.Index]} only");
        else if (decision.Slice <= Duration.Zero)
            Call("P1", $"{p} is given {next} for {decision.Slice}; a slice is above zero");
        else if (!_window.Inner[next].Affinity.SameAs(_affinity[next.Index]))
            Call("H2", $"the affinity of {next} became {_window.Inner[next].Affinity} without a word to the policy");
        return _called == before;
    }

    private void Queue(int v)
    {
        _vcpus[v].Place = Place.Queued;
        _vcpus[v].Since = _now;
        if (!_vcpus[v].Parked) List(v);
    }

    private void List(int v)
    {
        if (_waiters == 0) _oldest = _now;
        _vcpus[v].Slot = _waiters;
        _waiting[_waiters++] = v;
    }

    private void Unlist(int v)
    {
        var slot = _vcpus[v].Slot;
        if (slot < 0) return;
        _vcpus[v].Slot = -1;
        var moved = _waiting[--_waiters];
        _waiting[slot] = moved;
        if (moved != v) _vcpus[moved].Slot = slot;
    }

    // Nothing more happens at the present instant: what was left waiting there is judged.
    private void MoveOn(long to)
    {
        if (_waiters > 0)
        {
            if (!_idle.IsEmpty) JudgeIdlers(to);
            JudgeWaits(to);
        }
        if (_soonest < to) JudgeTimers(to);
        _now = to;
        _phase = Phase.Told;
        _onlySliceEnds = true;
        _lastAsked = -1;
        _lastTimer = -1;
    }

    // Was one of them told to idle for a time only?
    private bool AnyAsksAgain(CpuMask pcpus)
    {
        for (var p = pcpus.First(); !p.IsNone; p = pcpus.After(p))
            if (_pcpus[p.Index].SliceEnd != long.MaxValue) return true;
        return false;
    }

    // Law P4, and law P2 for a vCPU all of whose pCPUs idle.
    private void JudgeIdlers(long to)
    {
        for (var i = 0; i < _waiters; i++)
        {
            var v = _waiting[i];
            if (_affinity[v].Intersects(_kicked)) continue;
            var p = _idle.FirstBoth(_affinity[v]);
            if (p.IsNone) continue;
            if (_workConserving)
                Call("P4", $"{p} idles while {new VcpuId(v)} waits since {new Instant(_vcpus[v].Since)}");
            if (_idle.CountBoth(_affinity[v]) < _affinity[v].Count) continue;
            if (_armed == 0 && !AnyAsksAgain(_affinity[v]))
                Call("P2", $"{new VcpuId(v)} waits, its pCPUs {_affinity[v]} idle, no timer is armed, no kick is due");
            else if (to - IdleSince(v) > _claims.LostAfter.Ns)
                Call("P2", $"{new VcpuId(v)} waits, its pCPUs {_affinity[v]} idle, since {new Instant(IdleSince(v))}",
                    IdleSince(v) + _claims.LostAfter.Ns);
        }
    }

    private long IdleSince(int v)
    {
        var since = _vcpus[v].Since;
        for (var p = _affinity[v].First(); !p.IsNone; p = _affinity[v].After(p))
            since = Math.Max(since, _pcpus[p.Index].IdleSince);
        return since;
    }

    // Laws P3 and P2. The least of all beginnings is kept as a bound, so that the list is walked only when somebody
    // may have waited too long.
    private void JudgeWaits(long to)
    {
        var limit = Math.Min(_patience, _claims.StarvedAfter.Ns);
        if (to - _oldest <= limit) return;
        var oldest = to;
        for (var i = 0; i < _waiters; i++)
        {
            var v = _waiting[i];
            if (to - _vcpus[v].Since > limit) Impatient(v, to);
            oldest = Math.Min(oldest, _vcpus[v].Since);
        }
        _oldest = oldest;
    }

    private void Impatient(int v, long to)
    {
        var since = _vcpus[v].Since;
        if (to - since > _patience)
            Call("P3", $"{new VcpuId(v)} waits since {new Instant(since)}, longer than the policy's patience, "
                + $"{new Duration(_patience)}", since + _patience);
        else
            Call("P2", $"{new VcpuId(v)} waits since {new Instant(since)}: starved", since + _claims.StarvedAfter.Ns);
        // One foul for one wait and patience, not one for every event from now on.
        _vcpus[v].Since = to;
    }

    private void JudgeTimers(long to)
    {
        var soonest = long.MaxValue;
        for (var t = 0; t < _timers.Length; t++)
        {
            if (_timers[t].At < to)
            {
                Call("H3", $"timer {t} was due at {new Instant(_timers[t].At)} and has not been told");
                _timers[t].At = to;
            }
            soonest = Math.Min(soonest, _timers[t].At);
        }
        _soonest = soonest;
    }

    private void Kicked(PcpuId p)
    {
        _calls++;
        _kicked.Add(p);
        _pcpus[p.Index].KickedAt = _calls;
        Digest(-1, p.Index, 0);
    }

    private void ArmedFor(int timer, Instant at)
    {
        _calls++;
        Digest(-2, timer, at.Ns);
        if (timer < 0 || timer >= _timers.Length)
            throw new PolicyFault("P1", $"at {new Instant(_now)}: timer {timer} is armed; there are {_timers.Length}");
        ref var t = ref _timers[timer];
        if (t.At != long.MaxValue) _armed--;
        t.At = at == Instant.Never ? long.MaxValue : Math.Max(at.Ns, _now);
        t.ArmedAt = _calls;
        if (at != Instant.Never) _armed++;
        _soonest = Math.Min(_soonest, t.At);
    }

    private static long Pair(int a, int b) => unchecked((long)a << 32 | (uint)b);

    private void Noted(Note note, VcpuId v, PcpuId p, long value)
    {
        _calls++;
        Digest((long)note, Pair(v.Index, p.Index), value);
        if (note is not (Note.Park or Note.Unpark)) return;
        if (v.Index < 0 || v.Index >= _vcpus.Length || _vcpus[v.Index].Place == Place.Absent)
        {
            Call("P2", $"{note} of {v}, which does not exist");
            return;
        }
        ref var seen = ref _vcpus[v.Index];
        seen.Parked = note == Note.Park;
        if (seen.Parked)
        {
            Unlist(v.Index);
        }
        else if (seen.Place == Place.Queued && seen.Slot < 0)
        {
            seen.Since = _now;
            List(v.Index);
        }
    }

    /// <summary>The host as the policy sees it.</summary>
    private sealed class Window(ISchedHost inner) : ISchedHost
    {
        internal ISchedHost Inner { get; } = inner;

        internal Referee? Referee { get; set; }

        public Topology Topology => Inner.Topology;

        public CpuMask Pcpus => Inner.Pcpus;

        public int VcpuCapacity => Inner.VcpuCapacity;

        public int DomainCapacity => Inner.DomainCapacity;

        // The referee always watches: it must hear of parking.
        public bool Watched => true;

        public ref readonly VcpuInfo this[VcpuId v] => ref Inner[v];

        public ref readonly VcpuCounters Counters(VcpuId v)
        {
            ref readonly var counters = ref Inner.Counters(v);
            Referee!.CountersShown(v, in counters);
            return ref counters;
        }

        public T? ParametersOf<T>(DomainId d) where T : class => Inner.ParametersOf<T>(d);

        public void Kick(PcpuId p)
        {
            Referee!.Kicked(p);
            var bytes = Referee.Bytes();
            Inner.Kick(p);
            Referee._bytes -= Referee.Bytes() - bytes;
        }

        public void Arm(int timer, Instant at)
        {
            Referee!.ArmedFor(timer, at);
            var bytes = Referee.Bytes();
            Inner.Arm(timer, at);
            Referee._bytes -= Referee.Bytes() - bytes;
        }

        public VcpuId Running(PcpuId p)
        {
            var v = Inner.Running(p);
            Referee!.SaidToRun(p, v);
            return v;
        }

        public void Trace(Note note, VcpuId v, PcpuId p, long value = 0)
        {
            Referee!.Noted(note, v, p, value);
            var bytes = Referee.Bytes();
            Inner.Trace(note, v, p, value);
            Referee._bytes -= Referee.Bytes() - bytes;
        }
    }

    // What the host allocates for those who watch is not the policy's.
    private long Bytes() => _claims.AllocatesUntil == null ? 0 : GC.GetAllocatedBytesForCurrentThread();

    // Within Schedule the host may still name the vCPU that leaves.
    private void SaidToRun(PcpuId p, VcpuId v)
    {
        var running = _pcpus[p.Index].Running;
        if (v.Index != running && !(_inside && _phase == Phase.Asking && p.Index == _lastAsked))
            Call("H2", $"{p} runs {new VcpuId(running)}, but the host says {v}");
    }
}
