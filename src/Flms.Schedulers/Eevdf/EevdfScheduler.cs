using Flms.Core;
using Flms.Schedulers.Linux;

namespace Flms.Schedulers.Eevdf;

/// <summary>EEVDF as Linux has it since 6.6: of those who have had no more than their share, the earliest virtual
/// deadline runs.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/linux-host.md 2). Each pCPU has a queue ordered by virtual deadline (see
/// <see cref="FairQueues"/>). The runner is charged at ticks, at wake-ups and when it stops; when its request is
/// served, or its protection (<see cref="ParityRule"/>) is over, somebody is picked anew. Nothing but a tick, a wake-up
/// or the precise timer (HRTICK) looks at it, so without that timer requests shorter than a tick last a tick. A sleeper
/// that has had too much stays queued until it would be picked; who wakes returns with the lag it left with.</para>
/// <para><i>Picked again.</i> The precise timer and the protection are set when a pCPU turns to another vCPU. If the
/// same one is picked again they are not, and it runs on to the next tick: the overruns that were measured.</para>
/// <para><i>Groups.</i> To 7.2 a domain is an entity of each pCPU's queue, its slice the shortest of those queued in
/// it, and a vCPU is picked within the group that is picked. In 7.3 all vCPUs of a pCPU are in one queue, with their
/// group's weight folded into their own.</para>
/// <para><i>Rejected.</i> Ending every slice on time whatever the kernel: then nothing of what was measured
/// remains.</para>
/// <para><i>Not modelled.</i> Caps (cpu.max), nice levels within a domain, the dl_server, SCHED_CACHE; and what
/// <see cref="FairScheduler"/> leaves out.</para>
/// </remarks>
public partial class EevdfScheduler : FairScheduler
{
    private struct Pcpu
    {
        public Instant Charged; // the runner is charged up to here
        public Instant Picked;  // when the pCPU turned to the runner
        public Instant Hrtick;  // when the precise timer is due
        public int Queued;      // with the runner, and with sleepers that stayed
        public bool Due;        // somebody is to be picked at the next look
        public bool Armed;      // the host's timer is set for it, not the slice
    }

    private static readonly EevdfDomain Plain = new();
    private static readonly Duration LeastHrtick = 10.Us;

    private readonly EevdfOptions _options;
    private readonly Pcpu[] _pcpus;
    private readonly PcpuId[] _from;    // where each vCPU was before its last wake-up
    private readonly FairQueues _queues;
    private readonly bool _levels;      // are there group entities?
    private readonly Duration _baseSlice;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public EevdfScheduler(ISchedHost host, EevdfOptions options) : base(host, options)
    {
        _options = options;
        _pcpus = new Pcpu[host.Topology.Count];
        for (var p = 0; p < _pcpus.Length; p++) _pcpus[p].Hrtick = Instant.Never;
        _from = new PcpuId[host.VcpuCapacity];
        _levels = Groups.Grouped && options.Pick == GroupPick.Hierarchical;
        _queues = _levels ? new(Groups.Entities, Groups.Queues, options)
            : new(host.VcpuCapacity, _pcpus.Length, options);
        _baseSlice = options.BaseSliceOn(_pcpus.Length);
    }

