using System.Runtime.CompilerServices;
using Flms.Core;
using Flms.Sim.Devices;
using Flms.Sim.Guests;

namespace Flms.Sim;

/// <summary>The simulated host: runs guests under a policy, charges what a machine charges, and counts.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> Each pCPU, each workload's alarm and each of the policy's timers is an entity of
/// an <see cref="EventQueue"/>: pCPUs of their own small one, which most events go through, the others of a second. A
/// pCPU's one event is the earliest of: its guest's work is done, its slice ends, a
/// kick arrives. All events of one instant are told first (pCPUs, then alarms, then timers); then the pCPUs that must
/// ask do so in ascending order (law H3).</para>
/// <para>The main loop costs the same on every size of machine but for the depth of the event queue.</para>
/// <para>Nothing is allocated after construction. Not thread-safe; one run is one machine on one thread.</para>
/// </remarks>
public sealed partial class Machine : ISchedHost
{
    private const long Never = long.MaxValue;
    private const int FullSpeed = 1024;
    private const int SameInstantLimit = 10_000_000;
    private const int EventsPerCall = 1_000;

    private struct Pcpu
    {
        public int Running;     // vCPU, or -1
        public int Speed;       // of FullSpeed
        public long From;       // up to here the running work is accounted; ahead of now while a switch is paid for
        public long BusyFrom;   // up to here busy time and run time are counted
        public long SliceBegan;
        public long SliceEnd;
        public long KickAt;
        public long GuestAt;    // when the kernel of the running guest wants to look; Never without one
        public bool Done;       // the running vCPU has nothing more to do, and the pCPU has not asked yet
        public bool SliceOver;
        public bool Must;       // slice end or kick: it must ask even if the vCPU found new work in the same instant
        public bool Yields;     // the running vCPU lets others go first
    }

    private enum VcpuState : byte { Absent, Blocked, Queued, Running }

    private struct Vcpu
    {
        public Workload? Job;   // what it runs first; the others behind it in NextJob
        public long Since;      // queued: runnable since
        public int Last;        // pCPU where it last ran, or -1
        public int Domain;
        public short Node;      // its domain's memory node, or -1
        public VcpuState State;
        public bool Woken;      // queued because it woke, not because it was preempted
        public bool Paused;
        public bool Dying;      // destroyed, but still running: gone when its pCPU has asked
        public bool HasKernel;  // its guest's kernel decides what stands at the end of its jobs
    }

    private readonly Pcpu[] _pcpus;
    private readonly Vcpu[] _vcpus;
    private readonly VcpuInfo[] _info;
    private readonly Workload[] _alarms;
    private readonly int _firstTimer;
    private readonly CpuMask _asks;
    private readonly EventQueue _pcpuEvents;
    private readonly EventQueue _queue;     // of everything else; slots of pCPUs are never used there
    private readonly Scheduler _policy;
    private readonly CostModel _costs;
    private readonly long[] _refill = new long[(int)Distance.Remote + 1];
    private readonly int _smtSpeed;
    private readonly bool _smt;
    private readonly MachineSetup _setup;
    private readonly Workload?[] _workloadOfAlarm;
    private readonly Device[] _devices;   // their alarms come after the operator's
    private readonly long[] _alarmSetAt;
    private IWatcher[] _watchers = [];
    private bool _watched;
    private long _now;
    private int _firing = -1;
    private int _sameInstant;
    private long _firstSliceBegan = Never; // of the slices that ended at this instant
    private bool _started;

