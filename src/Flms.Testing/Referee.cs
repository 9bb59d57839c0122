using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>Stands between a policy and its host, sees every callback and every call, and calls fouls.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> The Referee is the scheduler that the host sees, and the host that the policy
/// sees. It keeps its own picture of where each vCPU is, fed only by what is said across that border, and holds both
/// sides against the laws in <see cref="Scheduler"/>. It works on any host: simulated, replayed or live.</para>
/// <para><i>What each law means from outside.</i></para>
/// <para><b>H1</b> <c>now</c> goes back. (That it is constant within a callback needs no check: it is an argument.)
/// <b>H2</b> A callback that the picture in <see cref="Scheduler"/> does not allow; a callback inside another; a vCPU
/// that does not exist; a timer that was not armed or is early; an affinity, or a runnable flag, that changed without
/// a word. <b>H3</b> A wake-up, sleep, arrival or change told after a timer or a decision of the same instant; a timer
/// told late; pCPUs asked out of order without a kick in between. (Those whose slices end at this instant may be asked
/// ahead of it all; which wake-ups they may precede cannot be seen from outside.) <b>H4</b> Of two timers that were
/// both due, the higher fires first. The order of wake-ups at one instant is not checked: from outside, an operator's
/// resume looks like a wake-up. <b>H5</b> A counter that goes back, or counts more run time than the vCPU had; fewer or
/// more device events counted than told; a guest's switch that nobody asked for, of a vCPU that does not run, or to
/// what it runs already. <b>H6</b> A pCPU asks that is not the policy's, is given twice, or is taken without
/// having been given; the set differs from what was told; an affinity is empty or names a pCPU outside it.</para>
/// <para><b>P1</b> The decision names a vCPU that is not runnable, may not run there, runs elsewhere, or does not
/// exist; or the slice is not above zero. <b>P2</b> The queues of a policy cannot be seen, so a vCPU counts as lost
/// when it waits, unparked, and either every pCPU where it may run idles and nothing is left that could make the policy
/// look again (no kick unanswered, no timer armed), or they have all idled for <see cref="Claims.LostAfter"/>, or it
/// has waited for <see cref="Claims.StarvedAfter"/>; a vCPU that is run while declared parked is a foul too. <b>P3</b>
/// A wait beyond the policy's patience. <b>P4</b> When time moves on, an idle pCPU and a waiting vCPU that may run
/// there, unless a kick of a pCPU where it may run has not been answered yet. <b>P5</b> Bytes allocated in the policy's
/// callbacks. Parked vCPUs are exempt from P2 to P4.</para>
/// <para>It allocates nothing per event; a foul does.</para>
/// </remarks>
public sealed partial class Referee : Scheduler
{
    private const int FoulsKept = 1000;
    private const int AllocatingCalls = 8;

    private enum Place : byte { Absent, Blocked, Queued, Running }

    private enum Phase : byte { Told, Timers, Asking }

    private struct Seen
    {
        public Place Place;
        public bool Parked;
        public int Pcpu;    // where it runs, or -1
        public int Slot;    // its place in the list of those who wait, or -1
        public long Since;  // waiting since
        public long Ran;    // ns that it had a pCPU, up to the beginning of the present run
        public long RunsSince;
        public int Task;    // what its guest runs, as told; -1 for idle
        public GuestContext Context;
        public VcpuCounters Counted; // as last shown; device events as told
    }

    private struct Desk
    {
        public int Running;     // vCPU, or -1
        public long IdleSince;
        public long KickedAt;   // the number of the call that last kicked it
        public long SliceEnd;
    }

    private struct Clockwork
    {
        public long At;         // Instant.Never: not armed
        public long ArmedAt;    // the number of the call that armed it
    }

    private readonly Scheduler _policy;
    private readonly Claims _claims;
    private readonly Seen[] _vcpus;
    private readonly CpuMask[] _affinity;
    private readonly Desk[] _pcpus;
    private readonly Clockwork[] _timers;
    private readonly int[] _waiting;
    private readonly CpuMask _own;      // the pCPUs that the policy schedules
    private readonly CpuMask _idle;
    private readonly CpuMask _kicked;
    private readonly List<Foul> _fouls = [];
    private readonly Window _window;
    private readonly bool _workConserving;
    private readonly long _patience;
    private int _waiters;
    private int _armed;
    private long _now;
    private long _calls;            // every callback and host call has a number
    private long _oldest;           // no vCPU has waited since before this
    private long _soonest = long.MaxValue; // no timer is due before this
    private Phase _phase;
    private bool _onlySliceEnds = true;     // every pCPU asked at this instant had come to its slice's end
    private int _lastAsked = -1;
    private long _lastAskedAt;
    private long _firstAskedAt;
    private int _lastTimer = -1;
    private long _lastTimerAt;
    private bool _inside;
    private long _called;           // fouls
    private long _bytes;            // allocated in this callback
    private int _collections;       // of garbage, when this callback began
    private int _allocating;        // callbacks that allocated

