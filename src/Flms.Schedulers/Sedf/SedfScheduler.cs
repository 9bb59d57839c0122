using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Sedf;

/// <summary>Simple earliest deadline first, as in Xen up to 4.5: a slice in every period, shares of the rest.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/xen.md section 3). Each pCPU is on its own. A vCPU whose period has begun
/// waits on the run queue by deadline, one whose period is to come on the wait queue by its beginning. Time that no
/// deadline claims is extra time, given in small quanta: first to those who lost guaranteed time by blocking (level 0),
/// then by share (level 1). Guests without a slice live on extra time alone.</para>
/// <para><i>Kept from the original.</i> No balancing, no notice of overload: two vCPUs with 15 ms in every 20 ms share
/// one pCPU 75:25. A vCPU that wakes within its period gets no more real time in it. Admission control is ours, and off
/// unless asked for (<see cref="SedfAdmission"/>).</para>
/// <para><i>Rejected.</i> Heaps for the queues: their order among equals is not that of arrival, and the genuine order
/// can be seen. Sorted lists searched from the tail find most places at once.</para>
/// <para><i>Not modelled.</i> The doubling of periods by a latency hint, which nothing in the original ever turned on;
/// changing a domain's parameters while it runs.</para>
/// </remarks>
public sealed partial class SedfScheduler : Scheduler
{
    private enum Mode : byte { Idle, RealTime, Penalty, Utilisation }

    private struct Vcpu
    {
        public SedfDomain Settings;
        public Duration Period;
        public Duration Slice;
        public int ExtraWeight;
        public Instant Deadline;
        public Duration Used;           // of the slice in this period
        public PcpuId Pcpu;
        public long PenaltyScore;
        public long Score;              // for level 1, where the lowest runs first; on it: plus what has fallen
        public bool WantsPenalty;
        public bool HasBlocked;
        public bool HasWoken;
        public readonly Instant Begins => new(Deadline.Ns - Period.Ns);
    }

    private struct Pcpu
    {
        public VcpuId Current;
        public Mode Mode;
        public Instant Started;
        public Instant Expires;
        public long Fallen;     // by how much the scores on level 1 have fallen
    }