    /// <summary>Builds the host; nothing runs yet.</summary>
    /// <param name="setup">The machine and its guests.</param>
    /// <param name="policy">Makes the scheduler, given this host.</param>
    /// <exception cref="ArgumentException">More pCPUs, vCPUs, workloads and timers than one event queue can
    /// hold.</exception>
    public Machine(MachineSetup setup, Func<ISchedHost, Scheduler> policy)
    {
        _setup = setup;
        _costs = setup.Costs;
        Topology = setup.Topology;
        VcpuCapacity = Math.Max(1, setup.Vcpus);
        DomainCapacity = Math.Max(1, setup.Domains.Count);
        _smt = Topology.Cores < Topology.Count && _costs.SmtSpeed.Num != _costs.SmtSpeed.Den;
        _smtSpeed = (int)_costs.SmtSpeed.Of(FullSpeed);
        for (var d = Distance.Same; d <= Distance.Remote; d++) _refill[(int)d] = _costs.Refill(d).Ns;
        _pcpus = new Pcpu[Topology.Count];
        _vcpus = new Vcpu[VcpuCapacity];
        _info = new VcpuInfo[VcpuCapacity];
        _counters = new VcpuCounters[VcpuCapacity];
        _ran = new long[VcpuCapacity];
        _ranBeforeReset = new long[VcpuCapacity];
        _ranAway = new long[VcpuCapacity];
        _countsAway = HasMemoryAtHome(setup);
        _firstAlarm = new int[VcpuCapacity + 1];
        _toldTask = new Workload?[VcpuCapacity];
        _asks = new(Topology.Count);
        for (var p = 0; p < _pcpus.Length; p++)
            _pcpus[p] = new() { Running = -1, Speed = FullSpeed, SliceEnd = Never, KickAt = Never, GuestAt = Never };
        Io = HostIo.Of(setup);
        _kernels = new GuestKernel?[DomainCapacity];
        _guestCpus = new GuestCpu?[VcpuCapacity];
        _alarms = CreateGuests(setup);
        _kernelWork = CreateKernels(setup);
        Statistics = new(DomainCapacity, _pcpus.Length);
        _policy = policy(this);
        _tellsTasks = _policy.WatchesGuests;
        // After the alarms of workloads and guest kernels comes one more, the operator's, and then those of devices.
        _workloadOfAlarm = [.. _alarms, .. _kernelWork, null];
        _devices = Io == null ? [] : ConnectDevices(Io);
        _alarmSetAt = new long[_workloadOfAlarm.Length + _devices.Length];
        _firstTimer = _pcpus.Length + _alarmSetAt.Length;
        var entities = _firstTimer + _policy.Timers;
        if (entities > EventQueue.MaxEntities)
            throw new ArgumentException(
                $"{entities} pCPUs, workloads and timers; one machine holds {EventQueue.MaxEntities}");
        _pcpuEvents = new(_pcpus.Length);
        _queue = new(entities);
    }

    /// <summary>How far the run has come.</summary>
    public Instant Now => new(_now);

    /// <summary>What was counted since the measuring began.</summary>
    public MachineStatistics Statistics { get; }

    /// <summary>How many events were taken from the queue since the beginning.</summary>
    public long Events { get; private set; }

    /// <summary>Every workload, by domain, then vCPU, then place in the domain's list.</summary>
    public IReadOnlyList<Workload> Workloads => _alarms;

    /// <summary>The domains and everything else that the machine was made from.</summary>
    public MachineSetup Setup => _setup;

    /// <summary>The policy that it runs.</summary>
    public Scheduler Policy => _policy;

    /// <summary>Tells <paramref name="watcher"/> all that happens from now on.</summary>
    public void Watch(IWatcher watcher)
    {
        _watchers = [.. _watchers, watcher];
        _watched = true;
    }

    /// <summary>Runs up to and including all that happens at <paramref name="until"/>.</summary>
    /// <param name="until">At most <see cref="EventQueue.Horizon"/>.</param>
    /// <exception cref="PolicyFault">A law of the contract was broken.</exception>
    public void Run(Instant until)
    {
        Check.That(until <= EventQueue.Horizon);
        if (!_started) Begin();
        while (RunSome(until.Ns)) { }
        _now = until.Ns;
        CountRunTimes();
        Statistics.Until = Now;
    }

