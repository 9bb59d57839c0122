namespace Flms.Bench;

/// <summary>What comes first among events of one instant.</summary>
public enum TieRule : byte
{
    /// <summary>The event that was planned first; each takes its full effect before the next. The rule behind the
    /// published counts.</summary>
    Insertion,

    /// <summary>Law H3: slice ends and completions by pCPU, then wake-ups by vCPU; then the pCPUs that must ask do so
    /// in ascending order, or ahead of a wake-up if their slice ended and began no later than that sleep.</summary>
    Told,
}

/// <summary>The workload <c>vrr</c> written out by hand: the oracle for the machine.</summary>
/// <remarks>It shares no code with the machine and is as plain as can be: the library's priority queue, dead timers
/// left in it, time in us.</remarks>
public sealed class VrrReference
{
    private sealed class Pcpu
    {
        public readonly LinkedList<int> Io = new();
        public readonly LinkedList<int> Hogs = new();
        public int Running = -1;
        public long Timer;          // number of the one live timer; all others are dead
        public long RunFrom;
        public bool SliceOver;
    }

    private readonly Vrr _vrr;
    private readonly TieRule _ties;
    private readonly Pcpu[] _pcpus;
    private readonly long[] _remaining;
    private readonly long[] _wokenAt;   // -1 once it has run
    private readonly SortedSet<int> _asks = [];
    private readonly PriorityQueue<(int Entity, long Timer), (long At, int Rank, long Order)> _events = new();
    private long _order;
    private long _now;
    private long _wakes, _sliceEnds, _completions, _decisions, _waitSum, _waitMax;

    private VrrReference(Vrr vrr, TieRule ties)
    {
        (_vrr, _ties) = (vrr, ties);
        _pcpus = new Pcpu[vrr.Pcpus];
        for (var p = 0; p < vrr.Pcpus; p++) _pcpus[p] = new();
        _remaining = new long[vrr.Vcpus];
        _wokenAt = new long[vrr.Vcpus];
    }

    /// <summary>Runs the workload and counts.</summary>
    public static VrrCounts Run(Vrr vrr, TieRule ties) => new VrrReference(vrr, ties).Run();

    private VrrCounts Run()
    {
        for (var v = 0; v < _vrr.Vcpus; v++) Plan(_vrr.Pcpus + v, _vrr.IsHog(v) ? 0 : Vrr.SleepUs(v), 0);
        while (true)
        {
            var any = _events.TryPeek(out var e, out var key);
            if (_asks.Count > 0 && (!any || key.At > _now))
            {
                var p = _asks.Min;
                _asks.Remove(p);
                Decide(p);
                continue;
            }
            if (!any || key.At > _vrr.EndUs) break;
            _events.Dequeue();
            _now = key.At;
            if (e.Entity >= _vrr.Pcpus)
            {
                AskBefore(e.Entity - _vrr.Pcpus);
                Wake(e.Entity - _vrr.Pcpus);
            }
            else if (e.Timer == _pcpus[e.Entity].Timer) TimerEnds(e.Entity);
        }
        return new(_wakes, _sliceEnds, _completions, _decisions, _waitSum, _waitMax);
    }

    private void AskBefore(int v)
    {
        var asleepSince = _vrr.IsHog(v) ? 0 : _now - Vrr.SleepUs(v);
        foreach (var p in _asks.Where(p => _pcpus[p].SliceOver && _pcpus[p].RunFrom <= asleepSince).ToArray())
        {
            _asks.Remove(p);
            Decide(p);
        }
    }

    private void Plan(int entity, long at, long timer) =>
        _events.Enqueue((entity, timer), (at, _ties == TieRule.Told ? entity : 0, _order++));

    private Pcpu QueuesOf(int v) => _pcpus[_vrr.Mode == VrrMode.Glob ? 0 : v % _vrr.Pcpus];

    private bool First(int v) => _vrr.Mode == VrrMode.Boost && !_vrr.IsHog(v);

    private void Wake(int v)
    {
        _wakes++;
        _remaining[v] = _vrr.IsHog(v) ? long.MaxValue : Vrr.WorkUs;
        _wokenAt[v] = _now;
        var queues = QueuesOf(v);
        if (First(v)) queues.Io.AddFirst(v);
        else queues.Hogs.AddLast(v);
        if (_vrr.Mode == VrrMode.Glob)
        {
            // A pCPU that is to ask already counts as busy.
            var idle = Array.FindIndex(_pcpus, c => c.Running < 0 && !_asks.Contains(Array.IndexOf(_pcpus, c)));
            if (idle >= 0) Ask(idle);
            return;
        }
        var running = _pcpus[v % _vrr.Pcpus].Running;
        if (running < 0 || (First(v) && !First(running))) Ask(v % _vrr.Pcpus);
    }

    private void TimerEnds(int p)
    {
        var c = _pcpus[p];
        var v = c.Running;
        if (_remaining[v] == _now - c.RunFrom)
        {
            _completions++;
            _remaining[v] = 0;
            Plan(_vrr.Pcpus + v, _now + Vrr.SleepUs(v), 0);
        }
        else
        {
            _sliceEnds++;
            c.SliceOver = true;
        }
        Ask(p);
    }

    private void Ask(int p)
    {
        if (_ties == TieRule.Insertion) Decide(p);
        else _asks.Add(p);
    }

    private void Decide(int p)
    {
        _decisions++;
        var c = _pcpus[p];
        var last = c.Running;
        if (last >= 0 && _remaining[last] > 0)
        {
            if (!_vrr.IsHog(last)) _remaining[last] -= _now - c.RunFrom;
            var queues = QueuesOf(last);
            var queue = First(last) ? queues.Io : queues.Hogs;
            if (c.SliceOver) queue.AddLast(last);
            else queue.AddFirst(last);
        }
        c.SliceOver = false;
        c.Timer = ++_order;
        c.Running = -1;
        var from = _vrr.Mode == VrrMode.Glob ? _pcpus[0] : c;
        var next = from.Io.First ?? from.Hogs.First;
        if (next == null) return;
        next.List!.Remove(next);
        Run(c, p, next.Value);
    }

    private void Run(Pcpu c, int p, int v)
    {
        c.Running = v;
        c.RunFrom = _now;
        if (_wokenAt[v] >= 0 && !_vrr.IsHog(v))
        {
            _waitSum += _now - _wokenAt[v];
            _waitMax = Math.Max(_waitMax, _now - _wokenAt[v]);
        }
        _wokenAt[v] = -1;
        Plan(p, _now + Math.Min(_remaining[v], _vrr.SliceUs), c.Timer);
    }
}
