using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Levers;

/// <summary>Lets the kernel choose who runs more often than at its own ticks.</summary>
/// <remarks>
/// <para>Under lazy preemption a thread that wakes where another computes may wait for the next tick, 4 ms with 250 a
/// second, although its turn has come. On each pCPU a real-time thread of the agent's wakes at each beat and sleeps
/// again at once; the kernel then chooses anew who runs there, as fairly as ever. Nothing of any VM is changed, and
/// nothing is left behind: the beats end with the agent.</para>
/// <para>Each beat costs what it takes to switch to a thread and back: for 1 ms some 1 % of each pCPU (measured on a
/// virtual machine).</para>
/// </remarks>
public sealed class Ticker : IDisposable
{
    private const int BeatsAClock = 64;
    private const int Stack = 64 * 1024;

    private static readonly SchedAttributes RealTime = new() { Policy = SchedAttributes.Fifo, Priority = 1 };

    private readonly ISchedCalls _calls;
    private readonly IReadOnlyList<int> _cpus;
    private readonly int _size;
    private readonly Duration _beat;
    private readonly List<Thread> _threads = [];
    private volatile int _generation;
    private long _ownCpu;

    /// <summary>It does not beat before <see cref="Set"/>.</summary>
    /// <param name="calls">The kernel.</param>
    /// <param name="cpus">Where it beats, by Linux's numbers.</param>
    /// <param name="size">Of masks.</param>
    /// <param name="beat">How often, on each.</param>
    public Ticker(ISchedCalls calls, IReadOnlyList<int> cpus, int size, Duration beat) =>
        (_calls, _cpus, _size, _beat) = (calls, cpus, size, beat);

    /// <summary>Does it beat?</summary>
    public bool On => _threads.Count > 0;

    /// <summary>CPU time that it has used itself; counted in lots of beats.</summary>
    public Duration OwnCpu => new(Volatile.Read(ref _ownCpu));

    /// <summary>Begins to beat, or ends.</summary>
    public void Set(bool on)
    {
        if (on == On) return;
        if (!on)
        {
            _generation++;
            foreach (var thread in _threads) thread.Join();
            _threads.Clear();
            return;
        }
        foreach (var cpu in _cpus)
        {
            var thread = new Thread(() => Run(cpu), Stack) { IsBackground = true, Name = "flms ticker" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <inheritdoc />
    public void Dispose() => Set(false);

    private void Run(int cpu)
    {
        var mine = _generation;
        var here = new CpuMask(_size);
        here.Add(new(cpu));
        // Without these it would only be one more that waits: it is not wanted then.
        if (_calls.SetAffinity(0, here) < 0 || _calls.SetAttributes(0, RealTime) < 0) return;
        long used = 0, next = 0;
        for (var beats = 1; _generation == mine; beats++)
        {
            // After a pause it goes on from now; a beat that was missed is not made up for.
            next = Math.Max(next, LinuxClock.Monotonic) + _beat.Ns;
            LinuxClock.SleepUntil(next);
            if (beats % BeatsAClock != 0) continue;
            var now = LinuxClock.OfThisThread;
            Interlocked.Add(ref _ownCpu, now - used);
            used = now;
        }
    }
}
