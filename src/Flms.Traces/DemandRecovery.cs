using Flms.Core;
using Flms.Sim;

namespace Flms.Traces;

/// <summary>Follows every thread through a recording: when it woke, how much it then ran, when it waited, where it
/// ran.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> One small state machine a thread: blocked, runnable, running. A switch with a
/// runnable state is a preemption, and what follows belongs to the same burst; with any other state the burst ends. Who
/// is seen first as the one that leaves a pCPU ran there from the beginning; who is seen first as the one that comes
/// was runnable from the beginning.
/// </para>
/// <para><i>Missing switches.</i> Recorders lose events, and some kernels do not report every switch away from the idle
/// thread. Each line tells who runs on its pCPU; if that is not whom the last switch left there, a switch was missed
/// between the two lines. It is put as early as it can have been: at the pCPU's last line before, or when the newcomer
/// became runnable, whichever is later. Whoever left for the idle thread had blocked; what became of one that left for
/// another is told by its own next event: a wake-up says that it had blocked; if it comes without, it waited.</para>
/// <para><i>What is not known is nobody's.</i> Around a note of lost events run time is counted for nobody, and waiting
/// neither: whoever was runnable then may have run where events were lost, blocked and woken. Its burst ends with what
/// is known, and another begins when it is next seen. The same holds for a thread that turns up elsewhere than where
/// it ran.</para>
/// </remarks>
internal sealed class DemandRecovery
{
    // Adrift: it left its pCPU to another thread, and it is not known whether it had blocked. Unknown: nothing is.
    private enum State : byte { Unseen, Blocked, Runnable, Running, Adrift, Unknown }

    private struct Follow
    {
        public State State;
        public bool Waking;     // sched_waking came while it still ran
        public bool Woken;      // runnable because it woke, not because it was preempted
        public int Cpu;         // where it runs, or last ran; -1 for not yet
        public long Since;      // in its state since
        public long Wake;       // when the burst began
        public long Busy;       // since when it is not known to have blocked: the same, or before
        public long Work;       // what the burst has had
    }

    private struct Pcpu
    {
        public int Thread;      // who runs: place in the list of threads, Idle or Nobody
        public long Seen;       // time of its last line
        public bool Lost;       // what ran there before the next switch is not known
    }

    /// <summary>The work of a burst that is shorter than the recording's clock can tell.</summary>
    public const long ShortestNs = 1;

    private const int Idle = -1;
    private const int Nobody = -2;

    private readonly SchedTrace _trace;
    private readonly RecordedThread[] _threads;
    private readonly Follow[] _follow;
    private readonly Pcpu[] _pcpus;
    private readonly List<(int Thread, Burst Burst)> _bursts = [];
    private readonly List<Stretch>[] _stretches;
    private readonly Histogram?[] _wakeToRun;
    private readonly Histogram?[] _waits;
    private readonly Histogram?[] _responses;
    private readonly bool _wakesRecorded;
    private readonly bool _wakeupsRecorded;
    private readonly long _begin;
    private bool _lost;         // were events lost so far?

    /// <summary>How many switches were missing from the recording.</summary>
    public int MissedSwitches { get; private set; }

    /// <summary>For each pCPU, who ran there when.</summary>
    public IReadOnlyList<IReadOnlyList<Stretch>> Stretches => _stretches;

    /// <summary>Prepares to follow <paramref name="threads"/>, which stand in the order of the trace's own
    /// list.</summary>
    /// <param name="trace">The events.</param>
    /// <param name="threads">Where to write what is found.</param>
    /// <param name="wakeToRun">For each thread where to count its times from wake-up to running, or null.</param>
    /// <param name="waits">The same for all its waits.</param>
    /// <param name="responses">The same for its times from a wake-up until its work was done.</param>
    public DemandRecovery(SchedTrace trace, RecordedThread[] threads, Histogram?[] wakeToRun, Histogram?[] waits,
        Histogram?[] responses)
    {
        (_trace, _threads, _wakeToRun, _waits, _responses) = (trace, threads, wakeToRun, waits, responses);
        _follow = new Follow[threads.Length];
        for (var i = 0; i < _follow.Length; i++) _follow[i].Cpu = -1;
        _pcpus = new Pcpu[trace.Pcpus];
        _stretches = new List<Stretch>[trace.Pcpus];
        _begin = trace.Events[0].Ns;
        for (var p = 0; p < _pcpus.Length; p++)
        {
            _pcpus[p] = new() { Thread = Nobody, Seen = -1 };
            _stretches[p] = [];
        }
        foreach (ref readonly var e in trace.Events)
        {
            _wakeupsRecorded |= e.Kind == SchedEventKind.Wake;
            _wakesRecorded |= e.Kind is SchedEventKind.Wake or SchedEventKind.Waking;
        }
    }

