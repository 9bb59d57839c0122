using Flms.Core;
using Flms.Schedulers.Eevdf;
using Flms.Schedulers.Linux;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Pvsched;

/// <summary>pvsched v3's host policy: who handles an interrupt goes before the guests' real-time tasks, those before
/// all others, and those are scheduled by EEVDF; boosts are short, and repaid.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 3.8). A guest publishes what it runs. Whenever the host
/// can see it (run enter, exit, halt, injection) it sets the priority of the vCPU's thread: FIFO 60 while the guest is
/// in a critical section or has an interrupt to handle, FIFO 50 while it runs a real-time task, else fair. Boosted run
/// time of each kind is a debt, repaid by unboosted time one to one; at its limit the kind is throttled until the debt
/// is 0.</para>
/// <para><i>Levels.</i> The two FIFO levels are rings here; whoever is on neither is where <see cref="EevdfScheduler"/>
/// has it, from which this class derives: wake placement and balancing treat all alike.</para>
/// <para><i>Wake-ups.</i> A halted vCPU wakes by an interrupt, its timer's or a device's: each wake-up is boosted until
/// the guest turns to something else than an interrupt.</para>
/// <para><i>Rejected.</i> Real-time load balancing (push and pull): boosts are shorter than it takes.</para>
/// <para><i>Not modelled.</i> Nice levels within a guest, NMIs, the idle hold of at most 200 us (a guest that goes
/// idle here blocks at once), the veto of others who change the thread.</para>
/// </remarks>
public sealed class PvschedScheduler : EevdfScheduler
{
    private enum Level : byte { Fair, Task, Critical }

    private enum Place : byte { Off, Waiting, Running }

    private struct Vcpu
    {
        public Instant Since;       // its debts are up to date to here
        public Duration Critical;   // debts
        public Duration Task;
        public GuestContext Context;
        public Level Level;
        public Place Place;
        public bool Pending;        // an interrupt was accepted, and is not handled
        public bool CriticalSpent;  // throttled until the debt is 0
        public bool TaskSpent;
        public bool Realtime;
    }

    private const int Levels = 2;

    private readonly PvschedOptions _options;
    private readonly Vcpu[] _vcpus;
    private readonly Rings _rings;  // for each pCPU the Task level, then the Critical one
    private readonly bool[] _cutOffs; // by pCPU: is its cut-off set?
    private readonly int _firstCutOff;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public PvschedScheduler(ISchedHost host, PvschedOptions options) : base(host, options)
    {
        _options = options;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _rings = new(host.VcpuCapacity, Levels * host.Topology.Count);
        _cutOffs = new bool[host.Topology.Count];
        _firstCutOff = base.Timers;
    }

    /// <inheritdoc />
    public override bool WatchesGuests => true;