    // Runs some events, and returns whether there may be more. The main loop comes back now and then because the
    // runtime gives its best code to methods that are called often, not to a loop that never ends.
    private bool RunSome(long until)
    {
        for (var n = 0; n < EventsPerCall; n++)
        {
            var pcpu = _pcpuEvents.Next;
            var key = _queue.Next;
            var at = EventQueue.TimeOf(Math.Min(pcpu, key));
            if (at > _now)
            {
                if (!_asks.IsEmpty)
                {
                    AskAll();
                    continue;
                }
                if (at > until) return false;
                _now = at;
                _sameInstant = 0;
                _firstSliceBegan = Never;
            }
            else if (++_sameInstant > SameInstantLimit)
            {
                throw new PolicyFault("P2",
                    $"time stands still at {Now}: {SameInstantLimit} events at one instant");
            }
            if (EventQueue.TimeOf(pcpu) == at)
            {
                PcpuEvent(EventQueue.EntityOf(pcpu));
            }
            else
            {
                var entity = EventQueue.EntityOf(key);
                if (!_asks.IsEmpty && entity < _firstTimer && AskBefore(entity)) continue;
                OnceEvent(entity);
            }
            Events++;
        }
        return true;
    }

    /// <summary>Begins the measuring: forgets what was counted in the warm-up.</summary>
    public void ResetStatistics()
    {
        CountRunTimes();
        Array.Copy(_ran, _ranBeforeReset, _ran.Length);
        Statistics.Reset(Now);
        foreach (var w in _alarms) w.ResetSamples();
        Io?.ResetStatistics(_alarms, Now);
        foreach (var kernel in _kernels) kernel?.Statistics.Reset();
        Events = 0;
    }

    private void PcpuEvent(int p)
    {
        ref var c = ref _pcpus[p];
        Advance(ref c);
        if (c.Running >= 0 && (!c.Done || c.GuestAt <= _now)) FinishWork(p, ref c);
        if (c.SliceEnd <= _now)
        {
            Statistics.SliceEnds++;
            c.SliceEnd = Never;
            c.SliceOver = true;
            c.Must = true;
            _firstSliceBegan = Math.Min(_firstSliceBegan, c.SliceBegan);
        }
        if (c.KickAt <= _now)
        {
            c.KickAt = Never;
            c.Must = true;
        }
        if (!c.Done && !c.Must)
        {
            Rekey(p, ref c);
            return;
        }
        // It asks at this instant, and has its next event then.
        _pcpuEvents.Clear(p);
        if (_asks.IsEmpty && EventQueue.TimeOf(Math.Min(_pcpuEvents.Next, _queue.Next)) > _now)
        {
            // Nothing else happens now: it asks at once, as it would a moment later by way of _asks.
            Ask(p);
            AskAll();
            return;
        }
        _asks.Add(new(p));
    }

    // Pieces of work that are done now are told, and may bring new ones.
    private void FinishWork(int p, ref Pcpu c)
    {
        ref var v = ref _vcpus[c.Running];
        if (v.HasKernel)
        {
            KernelRuns(p, ref c, ref v);
            return;
        }
        while (v.Job is { Remaining: 0 } job)
        {
            v.Job = job.NextJob;
            job.NextJob = null;
            job.Queued = false;
            Statistics.Completions++;
            if (_watched) Tell(HostEventKind.Done, p, c.Running, -1, 0);
            job.WorkDone(Now);
        }
        if (v.Job == null) c.Done = true;
        if (_tellsTasks) TellTask(c.Running);
    }

    // Alarms and timers fire once: the slot is emptied unless it was set anew meanwhile, which saves one of two walks.
    private void OnceEvent(int entity)
    {
        _firing = entity;
        if (entity < _firstTimer) AlarmEvent(entity);
        else TimerEvent(entity);
        if (_firing == entity) _queue.Clear(entity);
        _firing = -1;
    }

    // Law H3: of a slice's end and an alarm at one instant, that comes first which was set first, the slice if both
    // were set at once. So it is in the genuine schedulers' traces, whose timers fire in the order of their setting.
    private bool AskBefore(int alarm)
    {
        var asked = false;
        var setAt = _alarmSetAt[alarm - _pcpus.Length];
        if (_firstSliceBegan > setAt) return false;
        for (var p = _asks.First(); !p.IsNone; p = _asks.After(p))
        {
            if (!_pcpus[p.Index].SliceOver || _pcpus[p.Index].SliceBegan > setAt) continue;
            _asks.Remove(p);
            Ask(p.Index);
            asked = true;
        }
        return asked;
    }

    private void SetOnce(int entity, long at)
    {
        if (_firing == entity) _firing = -1;
        _queue.Set(entity, Math.Max(at, _now));
    }