    /// <summary>Goes through the whole recording.</summary>
    /// <returns>Its length.</returns>
    public Duration Run()
    {
        var end = _begin;
        foreach (ref readonly var e in _trace.Events)
        {
            if (e.Kind == SchedEventKind.Lost)
            {
                Lost(e.Cpu);
                continue;
            }
            end = e.Ns;
            if (e.Kind == SchedEventKind.Switch) Switch(e);
            else OnCurrent(e);
            _pcpus[e.Cpu].Seen = e.Ns;
        }
        for (var p = 0; p < _pcpus.Length; p++)
            if (_pcpus[p].Thread >= 0) CloseRun(ref _follow[_pcpus[p].Thread], _pcpus[p].Thread, end);
        for (var t = 0; t < _threads.Length; t++) Finish(t, end);
        HandOut();
        return new(end - _begin);
    }

    private void OnCurrent(in SchedEvent e)
    {
        // Interrupts that wake somebody show the thread they interrupted: it runs here.
        if (e.Current >= 0 && _pcpus[e.Cpu].Thread != Nobody) Evidence(e.Cpu, PlaceOf(e.Current), e.Ns);
        if (e.Kind == SchedEventKind.Migrate || e.A == 0) return;
        Wake(_trace.IndexOf(e.A), e.Ns, e.Kind == SchedEventKind.Waking);
    }

    private void Switch(in SchedEvent e)
    {
        ref var p = ref _pcpus[e.Cpu];
        var prev = PlaceOf(e.A);
        if (p.Thread == Nobody) FirstSeen(ref p, e.Cpu, prev, e.Ns);
        else Evidence(e.Cpu, prev, e.Ns);
        if (prev >= 0) Leave(prev, e.Ns, e.StillRunnable);
        (p.Thread, p.Lost) = (PlaceOf(e.B), false);
        if (p.Thread >= 0) Come(p.Thread, e.Cpu, e.Ns);
    }

    private int PlaceOf(int tid) => tid == 0 ? Idle : _trace.IndexOf(tid) is >= 0 and var i ? i : Nobody;

    // The first switch of a pCPU tells who ran there until then: from the beginning, or since events were lost.
    private void FirstSeen(ref Pcpu p, int cpu, int prev, long now)
    {
        if (prev < 0) return;
        ref var f = ref _follow[prev];
        if (f.State == State.Running) Drift(prev);
        var from = p.Lost ? now : f.State == State.Unseen ? _begin : f.Since;
        if (f.State is State.Unseen or State.Blocked) (f.Wake, f.Busy, f.Work) = (from, from, 0);
        else if (p.Lost || f.State == State.Unknown) Resume(ref f, prev, from);
        (f.State, f.Since, f.Cpu) = (State.Running, from, cpu);
    }

    // Somebody is seen to run on the pCPU: if it is not who should, a switch was missed.
    private void Evidence(int cpu, int thread, long now)
    {
        ref var p = ref _pcpus[cpu];
        if (thread == p.Thread || thread == Nobody) return;
        MissedSwitches++;
        var at = p.Seen;
        if (thread >= 0)
        {
            ref var f = ref _follow[thread];
            if (f.State == State.Running) Drift(thread);
            if (f.State == State.Runnable) at = Math.Max(at, f.Since);
            else if (f.State != State.Unseen) at = now;
        }
        if (p.Thread >= 0) Away(p.Thread, at, blocked: thread == Idle);
        (p.Thread, p.Lost) = (thread, false);
        if (thread >= 0) Come(thread, cpu, at);
    }

    // It left its pCPU by a switch that is missing. No pCPU idles while its own thread is runnable.
    private void Away(int thread, long at, bool blocked)
    {
        ref var f = ref _follow[thread];
        at = Math.Max(at, f.Since);
        CloseRun(ref f, thread, at);
        (f.State, f.Since, f.Woken) = (State.Adrift, at, false);
        if (!blocked) return;
        EndBurst(ref f, thread);
        f.State = State.Blocked;
    }

    // It left its pCPU at a moment that was not recorded, and what it did then is not known either.
    private void Drift(int thread)
    {
        ref var f = ref _follow[thread];
        ref var p = ref _pcpus[f.Cpu];
        var at = Math.Max(p.Seen, f.Since);
        if (p.Thread == thread) (p.Thread, p.Lost) = (Nobody, true);
        CloseRun(ref f, thread, at);
        (f.State, f.Since) = (State.Unknown, at);
    }

    private void Lost(int cpu)
    {
        ref var p = ref _pcpus[cpu];
        if (p.Thread >= 0) Drift(p.Thread);
        (p.Thread, p.Lost, _lost) = (Nobody, true, true);
        // Whoever waited may have run here meanwhile.
        foreach (ref var f in _follow.AsSpan())
            if (f.State is State.Runnable or State.Adrift) f.State = State.Unknown;
    }