    private Referee(Window window, Func<ISchedHost, Scheduler> policy, Claims claims) : base(window)
    {
        _window = window;
        _claims = claims;
        var host = window.Inner;
        _vcpus = new Seen[host.VcpuCapacity];
        _affinity = new CpuMask[host.VcpuCapacity];
        for (var v = 0; v < _vcpus.Length; v++)
        {
            _vcpus[v] = new() { Pcpu = -1, Slot = -1, Task = -1 };
            _affinity[v] = new(host.Topology.Count);
        }
        _pcpus = new Desk[host.Topology.Count];
        Array.Fill(_pcpus, new() { Running = -1, SliceEnd = long.MaxValue });
        _waiting = new int[_vcpus.Length];
        _own = new(_pcpus.Length);
        _own.CopyFrom(host.Pcpus);
        _idle = new(_pcpus.Length);
        _idle.CopyFrom(_own);
        _kicked = new(_pcpus.Length);
        window.Referee = this;
        _policy = policy(window);
        _timers = new Clockwork[_policy.Timers];
        for (var t = 0; t < _timers.Length; t++) _timers[t].At = long.MaxValue;
        _workConserving = claims.WorkConserving ?? _policy.WorkConserving;
        _patience = (claims.Patience ?? _policy.Patience).Ns;
    }

    /// <summary>Puts a referee between a policy and its host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="policy">Makes the policy, given the host as the referee shows it.</param>
    /// <param name="claims">What it is held to. Default: what it says of itself, and the first foul is thrown.</param>
    /// <returns>The scheduler to give to the host.</returns>
    public static Referee Over(ISchedHost host, Func<ISchedHost, Scheduler> policy, Claims? claims = null) =>
        new(new Window(host), policy, claims ?? Claims.Default);

    /// <summary>The policy that is watched.</summary>
    public Scheduler Policy => _policy;

    /// <summary>A number made from every decision, kick, timer setting and note so far, in their order: equal runs have
    /// equal hashes.</summary>
    public ulong Hash { get; private set; } = 1;

    /// <summary>The fouls that were collected, the first 1,000 of them.</summary>
    public IReadOnlyList<Foul> Fouls => _fouls;

    /// <summary>How many decisions were taken.</summary>
    public long Decisions { get; private set; }

    /// <summary>The bytes that the policy allocated in callbacks in which it should not have; counted only where the
    /// claims ask for law P5.</summary>
    public long Allocated { get; private set; }

    /// <inheritdoc />
    public override int Timers => _policy.Timers;

    /// <inheritdoc />
    public override bool WorkConserving => _policy.WorkConserving;

    /// <inheritdoc />
    public override Duration Patience => _policy.Patience;