    // One more a pCPU: the cut-off of a boost that began while its vCPU ran.
    /// <inheritdoc />
    public override int Timers => _firstCutOff + _cutOffs.Length;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        base.VcpuAdded(v, now);
        var settings = Host.ParametersOf<PvschedDomain>(DomainOf(v));
        _vcpus[v.Index] = new() { Since = now, Realtime = settings?.Threads == GuestThreads.Realtime };
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        _vcpus[v.Index].Pending = true;
        base.Wake(v, now);
    }

    /// <inheritdoc />
    public override void IoEvent(VcpuId v, int source, Instant now)
    {
        _vcpus[v.Index].Pending = true;
        if (_vcpus[v.Index].Place != Place.Off) Reconcile(v, now);
    }

    /// <inheritdoc />
    public override void GuestSwitched(VcpuId v, int task, GuestContext context, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        s.Context = context;
        if (context != GuestContext.Interrupt) s.Pending = false;
        // Who goes idle is about to block: nothing is gained by lowering it for that.
        if (context != GuestContext.Idle) Reconcile(v, now);
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        if (timer < _firstCutOff)
        {
            base.Timer(timer, now);
            return;
        }
        var p = new PcpuId(timer - _firstCutOff);
        _cutOffs[p.Index] = false;
        Host.Kick(p);
    }

    /// <inheritdoc />
    protected override void Enqueue(VcpuId v, PcpuId p, PcpuId from, Arrival why, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        Account(ref s, now);
        s.Level = Wanted(s);
        s.Place = Place.Waiting;
        if (s.Level == Level.Fair)
        {
            base.Enqueue(v, p, from, why, now);
            return;
        }
        Withdraw(v, from);
        _rings.Append(RingOf(p, s.Level), v.Index);
        Host.Trace(Note.Boost, v, p);
    }

    /// <inheritdoc />
    protected override void Dequeue(VcpuId v, PcpuId p, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        Account(ref s, now);
        s.Place = Place.Off;
        if (!_rings.Contains(v.Index))
        {
            base.Dequeue(v, p, now);
            return;
        }
        _rings.Remove(v.Index);
        s.Level = Level.Fair;
        DismissSleepers(p);
    }

    /// <inheritdoc />
    protected override void Put(VcpuId v, PcpuId p, Left left, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        Account(ref s, now);
        var boosted = s.Level != Level.Fair;
        if (boosted) ClearCutOff(p);
        if (left == Left.Blocked)
        {
            (s.Place, s.Level, s.Context, s.Pending) = (Place.Off, Level.Fair, GuestContext.Idle, false);
            if (boosted) DismissSleepers(p);
            else base.Put(v, p, left, now);
            return;
        }
        s.Place = Place.Waiting;
        if (!boosted)
        {
            base.Put(v, p, left, now);
            return;
        }
        var before = s.Level;
        s.Level = Wanted(s);
        if (s.Level == Level.Fair) Queue(v, p, isNew: false);
        else if (left == Left.Yielded || s.Level != before) _rings.Append(RingOf(p, s.Level), v.Index);
        else _rings.Prepend(RingOf(p, s.Level), v.Index);
    }

    /// <inheritdoc />
    protected override Decision Next(PcpuId p, Instant now)
    {
        var next = First(p);
        if (next < 0)
        {
            var decision = base.Next(p, now);
            ref var f = ref _vcpus[decision.Next.Index];
            Account(ref f, now);
            f.Place = Place.Running;
            return decision;
        }
        Suspend(p, now);
        _rings.Remove(next);
        ref var s = ref _vcpus[next];
        Account(ref s, now);
        s.Place = Place.Running;
        return new(new(next), Remaining(s));
    }

    /// <inheritdoc />
    protected override bool Preempts(VcpuId v, PcpuId p, Instant now)
    {
        var (mine, runner) = (_vcpus[v.Index].Level, _vcpus[Current(p).Index].Level);
        if (mine == Level.Fair) return runner == Level.Fair && base.Preempts(v, p, now);
        return mine > runner;
    }

    /// <inheritdoc />
    protected override bool TickEnds(PcpuId p, Instant now)
    {
        var v = Current(p);
        Reconcile(v, now);
        return _vcpus[v.Index].Level == Level.Fair && base.TickEnds(p, now);
    }

    /// <inheritdoc />
    protected override void Reweighed(VcpuId v, PcpuId p, Instant now)
    {
        if (_vcpus[v.Index].Level == Level.Fair) base.Reweighed(v, p, now);
    }

    /// <inheritdoc />
    protected override bool WakesInPlace(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        Account(ref s, now);
        if (Wanted(s) != Level.Fair || !base.WakesInPlace(v, now)) return false;
        s.Place = Place.Waiting;
        return true;
    }

    private static int RingOf(PcpuId p, Level level) => Levels * p.Index + (int)level - 1;

    // The first of the higher level; -1 if all are fair.
    private int First(PcpuId p)
    {
        var critical = _rings.Head(RingOf(p, Level.Critical));
        return critical >= 0 ? critical : _rings.Head(RingOf(p, Level.Task));
    }

    private static Level Wanted(in Vcpu s)
    {
        if ((s.Pending || s.Context == GuestContext.Interrupt) && !s.CriticalSpent) return Level.Critical;
        return s.Realtime && s.Context == GuestContext.Thread && !s.TaskSpent ? Level.Task : Level.Fair;
    }

    // What is left of the budget of its level; above zero, or it would be throttled.
    private Duration Remaining(in Vcpu s) =>
        s.Level == Level.Critical ? _options.CriticalBudget - s.Critical : _options.TaskBudget - s.Task;

    // Boosted run time is a debt; unboosted time repays both.
    private void Account(ref Vcpu s, Instant now)
    {
        var passed = now - s.Since;
        s.Since = now;
        if (s.Level == Level.Fair)
        {
            if (_options.Repay == Repayment.RunTime && s.Place != Place.Running) return;
            s.Critical = Duration.Max(s.Critical - passed, Duration.Zero);
            s.Task = Duration.Max(s.Task - passed, Duration.Zero);
            s.CriticalSpent &= s.Critical > Duration.Zero;
            s.TaskSpent &= s.Task > Duration.Zero;
        }
        else if (s.Place == Place.Running && s.Level == Level.Critical)
        {
            s.Critical += passed;
            s.CriticalSpent |= s.Critical >= _options.CriticalBudget;
        }
        else if (s.Place == Place.Running)
        {
            s.Task += passed;
            s.TaskSpent |= s.Task >= _options.TaskBudget;
        }
    }

    // Sets the level that the guest's state and the debts ask for.
    private void Reconcile(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        Account(ref s, now);
        var level = Wanted(s);
        if (level == s.Level) return;
        var p = PcpuOf(v);
        Charge(p, now);
        if (s.Place == Place.Waiting) Requeue(v, ref s, p, level);
        else Turn(v, ref s, p, level, now);
    }

    private void Requeue(VcpuId v, ref Vcpu s, PcpuId p, Level level)
    {
        if (s.Level == Level.Fair) Withdraw(v, p);
        else _rings.Remove(v.Index);
        s.Level = level;
        if (level == Level.Fair) Queue(v, p, isNew: false);
        else _rings.Append(RingOf(p, level), v.Index);
        var runner = Current(p);
        if (runner.IsNone || level > _vcpus[runner.Index].Level) Host.Kick(p);
    }

    // The runner changes its level where it is.
    private void Turn(VcpuId v, ref Vcpu s, PcpuId p, Level level, Instant now)
    {
        var before = s.Level;
        s.Level = level;
        if (before == Level.Fair) Withdraw(v, p);
        var first = First(p);
        var outranked = first >= 0 && _vcpus[first].Level > level;
        if (level == Level.Fair) outranked |= Resume(v, p, now);
        if (level == Level.Fair) ClearCutOff(p);
        else SetCutOff(p, now + Remaining(s));
        if (outranked) Host.Kick(p);
    }

    private void SetCutOff(PcpuId p, Instant at)
    {
        _cutOffs[p.Index] = true;
        Host.Arm(_firstCutOff + p.Index, at);
    }

    // Boosts mostly begin and end without one, and the host's timers need not be told of that.
    private void ClearCutOff(PcpuId p)
    {
        if (!_cutOffs[p.Index]) return;
        _cutOffs[p.Index] = false;
        Host.Arm(_firstCutOff + p.Index, Instant.Never);
    }
}