    private void AlarmEvent(int entity)
    {
        var alarm = entity - _pcpus.Length;
        if (alarm >= _workloadOfAlarm.Length) _devices[alarm - _workloadOfAlarm.Length].AlarmFired(Now);
        else if (_workloadOfAlarm[alarm] is not { } workload) Operate();
        else if (workload.Roused) WakenRoused(workload);
        else workload.AlarmFired(Now);
    }

    private void TimerEvent(int entity)
    {
        Statistics.TimersFired++;
        _policy.Timer(entity - _firstTimer, Now);
    }

    private void AskAll()
    {
        var asked = 0;
        while (!_asks.IsEmpty)
        {
            if (++asked > SameInstantLimit)
                throw new PolicyFault("P2",
                    $"time stands still at {Now}: pCPUs ask {SameInstantLimit} times at one instant");
            Ask(_asks.TakeFirst().Index);
        }
    }

    private void Ask(int p)
    {
        ref var c = ref _pcpus[p];
        var last = c.Running;
        var left = Left.Idle;
        if (last >= 0)
        {
            Advance(ref c);
            ref var v = ref _vcpus[last];
            if (c.Done && v.Job != null && !v.Paused)
            {
                // It found new work in the same instant: it never blocked, and need not ask for that.
                c.Done = false;
                if (!c.Must)
                {
                    Rekey(p, ref c);
                    return;
                }
            }
            left = c.Done || v.Paused ? Left.Blocked : c.Yields ? Left.Yielded : Left.Runnable;
            if (left == Left.Blocked)
            {
                v.State = VcpuState.Blocked;
                _info[last].Runnable = false;
                if (_watched) Tell(HostEventKind.Block, p, last, -1, 0);
            }
            else
            {
                v.State = VcpuState.Queued;
            }
        }
        c.Done = false;
        c.Must = false;
        c.SliceOver = false;
        c.Yields = false;
        c.SliceBegan = _now;
        c.KickAt = Never;
        Statistics.Decisions++;
        var decision = _policy.Schedule(new(p), new(last), left, Now);
        if (decision.Next.Index == last && last >= 0) Continue(p, ref c, decision);
        else Switch(p, ref c, last, left, decision);
        if (_tellsTasks && c.Running >= 0) TellTask(c.Running);
        if (left == Left.Blocked && _vcpus[last].Dying) Remove(last);
    }

    private void Continue(int p, ref Pcpu c, Decision decision)
    {
        Permit(p, decision);
        _vcpus[c.Running].State = VcpuState.Running;
        c.SliceEnd = (Now + decision.Slice).Ns;
        if (_watched) Tell(HostEventKind.Continue, p, c.Running, c.Running, decision.Slice.Ns);
        Rekey(p, ref c);
    }

    private void Switch(int p, ref Pcpu c, int last, Left left, Decision decision)
    {
        CountRunTime(ref c, p);
        if (left is Left.Runnable or Left.Yielded) (_vcpus[last].Since, _vcpus[last].Woken) = (_now, false);
        if (last >= 0 && _vcpus[last].HasKernel) KernelStops(p, ref c, last, left);
        var next = decision.Next.Index;
        c.Running = next;
        c.SliceEnd = (Now + decision.Slice).Ns;
        if (_watched && (last >= 0 || next >= 0))
            Tell(HostEventKind.Switch, p, next, last, c.SliceEnd == Never ? -1 : decision.Slice.Ns);
        if (next < 0)
        {
            if (_smt && last >= 0) SiblingsChanged(p);
            // A policy may kick the very pCPU that it lets idle: that kick is still on its way.
            Rekey(p, ref c);
            return;
        }
        Permit(p, decision);
        ref var v = ref _vcpus[next];
        v.State = VcpuState.Running;
        Statistics.Switches++;
        var waited = new Duration(_now - v.Since);
        (v.Woken ? Statistics.WakeToRun : Statistics.StopToRun)[v.Domain].Record(waited);
        c.From = _now + _costs.ContextSwitch.Ns + MoveTo(p, next, ref v);
        if (_smt && last < 0) SiblingsChanged(p);
        c.Speed = SpeedOf(p, v.Node);
        if (v.HasKernel) KernelStarts(ref c, ref v);
        Rekey(p, ref c);
    }

