using Flms.Core;

namespace Flms.Schedulers.Credit2;

// Who belongs to which runqueue, how loaded each is, and who moves between them.
public sealed partial class Credit2Scheduler
{
    private const int LoadBits = 18;
    private const long OneVcpu = 1 << LoadBits;
    private const int UnitBits = 10;    // loads are averaged over units of 2^10 ns

    private struct Runqueue
    {
        public int MaxWeight;
        public int Heaviest;        // how many members have it
        public int Runnable;        // how many members run or wait
        public long Load;           // their average number, in 1/2^18
        public long Balanced;       // the same, and moves count at once
        public long LoadAt;
        public PcpuId LastPlaced;
    }

    private static long UnitsOf(Instant at) => at.Ns >> UnitBits;

    // The average moves to what there is now by the part of the window that has passed.
    private long Average(long average, int now, long units)
    {
        var window = _options.LoadWindow.Ns >> UnitBits;
        var target = (long)now << LoadBits;
        return units >= window ? target : average + (long)((Int128)units * (target - average) / window);
    }

    private void UpdateLoad(int runqueue, Instant now)
    {
        ref var r = ref _runqueues[runqueue];
        var units = UnitsOf(now) - r.LoadAt;
        if (units == 0) return;
        r.Load = Average(r.Load, r.Runnable, units);
        r.Balanced = Average(r.Balanced, r.Runnable, units);
        r.LoadAt += units;
    }

    private void UpdateLoadOf(ref Vcpu s, Instant now)
    {
        var units = UnitsOf(now) - s.LoadAt;
        if (units == 0) return;
        s.Load = Average(s.Load, s.Counted ? 1 : 0, units);
        s.LoadAt += units;
    }

    private void Count(VcpuId v, bool counted, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (s.Counted == counted) return;
        UpdateLoad(s.Runqueue, now);
        UpdateLoadOf(ref s, now);
        s.Counted = counted;
        _runqueues[s.Runqueue].Runnable += counted ? 1 : -1;
    }

    private void Join(VcpuId v, int runqueue, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        UpdateLoad(runqueue, now);
        UpdateLoadOf(ref s, now);
        s.Runqueue = runqueue;
        s.Pcpu = PlaceIn(runqueue, Host[v].Affinity);
        _members.Append(runqueue, v.Index);
        NoteWeight(runqueue, s.Weight);
        ref var r = ref _runqueues[runqueue];
        r.Balanced += s.Load;
        if (s.Counted) r.Runnable++;
    }

    private void Leave(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        UpdateLoad(s.Runqueue, now);
        UpdateLoadOf(ref s, now);
        _members.Remove(v.Index);
        ForgetWeight(s.Runqueue, s.Weight);
        ref var r = ref _runqueues[s.Runqueue];
        r.Balanced = Math.Max(0, r.Balanced - s.Load);
        if (s.Counted) r.Runnable--;
    }

    private void NoteWeight(int runqueue, int weight)
    {
        ref var r = ref _runqueues[runqueue];
        if (weight > r.MaxWeight) (r.MaxWeight, r.Heaviest) = (weight, 0);
        if (weight == r.MaxWeight) r.Heaviest++;
    }

    private void ForgetWeight(int runqueue, int weight)
    {
        ref var r = ref _runqueues[runqueue];
        if (weight < r.MaxWeight || --r.Heaviest > 0) return;
        (r.MaxWeight, r.Heaviest) = (0, 0);
        // The one whose weight is forgotten may still be a member: its new weight is noted next.
        for (var v = _members.Head(runqueue); v >= 0; v = _members.After(v))
            if (_vcpus[v].Weight < weight) NoteWeight(runqueue, _vcpus[v].Weight);
    }

    // The allowed pCPUs of a runqueue in turn.
    private PcpuId PlaceIn(int runqueue, CpuMask allowed)
    {
        ref var r = ref _runqueues[runqueue];
        r.LastPlaced = _layout.Mask(runqueue).CycleBoth(r.LastPlaced, allowed);
        return r.LastPlaced;
    }

