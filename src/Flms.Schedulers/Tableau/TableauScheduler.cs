using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Tableau;

/// <summary>Tableau: a table says whose time it is; who is not there leaves it to others of the same pCPU.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (Vanga, Gujarati, Brandenburg, EuroSys 2018; spec/compared-systems.md 3.3). A
/// planner (<see cref="TableauPlanner"/>) writes a table in which each vCPU has a share and never goes without for
/// longer than 2(T - C). A pCPU looks up whose slot it is, and runs the owner to the slot's end. If the owner sleeps,
/// those who live on that pCPU alone and may exceed their share run by the second level: the greatest budget first, a
/// millisecond at a time. If nobody wants to, background vCPUs run, those whose budget was renewed longest ago
/// first.</para>
/// <para><i>Waking.</i> Only the pCPU on which the vCPU holds the current slot is kicked; in any other slot it waits
/// for the next decision there.</para>
/// <para><i>Plans.</i> The first plan holds from the first instant on. When vCPUs come and go, or weights, caps and
/// affinities change, a new one is made at the next wrap of the table, and holds from there. Until then a new vCPU, and
/// one that may no longer run where its slots are, is a background vCPU. Making a plan costs no time here; the original
/// leaves it to a process in dom0.</para>
/// <para><i>Rejected.</i> Balancing between pCPUs: that a slot's time is somebody's whatever the others do is the whole
/// idea.</para>
/// <para><i>Not modelled.</i> The cost of planning and of handing over a table.</para>
/// </remarks>
public sealed partial class TableauScheduler : Scheduler
{
    private const int Wrap = 0;

    private enum State : byte { Blocked, Waiting, Running }

    /// <summary>What a vCPU may have beside its slots.</summary>
    private enum Tier : byte { Background, SlotsOnly, Burstable }

    private struct Vcpu
    {
        public State State;
        public Tier Tier;
        public PcpuId Home;         // of the burstable: where they live
        public Duration Budget;     // second level: of the epoch below; background: until it is renewed
        public long Epoch;
        public Instant Renewed;     // background
    }

    private struct Pcpu
    {
        public Instant Since;       // when the running vCPU began
        public bool Guest;          // does it run in a slot that is not its own?
        public int Burstable;       // vCPUs that live here
        public long Epoch;
        public Instant EpochEnds;
    }

    /// <summary>vCPUs that may run on a pCPU.</summary>
    private readonly struct MayRunOn(ISchedHost host, PcpuId p) : IMemberFilter
    {
        public bool Allows(int member) => host[new(member)].Affinity.Contains(p);
    }

    private readonly TableauOptions _options;
    private readonly Vcpu[] _vcpus;
    private readonly Pcpu[] _pcpus;
    private readonly RunQueues _second;             // of each pCPU: its burstable vCPUs that wait
    private readonly IndexHeap<Instant> _background; // those that wait, by when they were renewed
    private readonly CpuMask _idle;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public TableauScheduler(ISchedHost host, TableauOptions options) : base(host)
    {
        _options = options;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _pcpus = new Pcpu[host.Topology.Count];
        _second = new(host.VcpuCapacity, _pcpus.Length);
        _background = new(host.VcpuCapacity);
        _idle = new CpuMask(_pcpus.Length).Fill();
        _planner = new(host.VcpuCapacity, _pcpus.Length);
        _table = new(_pcpus.Length, 40 * host.VcpuCapacity);
        _shares = new long[host.VcpuCapacity];
    }

    /// <inheritdoc />
    public override int Timers => 1;

    /// <summary>The longest time that a vCPU which wants to run goes without, by the plan in force: 2(T - C). Forever
    /// if it has no slots.</summary>
    public Duration BlackoutOf(VcpuId v) =>
        _vcpus[v.Index].Tier == Tier.Background ? Duration.Forever : _planner.BlackoutOf(v.Index);

    /// <summary>What it has in every period, and the period, by the plan in force; zeros if it has no slots.</summary>
    public (Duration Cost, Duration Period) PlanOf(VcpuId v) => (_planner.CostOf(v.Index), _planner.PeriodOf(v.Index));