    // What the move costs, if it is one.
    private long MoveTo(int p, int vcpu, ref Vcpu v)
    {
        var from = v.Last;
        v.Last = p;
        if (from == p || from < 0) return 0;
        var distance = Topology.Between(new(from), new(p));
        Statistics.Migrations[(int)distance]++;
        if (_watched) Tell(HostEventKind.Migrate, p, vcpu, -1, from);
        return _refill[(int)distance];
    }

    // Law P1, at every decision: what is run must be runnable, allowed here, and run nowhere else.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Permit(int p, Decision decision)
    {
        var v = decision.Next.Index;
        if ((uint)v >= (uint)_vcpus.Length || _vcpus[v].State != VcpuState.Queued || decision.Slice <= Duration.Zero
            || !_info[v].Affinity.Contains(new(p))) Refuse(p, decision);
    }

    private void Refuse(int p, Decision decision)
    {
        var v = decision.Next;
        if (v.Index >= _vcpus.Length)
            throw new PolicyFault("P1", $"at {Now} p{p} was given {v}; there are {_vcpus.Length} vCPUs");
        if (decision.Slice <= Duration.Zero)
            throw new PolicyFault("P1", $"at {Now} p{p} was given {v} for {decision.Slice}; a slice is above zero");
        if (_vcpus[v.Index].State != VcpuState.Queued)
            throw new PolicyFault("P1", $"at {Now} p{p} was given {v}, which is {_vcpus[v.Index].State}");
        throw new PolicyFault("P1",
            $"at {Now} p{p} was given {v}, which may run on {_info[v.Index].Affinity} only");
    }

    // Brings the running work up to now.
    private void Advance(ref Pcpu c)
    {
        var elapsed = _now - c.From;
        if (elapsed <= 0) return;
        c.From = _now;
        if (c.Running < 0 || _vcpus[c.Running].Job is not { } job) return;
        job.RanNs += elapsed;
        if (job.Remaining == Workload.Endless) return;
        if (c.Speed != FullSpeed) elapsed = elapsed * c.Speed / FullSpeed;
        job.Remaining = Math.Max(0, job.Remaining - elapsed);
    }

    // Sets the pCPU's one event: work done, slice end, kick or guest's kernel, whichever is first.
    private void Rekey(int p, ref Pcpu c)
    {
        var at = Math.Min(Math.Min(c.SliceEnd, c.KickAt), c.GuestAt);
        if (!c.Done && c.Running >= 0 && _vcpus[c.Running].Job is { } job && job.Remaining != Workload.Endless)
        {
            var wall = c.Speed == FullSpeed ? job.Remaining : (job.Remaining * FullSpeed + c.Speed - 1) / c.Speed;
            at = Math.Min(at, c.From + wall);
        }
        _pcpuEvents.Set(p, at);
    }

    private int SpeedOf(int p, int node)
    {
        var speed = FullSpeed;
        if (IsAway(p, node)) speed = (int)_costs.RemoteMemorySpeed.Of(speed);
        return _smt && SiblingBusy(p) ? speed * _smtSpeed / FullSpeed : speed;
    }

    private bool SiblingBusy(int p)
    {
        var core = Topology.CoreMask(new(p));
        for (var q = core.First(); !q.IsNone; q = core.After(q))
            if (q.Index != p && _pcpus[q.Index].Running >= 0) return true;
        return false;
    }

    // A thread of the core became busy or idle: the others run at another speed from now on.
    private void SiblingsChanged(int p)
    {
        var core = Topology.CoreMask(new(p));
        for (var q = core.First(); !q.IsNone; q = core.After(q))
        {
            ref var c = ref _pcpus[q.Index];
            if (q.Index == p || c.Running < 0) continue;
            Advance(ref c);
            c.Speed = SpeedOf(q.Index, _vcpus[c.Running].Node);
            Rekey(q.Index, ref c);
        }
    }

    private void Tell(HostEventKind kind, int p, int vcpu, int other, long value, Note note = default)
    {
        var e = new HostEvent(Now, kind, note, new(p), new(vcpu), new(other), value);
        foreach (var w in _watchers) w.On(in e);
    }
}
