using Flms.Core;

namespace Flms.Traces;

/// <summary>From a moment on, who ran on a pCPU of the recorded host.</summary>
/// <param name="From">The moment.</param>
/// <param name="Vcpu">Who; None if the pCPU was idle or ran something that takes no part in the replay.</param>
public readonly record struct RecordedSlot(Instant From, VcpuId Vcpu);

/// <summary>Runs on each pCPU exactly whom the recorded host ran there, when it did: its decisions come from the
/// recording.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> Each pCPU has a list of slots and a timer that fires when the next one begins.
/// When a pCPU asks, it is given the vCPU of its slot if that is runnable and runs nowhere else; otherwise it idles
/// until the vCPU wakes, or is let go by another pCPU, or the next slot begins. After the last slot everything
/// idles.</para>
/// <para>It is no policy for use: it shows that a replay reproduces what was recorded, and gives the recorded host a
/// row beside the others. It is not work-conserving, as it does not know better than the recording.</para>
/// </remarks>
public sealed class RecordedScheduler : Scheduler
{
    private struct Pcpu
    {
        public RecordedSlot[] Slots;
        public int Next;        // the slot that begins next
        public int Wants;       // the vCPU of the present slot, or -1
        public int Runs;        // the vCPU that it was given, or -1
    }

    private struct Vcpu
    {
        public bool Runnable;
        public int RunsOn;      // pCPU, or -1
        public int WantedOn;    // the pCPU whose slot it has, or -1
    }

    private readonly Pcpu[] _pcpus;
    private readonly Vcpu[] _vcpus;

    /// <summary>A policy that follows the slots of each pCPU.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="slots">For each pCPU the slots in order of time; pCPUs beyond the list idle.</param>
    public RecordedScheduler(ISchedHost host, IReadOnlyList<IReadOnlyList<RecordedSlot>> slots) : base(host)
    {
        _pcpus = new Pcpu[host.Topology.Count];
        for (var p = 0; p < _pcpus.Length; p++)
            _pcpus[p] = new() { Slots = p < slots.Count ? [.. slots[p]] : [], Wants = -1, Runs = -1 };
        _vcpus = new Vcpu[host.VcpuCapacity];
        for (var v = 0; v < _vcpus.Length; v++) (_vcpus[v].RunsOn, _vcpus[v].WantedOn) = (-1, -1);
        Timers = _pcpus.Length;
    }

    /// <inheritdoc />
    public override int Timers { get; }

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        // The first vCPU sets the clocks going; the others find them set.
        for (var p = 0; p < _pcpus.Length; p++)
            if (_pcpus[p].Next == 0) Advance(p, now);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) => _vcpus[v.Index].Runnable = false;

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        _vcpus[v.Index].Runnable = true;
        KickWanting(v);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now) => _vcpus[v.Index].Runnable = false;

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        ref var c = ref _pcpus[p.Index];
        c.Runs = -1;
        if (!last.IsNone)
        {
            ref var l = ref _vcpus[last.Index];
            l.RunsOn = -1;
            l.Runnable = left != Left.Blocked;
            if (l.Runnable && l.WantedOn != p.Index) KickWanting(last);
        }
        if (c.Wants < 0) return Decision.Idle;
        ref var v = ref _vcpus[c.Wants];
        if (!v.Runnable || v.RunsOn >= 0 || !Host[new(c.Wants)].Affinity.Contains(p)) return Decision.Idle;
        v.RunsOn = p.Index;
        c.Runs = c.Wants;
        return new(new(c.Wants), Duration.Forever);
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        Advance(timer, now);
        ref var c = ref _pcpus[timer];
        if (c.Wants != c.Runs) Host.Kick(new(timer));
    }

    private void Advance(int p, Instant now)
    {
        ref var c = ref _pcpus[p];
        while (c.Next < c.Slots.Length && c.Slots[c.Next].From <= now)
        {
            if (c.Wants >= 0 && _vcpus[c.Wants].WantedOn == p) _vcpus[c.Wants].WantedOn = -1;
            c.Wants = c.Slots[c.Next].Vcpu.Index;
            if (c.Wants >= 0) _vcpus[c.Wants].WantedOn = p;
            c.Next++;
        }
        if (c.Next < c.Slots.Length) Host.Arm(p, c.Slots[c.Next].From);
    }

    private void KickWanting(VcpuId v)
    {
        if (_vcpus[v.Index].WantedOn is >= 0 and var p) Host.Kick(new(p));
    }
}
