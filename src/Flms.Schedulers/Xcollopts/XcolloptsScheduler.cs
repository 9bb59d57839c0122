using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Xcollopts;

/// <summary>Credit that spreads boosted vCPUs over pCPUs and does not preempt a driver domain with work to
/// do.</summary> <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.4). A boost is worth nothing on a pCPU that runs
/// another boosted vCPU (Q1). So a waker finds a better queue first (LB): an idle pCPU, else one whose runner is not
/// boosted, on the same core, then the same socket, then anywhere; else the pCPU with the fewest boosted ones queued.
/// And a guest that was boosted by the driver domain's first packet should not take the pCPU from it while there are
/// more (P3): while more than one event is pending there, a runner of class service counts as boosted and is not
/// preempted.</para>
/// <para><i>Pending</i> is inferred: the events since it last blocked. A hypervisor would read its event channels, of
/// which a policy here sees the deliveries only.</para>
/// <para><i>Not modelled.</i> The original's several tasklets in netback and its larger grant pool: costs of the driver
/// domain, not scheduling.</para>
/// </remarks>
public sealed class XcolloptsScheduler : CreditScheduler
{
    private readonly XcolloptsOptions _options;
    private readonly int[] _pending;        // of vCPUs of class service: events since they last blocked
    private readonly CpuMask _runsBoost;    // pCPUs whose runner is boosted
    private readonly CpuMask _candidates;
    private readonly int _pcpus;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public XcolloptsScheduler(ISchedHost host, XcolloptsOptions options) : base(host, options)
    {
        _options = options;
        _pcpus = host.Topology.Count;
        _pending = new int[host.VcpuCapacity];
        _runsBoost = new(_pcpus);
        _candidates = new(_pcpus);
    }

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        _pending[v.Index] = 0;
        base.VcpuAdded(v, now);
    }

    /// <inheritdoc />
    public override void IoEvent(VcpuId v, int source, Instant now)
    {
        if (Host[v].Kind == DomainKind.Service) _pending[v.Index]++;
    }

    /// <inheritdoc />
    protected override bool Outranks(VcpuId waker, VcpuId current) =>
        !IsShieldedDriver(current) && base.Outranks(waker, current);

    /// <inheritdoc />
    protected override PcpuId QueueFor(VcpuId v, PcpuId p)
    {
        if (!_options.SpreadBoosts || Ledger.PriOf(v) != Pri.Boost || !Resists(p)) return p;
        var affinity = Host[v].Affinity;
        _candidates.CopyFrom(Idlers);
        _candidates.IntersectWith(affinity);
        if (!_candidates.IsEmpty) return Nearest(p);
        _candidates.CopyFrom(affinity);
        _candidates.ExceptWith(_runsBoost);
        while (!_candidates.IsEmpty)
        {
            var q = Nearest(p);
            if (!IsShieldedDriver(CurrentOf(q))) return q;
            _candidates.Remove(q);
        }
        return FewestBoosts(p, affinity);
    }

    /// <inheritdoc />
    protected override Duration SliceOf(PcpuId p, VcpuId next, Instant now)
    {
        _runsBoost.Set(p, Ledger.PriOf(next) == Pri.Boost);
        return Tslice;
    }

    /// <inheritdoc />
    protected override void RunEnded(PcpuId p, VcpuId v, Left left, Instant now)
    {
        _runsBoost.Remove(p);
        if (left == Left.Blocked) _pending[v.Index] = 0;
    }

    /// <inheritdoc />
    protected override void BoostEnds(PcpuId p, VcpuId v)
    {
        _runsBoost.Remove(p);
        base.BoostEnds(p, v);
    }

    /// <inheritdoc />
    protected override void Account(Instant now)
    {
        base.Account(now);
        for (var p = _runsBoost.First(); !p.IsNone; p = _runsBoost.After(p))
            if (Ledger.PriOf(CurrentOf(p)) != Pri.Boost) _runsBoost.Remove(p);
    }

    // A boosted waker would only wait behind who runs there.
    private bool Resists(PcpuId p) => _runsBoost.Contains(p) || IsShieldedDriver(CurrentOf(p));

    private bool IsShieldedDriver(VcpuId v) =>
        !v.IsNone && _options.PendingShields > 0 && _pending[v.Index] >= _options.PendingShields;

    // Of the candidates: on the same core, else in the same socket, else anywhere; cyclically after p.
    private PcpuId Nearest(PcpuId p)
    {
        var q = _candidates.CycleBoth(p, Host.Topology.CoreMask(p));
        if (q.IsNone) q = _candidates.CycleBoth(p, Host.Topology.SocketMask(p));
        return q.IsNone ? _candidates.Cycle(p) : q;
    }

    // All run boosted ones: rare, and the one place that looks at every pCPU; a queue without any ends the search.
    private PcpuId FewestBoosts(PcpuId p, CpuMask affinity)
    {
        var best = p;
        var fewest = int.MaxValue;
        var q = affinity.Contains(p) ? p : affinity.Cycle(p);
        for (var looked = affinity.Count; looked > 0 && fewest > 0; looked--, q = affinity.Cycle(q))
        {
            var boosts = 0;
            for (var v = HeadOf(q); !v.IsNone && Ledger.PriOf(v) == Pri.Boost; v = Behind(v)) boosts++;
            if (boosts >= fewest) continue;
            fewest = boosts;
            best = q;
        }
        return best;
    }
}