    // It is seen again, and what it did since it was last seen is not known: that is neither running nor waiting.
    private void Resume(ref Follow f, int thread, long at)
    {
        if (f.Work > 0) _bursts.Add((thread, new(new(f.Wake - _begin), new(f.Work))));
        (f.Wake, f.Work) = (at, 0);
    }

    private void Wake(int thread, long now, bool waking)
    {
        ref var f = ref _follow[thread];
        switch (f.State)
        {
            case State.Running:
                f.Waking = waking;
                return;
            case State.Runnable:
                return;
            case State.Adrift:
                EndBurst(ref f, thread);
                break;
            case State.Unknown:
                Resume(ref f, thread, now);
                break;
        }
        MakeRunnable(ref f, now);
        _threads[thread].Wakes++;
    }

    private static void MakeRunnable(ref Follow f, long now)
    {
        (f.State, f.Since, f.Wake, f.Busy, f.Work) = (State.Runnable, now, now, now, 0);
        (f.Woken, f.Waking) = (true, false);
    }

    private void Leave(int thread, long now, bool stillRunnable)
    {
        ref var f = ref _follow[thread];
        CloseRun(ref f, thread, now);
        f.Since = now;
        f.Woken = false;
        f.State = State.Runnable;
        if (stillRunnable) return;
        EndBurst(ref f, thread);
        f.State = State.Blocked;
        if (!f.Waking || _wakeupsRecorded) return;
        // Only sched_waking was recorded, and it came just before the thread had left: it is runnable again at once.
        MakeRunnable(ref f, now);
        _threads[thread].Wakes++;
    }

    private void Come(int thread, int cpu, long now)
    {
        ref var f = ref _follow[thread];
        var t = _threads[thread];
        if (f.State == State.Running) Drift(thread);
        switch (f.State)
        {
            case State.Unseen when _wakesRecorded && !_lost:
                (f.Since, f.Wake, f.Busy, f.Work) = (_begin, _begin, _begin, 0);
                t.Wait += new Duration(now - _begin);
                break;
            case State.Unseen or State.Blocked:
                (f.Wake, f.Busy, f.Work) = (now, now, 0);
                t.WakesNotRecorded++;
                break;
            case State.Unknown:
            case State.Adrift when !_wakesRecorded:
                Resume(ref f, thread, now);
                break;
            case State.Runnable or State.Adrift:
                var waited = new Duration(now - f.Since);
                t.Wait += waited;
                _waits[thread]?.Record(waited);
                if (f.Woken) _wakeToRun[thread]?.Record(waited);
                break;
        }
        if (f.Cpu >= 0 && f.Cpu != cpu) t.Migrations++;
        t.Timeslices++;
        (f.State, f.Since, f.Cpu, f.Waking) = (State.Running, now, cpu, false);
    }

    private void CloseRun(ref Follow f, int thread, long now)
    {
        if (f.State != State.Running || now <= f.Since) return;
        var ran = now - f.Since;
        f.Work += ran;
        _threads[thread].Run += new Duration(ran);
        _stretches[f.Cpu].Add(new(thread, new(f.Since - _begin), new(now - _begin)));
        f.Since = now;
    }

    // A burst shorter than the recording's clock can tell is still a burst: it counts as the shortest there is.
    private void EndBurst(ref Follow f, int thread)
    {
        _responses[thread]?.Record(new(f.Since - f.Wake));
        _bursts.Add((thread, new(new(f.Wake - _begin), new(Math.Max(ShortestNs, f.Work)))));
        f.Work = 0;
    }

    private void Finish(int thread, long end)
    {
        ref var f = ref _follow[thread];
        if (f.State is State.Unseen or State.Blocked) return;
        var t = _threads[thread];
        t.Unfinished = f.State is not (State.Adrift or State.Unknown);
        if (t.Unfinished && (end - f.Busy) * 2 >= end - _begin)
            _bursts.Add((thread, new(new(f.Wake - _begin), Duration.Forever)));
        else if (f.State == State.Unknown) Resume(ref f, thread, end);
        else EndBurst(ref f, thread);
    }

    // Each thread's bursts, in order of time, as one piece of one array.
    private void HandOut()
    {
        var first = new int[_threads.Length + 1];
        foreach (var (thread, _) in _bursts) first[thread + 1]++;
        for (var t = 0; t < _threads.Length; t++) first[t + 1] += first[t];
        var all = new Burst[_bursts.Count];
        var next = first.AsSpan(0, _threads.Length).ToArray();
        foreach (var (thread, burst) in _bursts) all[next[thread]++] = burst;
        for (var t = 0; t < _threads.Length; t++)
            _threads[t].Bursts = all.AsMemory(first[t], first[t + 1] - first[t]);
    }
}
