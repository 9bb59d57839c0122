using Flms.Agent.Linux;
using Flms.Agent.Plans;
using Flms.Core;

namespace Flms.Agent.Levers;

/// <summary>Lets the kernel look at the budgets of busy boosted threads more often than at its ticks.</summary>
/// <remarks>
/// <para>Unless HRTICK_DL is switched on, Linux notices at the next tick that a deadline thread has used up its budget:
/// 4 ms after it began, with 250 ticks a second. A vCPU that computes then runs for 4 ms at a time, and pays with a
/// long rest, in which no request is answered. Each beat writes the same reservation once more, its budget changed by
/// 1 ns: the kernel then settles what the thread has used, and ends its turn if that was all. (Reading its clocks does
/// not do that: measured.)</para>
/// <para>If this thread does not run, or dies with the agent, the kernel goes on keeping the budgets, at its ticks. It
/// writes only to a thread whose reservation is still exactly ours, so neither to one that somebody has taken over nor
/// to another that was given the number. It has a small reservation of its own, so it is itself bounded by the
/// kernel.</para>
/// </remarks>
public sealed class Metronome : IDisposable
{
    private const int MostABeat = 4; // threads; the next ones have their turn in the next beat
    private const int BeatsAClock = 64;

    private readonly ISchedCalls _calls;
    private readonly Duration _beat;
    private readonly Lock _gate = new();
    private readonly List<(int Tid, SchedAttributes Reservation)> _threads = [];
    private readonly ManualResetEventSlim _any = new();
    private int _next;
    private long _writes;
    private long _ownCpu;
    private volatile bool _over;
    private Thread? _thread;

    /// <summary>It follows nobody yet, and does not beat by itself before <see cref="Start"/>.</summary>
    /// <param name="calls">The kernel.</param>
    /// <param name="beat">How often it beats.</param>
    public Metronome(ISchedCalls calls, Duration beat) => (_calls, _beat) = (calls, beat);

    /// <summary>How many threads it follows.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _threads.Count;
        }
    }

    /// <summary>How often it has made the kernel settle a thread's budget.</summary>
    public long Writes => Volatile.Read(ref _writes);

    /// <summary>CPU time that it has used itself.</summary>
    public Duration OwnCpu => new(Volatile.Read(ref _ownCpu));

    /// <summary>Begins to beat.</summary>
    public void Start()
    {
        _thread = new(Run) { IsBackground = true, Name = "flms metronome" };
        _thread.Start();
    }

    /// <summary>Follows a thread from now on.</summary>
    /// <param name="tid">Which.</param>
    /// <param name="reservation">What it has been given.</param>
    public void Follow(int tid, in SchedAttributes reservation)
    {
        lock (_gate)
        {
            Remove(tid);
            _threads.Add((tid, reservation));
            _any.Set();
        }
    }

    /// <summary>Leaves a thread alone: when this returns, nothing is written to it any more.</summary>
    public void Drop(int tid)
    {
        lock (_gate) Remove(tid);
    }

    /// <summary>One beat.</summary>
    public void Beat()
    {
        lock (_gate)
        {
            for (var n = Math.Min(MostABeat, _threads.Count); n > 0 && _threads.Count > 0; n--)
            {
                _next = _next < _threads.Count ? _next : 0;
                var (tid, reservation) = _threads[_next];
                if (_calls.GetAttributes(tid, out var now) < 0 || !now.SameAs(reservation)
                    || _calls.SetAttributes(tid, reservation with { RuntimeNs = now.RuntimeNs ^ 1 }) < 0)
                {
                    Remove(tid);
                    continue;
                }
                _next++;
                Volatile.Write(ref _writes, _writes + 1);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _over = true;
        _any.Set();
        _thread?.Join();
        _any.Dispose();
    }

    private void Remove(int tid)
    {
        _threads.RemoveAll(t => t.Tid == tid);
        if (_threads.Count == 0 && !_over) _any.Reset();
    }

    private void Run()
    {
        // A tenth of a pCPU at the most; if the kernel refuses, it beats as well as others let it.
        var own = new Reservation(new(_beat.Ns / 10), _beat, Paced: false);
        var mine = false;
        long beats = 0, next = 0;
        while (!_over)
        {
            if (!_any.IsSet)
            {
                if (mine) _calls.SetAttributes(0, new() { Policy = SchedAttributes.Other });
                mine = false;
                _any.Wait();
                next = 0;
                continue;
            }
            if (!mine) _calls.SetAttributes(0, own.Attributes);
            mine = true;
            // After a pause it goes on from now; a beat that was missed is not made up for.
            var now = LinuxClock.Monotonic;
            next = next + _beat.Ns > now ? next + _beat.Ns : now + _beat.Ns;
            LinuxClock.SleepUntil(next);
            Beat();
            if (++beats % BeatsAClock == 0) Volatile.Write(ref _ownCpu, LinuxClock.OfThisThread);
        }
    }
}