    // After the ticks one more a pCPU: the precise timer, where it is set while somebody runs.
    /// <inheritdoc />
    public override int Timers => base.Timers + _pcpus.Length;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        base.VcpuAdded(v, now);
        var settings = Host.ParametersOf<EevdfDomain>(DomainOf(v)) ?? Plain;
        _queues[v.Index] = new() { Slice = settings.SliceOf(Host[v], _baseSlice).Ns, Weight = FairQueues.NiceZero };
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        if (_queues[v.Index].Queued) Unqueue(v, PcpuOf(v), moves: false, sleeps: false);
        base.VcpuRemoved(v, now);
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        if (timer < _pcpus.Length) base.Timer(timer, now);
        else Fire(new(timer - _pcpus.Length));
    }

    /// <inheritdoc />
    protected override void Grow(int entities, int queues)
    {
        if (_levels) _queues.Grow(entities, queues);
    }

    /// <inheritdoc />
    protected override void Charge(PcpuId p, Instant now)
    {
        ref var c = ref _pcpus[p.Index];
        var ns = (now - c.Charged).Ns;
        if (Current(p).IsNone || ns <= 0) return;
        c.Charged = now;
        for (var (queue, e) = (p.Index, _queues.Current(p.Index)); e >= 0; e = _queues.Current(queue))
        {
            var served = _queues.Charge(e, ns);
            c.Due |= _queues.Count(queue) > 1 && (served || _queues.Lapsed(e));
            if (!Groups.IsGroup(e)) return;
            queue = Groups.QueueIn(e);
        }
    }

    /// <inheritdoc />
    protected override void Enqueue(VcpuId v, PcpuId p, PcpuId from, Arrival why, Instant now)
    {
        // Asleep, but still queued where it may no longer run.
        if (_queues[v.Index].Queued) Unqueue(v, from, moves: false, sleeps: false);
        if (why == Arrival.Wake) _queues[v.Index].Relative = false;
        _from[v.Index] = from;
        Queue(v, p, why == Arrival.New);
    }

    /// <inheritdoc />
    protected override void Dequeue(VcpuId v, PcpuId p, Instant now)
    {
        Unqueue(v, p, moves: true, sleeps: false);
        DismissSleepers(p);
    }

    /// <inheritdoc />
    protected override void Put(VcpuId v, PcpuId p, Left left, Instant now)
    {
        if (left is Left.Blocked)
        {
            if (_options.DelayDequeue && !_queues.Eligible(v.Index)) Delay(v.Index);
            else Unqueue(v, p, moves: false, sleeps: true);
            DismissSleepers(p);
        }
        else if (left is Left.Yielded)
        {
            // Inferred: who yields gives up its request.
            _queues.Forgo(v.Index);
        }
    }

    /// <inheritdoc />
    protected override Decision Next(PcpuId p, Instant now)
    {
        ref var c = ref _pcpus[p.Index];
        var next = Pick(p);
        c.Due = false;
        c.Charged = now;
        if (Install(p, next))
        {
            c.Picked = now;
            c.Hrtick = _options.Hrtick && c.Queued > 1 ? now + HrtickIn(next, Duration.Zero) : Instant.Never;
        }
        else if (c.Hrtick <= now)
        {
            c.Hrtick = Instant.Never;
        }
        if (c.Armed) Host.Arm(_pcpus.Length + p.Index, Instant.Never);
        c.Armed = false;
        return new(new(next), c.Hrtick == Instant.Never ? Duration.Forever : c.Hrtick - now);
    }

    /// <inheritdoc />
    protected override bool TickEnds(PcpuId p, Instant now)
    {
        Weigh(Current(p), p);
        return _pcpus[p.Index].Due;
    }

    /// <inheritdoc />
    protected override void Reweighed(VcpuId v, PcpuId p, Instant now) => Weigh(v, p);

    /// <inheritdoc />
    protected override bool WakesInPlace(VcpuId v, Instant now)
    {
        if (!_queues[v.Index].Queued) return false;
        var p = PcpuOf(v);
        Charge(p, now);
        _queues.Rouse(v.Index);
        _from[v.Index] = p;
        return true;
    }

    /// <inheritdoc />
    protected override bool Preempts(VcpuId v, PcpuId p, Instant now)
    {
        ref var c = ref _pcpus[p.Index];
        // By the slice the timer is set anew with everybody who is queued; by the deadline, only if it stands still.
        var set = _options.Hrtick && (_options.HrtickBy == HrtickRule.Slice || c.Hrtick == Instant.Never);
        if (set && !c.Due && SetHrtick(p, now))
        {
            c.Due = true;
            return true;
        }
        if (!c.Due && !Beats(v, p)) return false;
        c.Due = true;
        // Lazy preemption sends no interrupt to another pCPU: it looks when the next one comes. To set another pCPU's
        // timer is an interrupt there.
        return !_options.Lazy || set || WakerOf(v) == p;
    }

    /// <summary>Somebody of another class runs: the runner waits, and no timer of this class is set.</summary>
    private protected void Suspend(PcpuId p, Instant now)
    {
        PutBack(p);
        ref var c = ref _pcpus[p.Index];
        c.Due = false;
        c.Charged = now;
        c.Hrtick = Instant.Never;
        if (c.Armed) Host.Arm(_pcpus.Length + p.Index, Instant.Never);
        c.Armed = false;
    }

    /// <summary>Who runs comes back from another class, and is the runner here.</summary>
    /// <returns>Whether somebody else should run now.</returns>
    private protected bool Resume(VcpuId v, PcpuId p, Instant now)
    {
        QueueRunner(v, p);
        ref var c = ref _pcpus[p.Index];
        (c.Charged, c.Picked) = (now, now);
        if (_options.Hrtick && c.Queued > 1) SetHrtick(p, now);
        return Pick(p) != v.Index;
    }

    /// <summary>Who goes to another class leaves its queue, running, waiting, or asleep there.</summary>
    private protected void Withdraw(VcpuId v, PcpuId p)
    {
        if (_queues[v.Index].Queued) Unqueue(v, p, moves: true, sleeps: false);
    }

    // The pCPU at which the interrupt arrived that woke a vCPU.
    private PcpuId WakerOf(VcpuId v) => _options.Waker switch
    {
        WakerRule.Spread => new(v.Index % _pcpus.Length),
        WakerRule.First => new(0),
        _ => _from[v.Index],
    };

    private void Fire(PcpuId p)
    {
        _pcpus[p.Index].Armed = false;
        Host.Kick(p);
    }

    // How long after a pick, or that much later, the precise timer fires.
    private Duration HrtickIn(int e, Duration ran)
    {
        ref readonly var s = ref _queues[e];
        var left = _options.HrtickBy == HrtickRule.Slice ? new Duration(s.Slice) - ran
            : new Duration((s.Deadline - s.Vruntime) * s.Weight / FairQueues.NiceZero);
        return Duration.Max(left - _options.HrtickEarly, LeastHrtick);
    }

    // The precise timer stands still while one is alone, and after it has fired if the same one was picked again.
    // Returns whether it is overdue.
    private bool SetHrtick(PcpuId p, Instant now)
    {
        ref var c = ref _pcpus[p.Index];
        var runner = Current(p).Index;
        var ran = now - c.Picked;
        if (_options.HrtickBy == HrtickRule.Slice && ran.Ns >= _queues[runner].Slice) return true;
        if (c.Hrtick != Instant.Never) return false;
        c.Hrtick = now + HrtickIn(runner, ran);
        c.Armed = true;
        Host.Arm(_pcpus.Length + p.Index, c.Hrtick);
        return false;
    }
}