    private int LeastLoaded(CpuMask allowed, Instant now)
    {
        var best = -1;
        for (var q = 0; q < _runqueues.Length; q++)
        {
            if (!allowed.Intersects(_layout.Mask(q))) continue;
            UpdateLoad(q, now);
            // By load for each pCPU, multiplied out.
            if (best < 0 || _runqueues[q].Balanced * _layout.Pcpus(best).Length
                < _runqueues[best].Balanced * _layout.Pcpus(q).Length) best = q;
        }
        return best;
    }

    private void Move(VcpuId v, int runqueue, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (s.Running)
        {
            s.MovesTo = runqueue;
            SetTickled(s.Pcpu, true);
            Host.Kick(s.Pcpu);
            return;
        }
        var queued = _queues.Contains(v);
        if (queued) _queues.Remove(v);
        ChangeRunqueue(v, runqueue, now);
        if (!queued) return;
        Enqueue(v);
        Tickle(v, now);
    }

    private void ChangeRunqueue(VcpuId v, int runqueue, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        var from = s.Pcpu;
        s.MovesTo = -1;
        s.TickledFor = PcpuId.None;
        Leave(v, now);
        Join(v, runqueue, now);
        Host.Trace(Note.Place, v, from, s.Pcpu.Index);
    }

    // Evens out this runqueue and the one that differs from it most, by the one move or exchange that does it best.
    private void Balance(int here, Instant now)
    {
        if (_runqueues.Length == 1) return;
        UpdateLoad(here, now);
        var there = -1;
        var delta = 0L;
        for (var q = 0; q < _runqueues.Length; q++)
        {
            if (q == here) continue;
            UpdateLoad(q, now);
            var d = _runqueues[here].Balanced - _runqueues[q].Balanced;
            if (there >= 0 && Math.Abs(d) <= Math.Abs(delta)) continue;
            (there, delta) = (q, d);
        }
        var most = delta > 0 ? here : there;
        var spare = _runqueues[most].Balanced < _layout.Pcpus(most).Length * OneVcpu;
        var tolerance = (spare ? _options.UnderloadTolerance : _options.OverloadTolerance).Of(OneVcpu);
        var found = false;
        if (Math.Abs(delta) >= tolerance) found = Exchange(here, there, delta, now);
        Host.Trace(Note.Balance, VcpuId.None, _layout.Pcpus(here)[0], found ? 1 : 0);
    }

    private bool Exchange(int here, int there, long delta, Instant now)
    {
        for (var v = _members.Head(here); v >= 0; v = _members.After(v)) UpdateLoadOf(ref _vcpus[v], now);
        for (var v = _members.Head(there); v >= 0; v = _members.After(v)) UpdateLoadOf(ref _vcpus[v], now);
        var (push, pull) = (-1, -1);
        var best = Math.Abs(delta);
        // A push alone or with each pull; then each pull alone.
        for (var a = _members.Head(here); best > 0; a = _members.After(a))
        {
            if (a >= 0 && !MayMove(a, there)) continue;
            var left = a < 0 ? delta : delta - 2 * _vcpus[a].Load;
            if (a >= 0 && Math.Abs(left) < best) (best, push, pull) = (Math.Abs(left), a, -1);
            for (var b = _members.Head(there); b >= 0; b = _members.After(b))
            {
                var after = Math.Abs(left + 2 * _vcpus[b].Load);
                if (after < best && MayMove(b, here)) (best, push, pull) = (after, a, b);
            }
            if (a < 0) break;
        }
        if (push >= 0) Move(new(push), there, now);
        if (pull >= 0) Move(new(pull), here, now);
        return push >= 0 || pull >= 0;
    }

    private bool MayMove(int v, int to) =>
        _vcpus[v].MovesTo < 0 && Host[new(v)].Affinity.Intersects(_layout.Mask(to));
}