    private readonly SedfOptions _options;
    private readonly Vcpu[] _vcpus;
    private readonly Pcpu[] _pcpus;
    private readonly RunQueues _timed;      // of each pCPU: the run queue, then the wait queue
    private readonly RunQueues _penalty;    // level 0
    private readonly RunQueues _extra;      // level 1
    private readonly Rings _residents;      // those who live on each pCPU
    private readonly SedfHomes _homes;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public SedfScheduler(ISchedHost host, SedfOptions options) : base(host)
    {
        _options = options;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _pcpus = new Pcpu[host.Topology.Count];
        Array.Fill(_pcpus, new() { Current = VcpuId.None });
        _timed = new(host.VcpuCapacity, 2 * _pcpus.Length);
        _penalty = new(host.VcpuCapacity, _pcpus.Length);
        _extra = new(host.VcpuCapacity, _pcpus.Length);
        _residents = new(host.VcpuCapacity, _pcpus.Length);
        _homes = new(_pcpus.Length, options);
    }

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        var settings = _homes.SettingsOf(Host, v);
        _vcpus[v.Index] = new()
        {
            Settings = settings,
            Period = _homes.PeriodOf(settings),
            Slice = settings.Slice,
            ExtraWeight = settings.IsBestEffort ? Math.Max(1, settings.ExtraWeight) : settings.ExtraWeight,
        };
        EnterHome(v);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now) => LeaveHome(v);

    // 3.6
    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (!s.HasWoken) s.Deadline = now + s.Slice;
        s.HasWoken = true;
        if (now < s.Begins)
        {
            // It had been living on extra time, and goes on with that until its period begins.
            if (s.WantsPenalty) AddPenalty(v);
        }
        else if (now < s.Deadline)
        {
            WakeWithinPeriod(v, ref s);
        }
        else
        {
            s.Deadline = now + s.Period;
            s.Used = Duration.Zero;
        }
        if (s.Settings.Extratime) AddExtra(v);
        AddTimed(v, now);
        if (ShouldSwitch(v, ref s)) Host.Kick(s.Pcpu);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        LeaveAll(v);
        _vcpus[v.Index].HasBlocked = true;
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        if (!last.IsNone)
        {
            var runnable = left is Left.Runnable or Left.Yielded;
            if (!runnable) _vcpus[last.Index].HasBlocked = true;
            if (pcpu.Mode == Mode.RealTime) AfterRealTime(last, runnable, now - pcpu.Started, now);
            else AfterExtra(last, pcpu.Mode, runnable);
            if (runnable && !Host[last].Affinity.Contains(p)) MoveElsewhere(last, now);
        }
        UpdateQueues(p, now);
        pcpu.Current = Choose(p, now, out pcpu.Mode, out var time);
        if (time < Duration.Zero) time = _options.ExtraQuantum;
        pcpu.Started = now;
        pcpu.Expires = now + time;
        return new(pcpu.Current, time);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (Host[v].Affinity.Contains(s.Pcpu) || _pcpus[s.Pcpu.Index].Current == v) return;
        if (_timed.Contains(v)) MoveElsewhere(v, now);
        else
        {
            LeaveHome(v);
            EnterHome(v);
        }
    }

    private int RunQueue(PcpuId p) => p.Index;

    private int WaitQueue(PcpuId p) => _pcpus.Length + p.Index;

    // A wake-up within the period: what is left of the slice is lost, and half a millisecond of extra time may make up.
    private void WakeWithinPeriod(VcpuId v, ref Vcpu s)
    {
        s.Deadline += s.Period;
        if (s.HasBlocked)
        {
            var lost = s.Slice - s.Used;
            if (lost > Duration.Zero)
            {
                s.PenaltyScore = (s.Period.Ns << 10) / lost.Ns;
                s.WantsPenalty = true;
                // Also for one without extra time: what it gets is not a gift.
                AddPenalty(v);
            }
        }
        s.Used = Duration.Zero;
    }

    private bool ShouldSwitch(VcpuId v, ref Vcpu s)
    {
        ref readonly var pcpu = ref _pcpus[s.Pcpu.Index];
        if (s.Begins < pcpu.Expires || pcpu.Current.IsNone) return true;
        return pcpu.Mode switch
        {
            Mode.Penalty => s.WantsPenalty && s.PenaltyScore < _vcpus[pcpu.Current.Index].PenaltyScore,
            Mode.Utilisation => s.WantsPenalty,
            _ => false,
        };
    }

    // 3.3, step 1
    private void AfterRealTime(VcpuId v, bool runnable, Duration ran, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        s.Used += ran;
        if (s.Used < s.Slice && runnable) return;
        _timed.Remove(v);
        if (s.Used >= s.Slice)
        {
            s.Used -= s.Slice;
            s.Deadline += s.Period;
        }
        // Onto the wait queue even if its next period has begun: it goes behind those who wait there already.
        if (runnable) AddWaiting(v);
        else LeaveExtra(v);
    }

    // 3.5
    private void AfterExtra(VcpuId v, Mode mode, bool runnable)
    {
        ref var s = ref _vcpus[v.Index];
        s.Used = Duration.Zero;
        if (mode == Mode.Penalty)
        {
            _penalty.Remove(v);
            s.WantsPenalty = false;
            s.PenaltyScore = 0;
        }
        else
        {
            RemoveExtra(v);
            var old = s.Score;
            // A weight may come to nothing where slices leave nothing: then it shares extra time as best effort does.
            s.Score = s.ExtraWeight == 0 && s.Slice > Duration.Zero
                ? (s.Period.Ns << 10) / s.Slice.Ns
                : (1 << 17) / Math.Max(1, s.ExtraWeight);
            if (runnable)
            {
                _pcpus[s.Pcpu.Index].Fallen += old;
                AddExtra(v);
            }
        }
        if (!runnable) LeaveAll(v);
    }

    // 3.3, step 2
    private void UpdateQueues(PcpuId p, Instant now)
    {
        var first = _timed.Head(WaitQueue(p));
        while (!first.IsNone && _vcpus[first.Index].Begins <= now)
        {
            _timed.Remove(first);
            AddTimed(first, now);
            first = _timed.Head(WaitQueue(p));
        }
        for (var v = _timed.Head(RunQueue(p)); !v.IsNone; v = _timed.Head(RunQueue(p)))
        {
            ref var s = ref _vcpus[v.Index];
            var missed = s.Deadline < now || s.Used > s.Slice;
            if (s.Slice > Duration.Zero && !missed) return;
            _timed.Remove(v);
            s.Deadline += s.Period;
            if (s.Slice == Duration.Zero)
            {
                // Who has no slice is never due: its next period begins in the future, by a nanosecond at least.
                s.Deadline += PeriodsUntil(s.Begins, now + 1.Ns, s.Period);
                AddWaiting(v);
                continue;
            }
            s.Deadline += PeriodsUntil(s.Deadline, now, s.Period);
            s.Used = Duration.Zero;
            AddTimed(v, now);
        }
    }

    // Whole periods, as many as bring a time up to now; none if it is not past.
    private static Duration PeriodsUntil(Instant time, Instant now, Duration period) =>
        time >= now ? Duration.Zero : period * (((now - time).Ns + period.Ns - 1) / period.Ns);

    // 3.3 step 3, and 3.4
    private VcpuId Choose(PcpuId p, Instant now, out Mode mode, out Duration time)
    {
        var first = _timed.Head(RunQueue(p));
        var waiting = _timed.Head(WaitQueue(p));
        var untilNext = waiting.IsNone ? Duration.Forever : _vcpus[waiting.Index].Begins - now;
        mode = Mode.Idle;
        if (!first.IsNone)
        {
            mode = Mode.RealTime;
            time = Duration.Min(_vcpus[first.Index].Slice - _vcpus[first.Index].Used, untilNext);
            return first;
        }
        time = waiting.IsNone ? 1.Seconds : untilNext;
        if (waiting.IsNone || untilNext < _options.ExtraQuantum) return VcpuId.None;
        mode = !_penalty.IsEmpty(p.Index) ? Mode.Penalty : Mode.Utilisation;
        var extra = mode == Mode.Penalty ? _penalty.Head(p.Index) : _extra.Head(p.Index);
        if (extra.IsNone) mode = Mode.Idle;
        else time = _options.ExtraQuantum;
        return extra;
    }
}