    /// <inheritdoc />
    public override bool WatchesGuests => _policy.WatchesGuests;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        Enter(now);
        Known(v, "VcpuAdded");
        ref var seen = ref _vcpus[v.Index];
        if (seen.Place != Place.Absent) Call("H2", $"{v} is added, but is {seen.Place}");
        if (!_window.Inner[v].Present || _window.Inner[v].Runnable)
            Call("H2", $"{v} is added, but the host says it is {Describe(v)}");
        BeforeTimers("VcpuAdded", v);
        ref readonly var counted = ref _window.Inner.Counters(v);
        seen = new() { Place = Place.Blocked, Pcpu = -1, Slot = -1, Task = -1, Counted = counted, Ran = counted.RunNs };
        OwnAffinity(v.Index);
        _policy.VcpuAdded(v, now);
        Leave();
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        Enter(now);
        Expect(v, Place.Blocked, "VcpuRemoved");
        _vcpus[v.Index].Place = Place.Absent;
        _policy.VcpuRemoved(v, now);
        Leave();
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        Enter(now);
        Expect(v, Place.Blocked, "Wake");
        if (!_window.Inner[v].Runnable) Call("H2", $"{v} wakes, but the host says it is {Describe(v)}");
        BeforeTimers("Wake", v);
        Queue(v.Index);
        _policy.Wake(v, now);
        Leave();
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        Enter(now);
        Expect(v, Place.Queued, "Sleep");
        if (_window.Inner[v].Runnable) Call("H2", $"{v} sleeps, but the host says it is {Describe(v)}");
        BeforeTimers("Sleep", v);
        Unlist(v.Index);
        _vcpus[v.Index].Place = Place.Blocked;
        _policy.Sleep(v, now);
        Leave();
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        Enter(now);
        Asked(p, last, left);
        var decision = _policy.Schedule(p, last, left, now);
        Decided(p, decision);
        Leave();
        return decision;
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        Enter(now);
        Fired(timer);
        _policy.Timer(timer, now);
        Leave();
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        Enter(now);
        Known(v, "Adjusted");
        if (_vcpus[v.Index].Place == Place.Absent) Call("H2", $"{v} is adjusted, but does not exist");
        BeforeTimers("Adjusted", v);
        OwnAffinity(v.Index);
        _policy.Adjusted(v, now);
        Leave();
    }

    /// <inheritdoc />
    public override void IoEvent(VcpuId v, int source, Instant now)
    {
        Enter(now);
        Known(v, "IoEvent");
        if (_vcpus[v.Index].Place == Place.Absent) Call("H5", $"an event for {v}, which does not exist");
        if (source < 0) Call("H5", $"an event for {v} from source {source}");
        BeforeTimers("IoEvent", v);
        EventTold(v);
        _policy.IoEvent(v, source, now);
        Leave();
    }

    /// <inheritdoc />
    public override void GuestSwitched(VcpuId v, int task, GuestContext context, Instant now)
    {
        Enter(now);
        Known(v, "GuestSwitched");
        SwitchTold(v, task, context);
        _policy.GuestSwitched(v, task, context, now);
        Leave();
    }

    /// <inheritdoc />
    public override bool PcpusMayChange => _policy.PcpusMayChange;

    /// <inheritdoc />
    public override void PcpuGiven(PcpuId p, Instant now)
    {
        Enter(now);
        Given(p);
        _policy.PcpuGiven(p, now);
        Leave();
    }

    /// <inheritdoc />
    public override void PcpuTaken(PcpuId p, VcpuId last, Left left, Instant now)
    {
        Enter(now);
        Taken(p, last, left);
        _policy.PcpuTaken(p, last, left, now);
        Leave();
    }

    /// <summary>The run is over: what can be said only when time has moved on is said now.</summary>
    /// <param name="end">When the run ended.</param>
    public void End(Instant end)
    {
        if (end.Ns < _now) Call("H1", $"the run ends at {end}, before its last callback");
        else if (end.Ns > _now) MoveOn(end.Ns);
    }

    private void Enter(Instant now)
    {
        _calls++;
        if (_inside) Call("H2", "a callback inside another one");
        _inside = true;
        if (now.Ns > _now) MoveOn(now.Ns);
        else if (now.Ns < _now) Call("H1", $"now goes back to {now}");
        if (_claims.AllocatesUntil == null) return;
        _collections = GC.CollectionCount(0);
        _bytes = -GC.GetAllocatedBytesForCurrentThread();
    }

    private void Leave()
    {
        _inside = false;
        if (_claims.AllocatesUntil is not { } until) return;
        _bytes += GC.GetAllocatedBytesForCurrentThread();
        // A collection counts what it takes away of this thread's piece of the heap as allocated (see Allocation).
        if (_calls < until || _bytes == 0 || GC.CollectionCount(0) != _collections) return;
        Allocated += _bytes;
        if (++_allocating == AllocatingCalls)
            Call("P5", $"{_bytes} bytes allocated in a callback, as in {AllocatingCalls - 1} before it");
    }

    private void Call(string law, string what) => Call(law, what, _now);

    private void Call(string law, string what, long at)
    {
        var foul = new Foul(law, new(at), what);
        if (!_claims.Collect) throw new PolicyFault(law, $"at {foul.At}: {what}");
        _called++;
        if (_fouls.Count < FoulsKept) _fouls.Add(foul);
    }

    private void Digest(long a, long b, long c) =>
        Hash = RandomStream.Mix(RandomStream.Mix(RandomStream.Mix(Hash ^ unchecked((ulong)a)) ^ unchecked((ulong)b))
            ^ unchecked((ulong)c));
}
