using Flms.Core;
using Flms.Schedulers.Mechanisms;
using Flms.Sim;

namespace Flms.Bench.Peers;

/// <summary>The workload <see cref="Vrr"/> under round robin with nothing around it: the event queue, run queues and
/// counts.</summary>
/// <remarks>What a machine and a policy cost on the published workload is measured against it. As in
/// <see cref="BareLoop"/>, wake-ups of an instant are queued before any slice ends.</remarks>
public sealed class VrrLoop
{
    private readonly int _pcpus;
    private readonly bool _part;
    private readonly long _slice;
    private readonly EventQueue _queue;
    private readonly RunQueues _runnable;
    private readonly int[] _running;    // by pCPU; -1 if it is idle
    private readonly long[] _sleep;     // by vCPU, in ns; 0 for a hog
    private readonly long[] _wokenAt;   // by vCPU; -1 if it waits for another reason
    private int _idle;
    private long _wakes, _sliceEnds, _completions, _decisions, _waitSum, _waitMax;

    private VrrLoop(Vrr vrr)
    {
        if (vrr.Mode == VrrMode.Boost || vrr.SliceUs < Vrr.WorkUs)
            throw new ArgumentException("the bare loop knows no preemption");
        (_pcpus, _part, _slice) = (vrr.Pcpus, vrr.Mode == VrrMode.Part, vrr.SliceUs * 1000);
        _queue = new(vrr.Vcpus + vrr.Pcpus);
        _runnable = new(vrr.Vcpus, _part ? vrr.Pcpus : 1);
        _running = new int[vrr.Pcpus];
        _sleep = new long[vrr.Vcpus];
        _wokenAt = new long[vrr.Vcpus];
        _idle = vrr.Pcpus;
        Array.Fill(_running, -1);
        Array.Fill(_wokenAt, -1);
        for (var v = 0; v < vrr.Vcpus; v++)
        {
            _sleep[v] = vrr.IsHog(v) ? 0 : Vrr.SleepUs(v) * 1000;
            _queue.Set(v, _sleep[v]);
        }
    }

    /// <summary>Runs the workload to its end.</summary>
    /// <param name="vrr">The workload; not with <see cref="VrrMode.Boost"/>, nor with a slice below
    /// <see cref="Vrr.WorkUs"/>.</param>
    public static VrrCounts Run(Vrr vrr)
    {
        var loop = new VrrLoop(vrr);
        while (loop.RunSome(vrr.End.Ns)) { }
        return new(loop._wakes, loop._sliceEnds, loop._completions, loop._decisions, loop._waitSum / 1000,
            loop._waitMax / 1000);
    }

    // As in the machine: the runtime gives its best code to methods that are called often.
    private bool RunSome(long end)
    {
        for (var n = 0; n < 1000; n++)
        {
            var key = _queue.Next;
            var at = EventQueue.TimeOf(key);
            if (at > end) return false;
            var entity = EventQueue.EntityOf(key);
            if (entity < _sleep.Length) Wake(entity, at);
            else Stop(entity - _sleep.Length, at);
        }
        return true;
    }

    private void Wake(int v, long now)
    {
        _wakes++;
        if (_sleep[v] > 0) _wokenAt[v] = now;
        _runnable.Append(QueueOf(v), new(v));
        _queue.Clear(v);
        if (_idle > 0) DispatchIdle(v, now);
    }

    private void DispatchIdle(int v, long now)
    {
        for (var p = _part ? v % _pcpus : 0; p < _pcpus; p++)
        {
            if (_running[p] < 0)
            {
                Dispatch(p, now);
                return;
            }
            if (_part) return;
        }
    }

    private void Stop(int p, long now)
    {
        var v = _running[p];
        _running[p] = -1;
        _idle++;
        if (_sleep[v] > 0)
        {
            _completions++;
            _queue.Set(v, now + _sleep[v]);
        }
        else
        {
            _sliceEnds++;
            _runnable.Append(QueueOf(v), new(v));
        }
        Dispatch(p, now);
    }

    private void Dispatch(int p, long now)
    {
        _decisions++;
        var next = _runnable.Head(_part ? p : 0);
        if (next.IsNone)
        {
            _queue.Clear(_sleep.Length + p);
            return;
        }
        _runnable.Remove(next);
        var v = next.Index;
        _running[p] = v;
        _idle--;
        if (_wokenAt[v] >= 0)
        {
            _waitSum += now - _wokenAt[v];
            _waitMax = Math.Max(_waitMax, now - _wokenAt[v]);
            _wokenAt[v] = -1;
        }
        _queue.Set(_sleep.Length + p, now + (_sleep[v] > 0 ? Vrr.WorkUs * 1000 : _slice));
    }

    private int QueueOf(int v) => _part ? v % _pcpus : 0;
}
