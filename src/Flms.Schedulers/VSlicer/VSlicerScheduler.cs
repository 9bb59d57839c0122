using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.VSlicer;

/// <summary>Credit in rounds, in which latency-sensitive vCPUs have their turn in small pieces.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.5). On each pCPU a round gives everybody there one
/// turn, a slice scaled by its weight. Those that are labelled latency-sensitive (LSVM) do not have it in one piece:
/// it is cut into microslices that are spread over the round, so they run more often and wait less at a time, for the
/// same share. Variant A leaves the slices of the others (NLSVM) whole and puts a microslice of each LSVM between two
/// of them. Variant B spaces microslices evenly: a slice of another is cut when one is due, and goes on after
/// it.</para>
/// <para><i>What is Credit's.</i> Boosts on wake (an LSVM only while it has time left in its round), ticks, accounting,
/// caps, and stealing by standing. Within a pCPU the round decides, not UNDER and OVER: it gives shares by weight
/// itself. The standing then decides only what crosses pCPUs.</para>
/// <para><i>How.</i> A vCPU remembers the round of its pCPU in which it was given its time, so a new round is one
/// addition. Who comes to another pCPU is given a turn there.</para>
/// <para><i>Rejected.</i> UNDER before OVER within a round: an LSVM in debt would miss its microslices, and their even
/// distance is the whole idea. <i>Not modelled.</i> The original's code: its paper could not be read beyond the
/// abstract; all rules here are inferred.</para>
/// </remarks>
public sealed class VSlicerScheduler : CreditScheduler
{
    private struct Vcpu
    {
        public Instant Since;       // when its run began
        public Instant Due;         // B: when its next microslice should begin
        public Duration Left;       // of its turn, in the round below
        public PcpuId Home;         // whose round
        public int Round;
        public int Served;          // A: the phase in which it last had a microslice
    }

    private struct Pcpu
    {
        public Duration Stride;     // B: from one microslice to the next, for each LSVM
        public VcpuId Cut;          // B: whose slice was cut and goes on next
        public int Round;
        public int Others;          // slices of NLSVMs in the round, and so microslices of A
        public int Phase;           // A: how many slices of NLSVMs there have been
    }