    /// <summary>Has it slots on several pCPUs?</summary>
    public bool IsSplit(VcpuId v) => _planner.IsSplit(v.Index);

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        _vcpus[v.Index] = new() { Tier = Tier.Background, Budget = _options.BackgroundBudget, Renewed = now };
        PlanAnew(now);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        _vcpus[v.Index] = new() { Tier = Tier.Background };
        PlanAnew(now);
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        _vcpus[v.Index].State = State.Waiting;
        Enqueue(v);
        if (KickOwned(v, PcpuId.None, now) || !_options.KickIdle) return;
        ref readonly var s = ref _vcpus[v.Index];
        var p = s.Tier == Tier.Background ? _idle.FirstBoth(Host[v].Affinity)
            : s.Tier == Tier.Burstable && _idle.Contains(s.Home) ? s.Home
            : PcpuId.None;
        if (p.IsNone) return;
        _idle.Remove(p);
        Host.Kick(p);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        _vcpus[v.Index].State = State.Blocked;
        Dequeue(v);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (!last.IsNone) Stop(p, last, left, now);
        var slot = _table.At(p, OffsetOf(now));
        var untilEnd = new Duration(slot.End - OffsetOf(now));
        var owner = MayUse(slot.Owner, p) ? new VcpuId(slot.Owner) : VcpuId.None;
        var next = owner;
        var time = untilEnd;
        // An owner that yields lets the others have a turn.
        if (owner.IsNone || left == Left.Yielded)
        {
            next = NextGuest(p, now, out var budget);
            time = Duration.Min(untilEnd, budget);
            if (next.IsNone) (next, time) = (owner, untilEnd);
        }
        _idle.Set(p, next.IsNone);
        if (last != next && left is Left.Runnable or Left.Yielded) KickOwned(last, p, now);
        if (next.IsNone) return new(next, untilEnd);
        Dequeue(next);
        _vcpus[next.Index].State = State.Running;
        (_pcpus[p.Index].Since, _pcpus[p.Index].Guest) = (now, next != owner);
        return new(next, time);
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        Plan(now);
        for (var v = 0; v < _vcpus.Length; v++)
            if (_vcpus[v].State == State.Waiting) Dequeue(new(v));
        for (var p = 0; p < _pcpus.Length; p++) _pcpus[p].Burstable = 0;
        for (var v = 0; v < _vcpus.Length; v++) Settle(new(v), now);
        for (var p = 0; p < _pcpus.Length; p++) Host.Kick(new(p));
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        PlanAnew(now);
        ref var s = ref _vcpus[v.Index];
        if (s.Tier == Tier.Background || MayUseAllItsSlots(v)) return;
        if (s.State == State.Waiting) Dequeue(v);
        (s.Tier, s.Budget, s.Renewed) = (Tier.Background, _options.BackgroundBudget, now);
        if (s.State == State.Waiting) Enqueue(v);
    }

    // Takes the running vCPU back, and charges what it had beside its slots.
    private void Stop(PcpuId p, VcpuId v, Left left, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        ref readonly var pcpu = ref _pcpus[p.Index];
        s.State = left == Left.Blocked ? State.Blocked : State.Waiting;
        if (pcpu.Guest && s.Tier != Tier.SlotsOnly)
        {
            s.Budget -= now - pcpu.Since;
            if (s.Tier == Tier.Background && s.Budget <= Duration.Zero)
                (s.Budget, s.Renewed) = (_options.BackgroundBudget, now);
        }
        if (s.State == State.Waiting) Enqueue(v);
    }

    private void Enqueue(VcpuId v)
    {
        ref readonly var s = ref _vcpus[v.Index];
        if (s.Tier == Tier.Burstable) _second.Append(s.Home.Index, v);
        else if (s.Tier == Tier.Background) _background.Set(v.Index, s.Renewed);
    }

    private void Dequeue(VcpuId v)
    {
        if (_second.Contains(v)) _second.Remove(v);
        _background.Remove(v.Index);
    }

    private bool MayUse(int owner, PcpuId p) => owner >= 0 && _vcpus[owner].State == State.Waiting
        && _vcpus[owner].Tier != Tier.Background && Host[new(owner)].Affinity.Contains(p);

    private bool MayUseAllItsSlots(VcpuId v)
    {
        for (var i = _planner.PieceOf(v.Index); i >= 0; i = _planner.PieceOf(v.Index, i))
            if (!Host[v].Affinity.Contains(_planner.PcpuOf(i))) return false;
        return true;
    }

    // Kicks the pCPU on which it holds the current slot, unless that is the one that is deciding.
    private bool KickOwned(VcpuId v, PcpuId deciding, Instant now)
    {
        if (_vcpus[v.Index].Tier == Tier.Background) return false;
        for (var i = _planner.PieceOf(v.Index); i >= 0; i = _planner.PieceOf(v.Index, i))
        {
            var p = _planner.PcpuOf(i);
            if (p == deciding || _table.At(p, OffsetOf(now)).Owner != v.Index) continue;
            Host.Kick(p);
            return true;
        }
        return false;
    }

    // Who runs in a slot that its owner does not use.
    private VcpuId NextGuest(PcpuId p, Instant now, out Duration time)
    {
        var next = GreatestBudget(p, now, out time);
        if (!next.IsNone)
        {
            time = Duration.Min(time, _options.SecondLevelRun);
            return next;
        }
        next = new(_background.First(new MayRunOn(Host, p)));
        if (!next.IsNone) time = _vcpus[next.Index].Budget;
        return next;
    }

    private VcpuId GreatestBudget(PcpuId p, Instant now, out Duration budget)
    {
        ref var pcpu = ref _pcpus[p.Index];
        budget = Duration.Zero;
        if (_second.IsEmpty(p.Index)) return VcpuId.None;
        if (now >= pcpu.EpochEnds) BeginEpoch(ref pcpu, now);
        var found = SearchBudget(p, ref pcpu, out budget);
        if (!found.IsNone) return found;
        BeginEpoch(ref pcpu, now);
        return SearchBudget(p, ref pcpu, out budget);
    }

    private void BeginEpoch(ref Pcpu pcpu, Instant now)
    {
        pcpu.Epoch++;
        pcpu.EpochEnds = now + _options.Epoch;
    }

    // Those who wait are a part of those who live here, a handful: looking at each is as fast as an order would be.
    private VcpuId SearchBudget(PcpuId p, ref Pcpu pcpu, out Duration budget)
    {
        var found = VcpuId.None;
        budget = Duration.Zero;
        for (var v = _second.Head(p.Index); !v.IsNone; v = _second.After(v))
        {
            ref var s = ref _vcpus[v.Index];
            if (s.Epoch != pcpu.Epoch) (s.Epoch, s.Budget) = (pcpu.Epoch, _options.Epoch / pcpu.Burstable);
            if (s.Budget <= Duration.Zero || s.Budget < budget) continue;
            if (s.Budget == budget && v.Index > found.Index) continue;
            (found, budget) = (v, s.Budget);
        }
        return found;
    }
}
