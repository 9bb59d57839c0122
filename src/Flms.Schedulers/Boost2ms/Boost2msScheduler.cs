using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Boost2ms;

/// <summary>Credit whose BOOST lasts 2 ms of run time and no longer.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.4). Under Credit a vCPU that wakes boosted may run
/// boosted until a tick finds it, up to 10 ms, and others that were boosted in the meantime wait as long. Here its run
/// ends after 2 ms; it is UNDER then, and goes behind all that are. A request that needs less is served as under
/// Credit; who has more to do cannot hold up the others.</para>
/// <para><i>How.</i> A boost is a budget of run time, given at a wake-up. A run while boosted is at most what is left;
/// when nothing is, the standing goes. Credit's own ends of a boost (tick, accounting) stay.</para>
/// <para><i>Rejected.</i> A new 2 ms at every dispatch: who is preempted by others that woke would be boosted for ever.
/// </para>
/// <para><i>Source.</i> The FLMS paper alone says that Zeng 2013 did this; in what could be read of that line of work
/// it does not stand (see xcollopts). What happens at the end of the 2 ms is inferred.</para>
/// </remarks>
/// <param name="host">The machine.</param>
/// <param name="options">The settings.</param>
public sealed class Boost2msScheduler(ISchedHost host, Boost2msOptions options) : CreditScheduler(host, options)
{
    private struct Vcpu
    {
        public Instant Since;       // when its boosted run began
        public Duration Left;       // of the boost
        public bool RunsBoosted;
        public bool Spent;          // no other boost before it blocks
    }

    private readonly Vcpu[] _vcpus = new Vcpu[host.VcpuCapacity];

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        _vcpus[v.Index] = default;
        base.VcpuAdded(v, now);
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        // A standing that outlasted the sleep is a new boost too.
        _vcpus[v.Index].Spent = false;
        _vcpus[v.Index].Left = options.BoostSlice;
        base.Wake(v, now);
    }

    /// <inheritdoc />
    protected override bool IsBoosted(VcpuId v, bool bySettings, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (s.Spent || !base.IsBoosted(v, bySettings, now)) return false;
        s.Left = options.BoostSlice;
        return true;
    }

    /// <inheritdoc />
    protected override Duration SliceOf(PcpuId p, VcpuId next, Instant now)
    {
        ref var s = ref _vcpus[next.Index];
        s.RunsBoosted = Ledger.PriOf(next) == Pri.Boost;
        if (!s.RunsBoosted) return Tslice;
        s.Since = now;
        return Duration.Min(Tslice, s.Left);
    }

    /// <inheritdoc />
    protected override void RunEnded(PcpuId p, VcpuId v, Left left, Instant now)
    {
        ref var s = ref _vcpus[v.Index];
        if (!s.RunsBoosted) return;
        s.RunsBoosted = false;
        var ran = now - s.Since;
        s.Left -= ran;
        if (options.Price == BoostPrice.Double) Ledger.Fine(v, ran);
        var boosted = Ledger.PriOf(v) == Pri.Boost;
        // A tick may have ended the boost before its time.
        if (boosted && s.Left > Duration.Zero) return;
        s.Spent = options.Price == BoostPrice.BlocksAgain;
        if (boosted) Ledger.SetPri(v, Pri.Under);
    }
}