    private readonly VSlicerOptions _options;
    private readonly bool _preemptive;
    private readonly Vcpu[] _vcpus;
    private readonly Pcpu[] _pcpus;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public VSlicerScheduler(ISchedHost host, VSlicerOptions options) : base(host, options)
    {
        _options = options;
        _preemptive = options.Variant == MicroslicePlace.Preemptive;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _pcpus = new Pcpu[host.Topology.Count];
        Array.Fill(_pcpus, new() { Cut = VcpuId.None, Stride = options.Tslice });
    }

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        _vcpus[v.Index] = new() { Home = PcpuId.None, Due = now };
        base.VcpuAdded(v, now);
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        // Ahead of the other LSVMs, if it has time left.
        ref var s = ref _vcpus[v.Index];
        if (now < s.Due) s.Due = now;
        base.Wake(v, now);
    }

    /// <inheritdoc />
    protected override bool IsBoosted(VcpuId v, bool bySettings, Instant now) =>
        base.IsBoosted(v, bySettings, now) && (!IsLatency(v) || HasTime(ProcessorOf(v), v));

    // B: a waker that is due cuts the slice of an NLSVM; else only its standing counts.
    /// <inheritdoc />
    protected override bool Outranks(VcpuId waker, VcpuId current) =>
        base.Outranks(waker, current)
        || (_preemptive && IsLatency(waker) && !current.IsNone && !IsLatency(current)
            && Ledger.PriOf(current) != Pri.Boost && HasTime(ProcessorOf(waker), waker));

    /// <inheritdoc />
    protected override VcpuId Pick(PcpuId p, Instant now)
    {
        var head = HeadOf(p);
        if (head.IsNone || Ledger.PriOf(head) == Pri.Boost) return head;
        var next = InRound(p, now);
        if (!next.IsNone) return next;
        BeginRound(p, now);
        return InRound(p, now);
    }

    /// <inheritdoc />
    protected override Duration SliceOf(PcpuId p, VcpuId next, Instant now)
    {
        ref var s = ref _vcpus[next.Index];
        ref var pcpu = ref _pcpus[p.Index];
        // Who was stolen or is boosted may have none left: it is lent the least.
        var left = HasTime(p, next) ? s.Left : _options.MicroMin;
        s.Since = now;
        if (IsLatency(next))
        {
            s.Served = pcpu.Phase;
            s.Due += pcpu.Stride;
            if (s.Due < now) s.Due = now;
            return Duration.Min(left, Microslice(p, next));
        }
        if (pcpu.Cut == next) pcpu.Cut = VcpuId.None;
        // A turn of a great weight is several slices.
        left = Duration.Min(left, Tslice);
        return _preemptive ? Duration.Min(left, UntilDue(p, now)) : left;
    }

    /// <inheritdoc />
    protected override void RunEnded(PcpuId p, VcpuId v, Left left, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        ref var pcpu = ref _pcpus[p.Index];
        var ran = now - s.Since;
        s.Left -= ran;
        if (IsLatency(v)) return;
        // A run shorter than a microslice is no slice: a boosted NLSVM does not bring the LSVMs their next turn.
        if (ran >= _options.MicroMin) pcpu.Phase++;
        if (_preemptive && s.Left > Duration.Zero && left == Left.Runnable) pcpu.Cut = v;
    }

    // Who is next in this round; None if nobody on the queue has time left in it. None only then.
    private VcpuId InRound(PcpuId p, Instant now)
    {
        ref readonly var pcpu = ref _pcpus[p.Index];
        var latency = VcpuId.None;      // B: the earliest due; A: the first
        var other = VcpuId.None;
        for (var v = HeadOf(p); !v.IsNone; v = Behind(v))
        {
            if (!HasTime(p, v)) continue;
            if (!IsLatency(v))
            {
                if (other.IsNone || v == pcpu.Cut) other = v;
            }
            else if (!_preemptive && _vcpus[v.Index].Served != pcpu.Phase)
            {
                return v;
            }
            else if (latency.IsNone || (_preemptive && _vcpus[v.Index].Due < _vcpus[latency.Index].Due))
            {
                latency = v;
            }
        }
        var isDue = _preemptive && !latency.IsNone && _vcpus[latency.Index].Due <= now;
        return isDue || other.IsNone ? latency : other;
    }

    // Everybody on the queue has used its time: all are given a turn. B: the first microslice is due at once, so that
    // those of a round are spread over it however the last one ended.
    private void BeginRound(PcpuId p, Instant now)
    {
        ref var pcpu = ref _pcpus[p.Index];
        pcpu.Round++;
        pcpu.Others = 0;
        var length = Duration.Zero;
        for (var v = HeadOf(p); !v.IsNone; v = Behind(v))
        {
            length += Turn(v);
            if (IsLatency(v)) _vcpus[v.Index].Due = now;
            else pcpu.Others += (int)((Turn(v).Ns + Tslice.Ns - 1) / Tslice.Ns);
        }
        pcpu.Stride = length / _options.Microslices;
    }

    private bool HasTime(PcpuId p, VcpuId v)
    {
        ref var s = ref _vcpus[v.Index];
        ref readonly var pcpu = ref _pcpus[p.Index];
        if (s.Home == p && s.Round == pcpu.Round) return s.Left > Duration.Zero;
        var turn = Turn(v);
        // What it was lent is taken off, but never so much that a round would give it nothing.
        var owed = s.Left < Duration.Zero ? s.Left : Duration.Zero;
        s.Left = Duration.Max(turn + owed, turn / 2);
        s.Home = p;
        s.Round = pcpu.Round;
        s.Served = pcpu.Phase - 1;
        return true;
    }

    private Duration Turn(VcpuId v) => Duration.Max(Tslice * Host[v].Weight / 256, _options.MicroMin);

    private Duration Microslice(PcpuId p, VcpuId v)
    {
        var others = _pcpus[p.Index].Others;
        var pieces = _preemptive || others == 0 ? _options.Microslices : others;
        return Duration.Max(Turn(v) / pieces, _options.MicroMin);
    }

    // B: until the earliest microslice of those that wait here and have time left.
    private Duration UntilDue(PcpuId p, Instant now)
    {
        var least = Duration.Forever;
        for (var v = HeadOf(p); !v.IsNone; v = Behind(v))
            if (IsLatency(v) && HasTime(p, v)) least = Duration.Min(least, _vcpus[v.Index].Due - now);
        return Duration.Max(least, _options.MicroMin);
    }

    private bool IsLatency(VcpuId v)
    {
        var kind = Host[v].Kind;
        return kind == DomainKind.Latency || (kind == DomainKind.Mixed && _options.MixedIsLatency);
    }
}
