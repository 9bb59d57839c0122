using Flms.Core;
using Flms.Schedulers.Mechanisms;
using Flms.Sim;

namespace Flms.Bench;

/// <summary>The workload <see cref="Mixed"/> under round robin with nothing around it: the event queue and a run queue.
/// What a machine and a policy cost is measured against it.</summary>
/// <remarks>
/// <para>No policy, no statistics but counts and the sum of the waits, no law to check. It counts what the machine
/// counts: alarms have lower numbers than pCPUs here, so that of one instant the wake-ups are queued before any slice
/// ends, which is where law H3 puts them.</para>
/// </remarks>
public sealed class BareLoop
{
    private readonly EventQueue _queue;
    private readonly RunQueues _runnable;
    private readonly int[] _running;    // by pCPU; never idle, since there are at least as many hogs
    private readonly long[] _sleep;     // by vCPU, in ns; 0 for a hog
    private readonly long[] _wokenAt;   // by vCPU; -1 if it waits for another reason

    /// <summary>The loop at its beginning.</summary>
    public BareLoop(Mixed mixed)
    {
        _queue = new(mixed.Vcpus + mixed.Pcpus);
        _runnable = new(mixed.Vcpus, 1);
        _running = new int[mixed.Pcpus];
        _sleep = new long[mixed.Vcpus];
        _wokenAt = new long[mixed.Vcpus];
        Array.Fill(_wokenAt, -1);
        for (var v = 0; v < mixed.Vcpus; v++)
        {
            if (!Mixed.IsHog(v))
            {
                _sleep[v] = Vrr.SleepUs(v) * 1000;
                _queue.Set(v, _sleep[v]);
                continue;
            }
            Wakes++;
            _runnable.Append(0, new(v));
        }
        for (var p = 0; p < mixed.Pcpus; p++) Dispatch(p, 0);
    }

    /// <summary>vCPUs that became runnable.</summary>
    public long Wakes { get; private set; }

    /// <summary>Slices that ran out.</summary>
    public long SliceEnds { get; private set; }

    /// <summary>Pieces of I/O work done.</summary>
    public long Completions { get; private set; }

    /// <summary>Sum of the times from an I/O vCPU's wake-up to its running, in ns.</summary>
    public long WaitSum { get; private set; }

    /// <summary>Wake-ups, slice ends and completions.</summary>
    public long Events => Wakes + SliceEnds + Completions;

    /// <summary>Runs up to and including all that happens at <paramref name="until"/>.</summary>
    public void Run(Instant until)
    {
        while (true)
        {
            var key = _queue.Next;
            var at = EventQueue.TimeOf(key);
            if (at > until.Ns) return;
            var entity = EventQueue.EntityOf(key);
            if (entity < _sleep.Length) Wake(entity, at);
            else Stop(entity - _sleep.Length, at);
        }
    }

    private void Wake(int v, long now)
    {
        Wakes++;
        _wokenAt[v] = now;
        _runnable.Append(0, new(v));
        _queue.Clear(v);
    }

    private void Stop(int p, long now)
    {
        var v = _running[p];
        if (_sleep[v] > 0)
        {
            Completions++;
            _queue.Set(v, now + _sleep[v]);
        }
        else
        {
            SliceEnds++;
            _runnable.Append(0, new(v));
        }
        Dispatch(p, now);
    }

    private void Dispatch(int p, long now)
    {
        var next = _runnable.Head(0);
        _runnable.Remove(next);
        var v = next.Index;
        _running[p] = v;
        if (_wokenAt[v] >= 0) WaitSum += now - _wokenAt[v];
        _wokenAt[v] = -1;
        _queue.Set(_sleep.Length + p, now + (_sleep[v] > 0 ? Vrr.WorkUs * 1000 : Mixed.Slice.Ns));
    }
}
