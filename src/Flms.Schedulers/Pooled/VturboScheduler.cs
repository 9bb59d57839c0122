using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Pooled;

/// <summary>Settings of <see cref="VturboScheduler"/>.</summary>
public sealed record VturboOptions : SchedulerOptions
{
    /// <summary>How many pCPUs are turbo. Default 1.</summary>
    [Option("How many pCPUs, the lowest, are turbo; at least one is left to the regular vCPUs.",
        "spec/compared-systems.md 2.6; inferred", Unit = "pCPUs", Min = "0", Max = "4096")]
    public int TurboPcpus { get; init; } = 1;

    /// <summary>Longest run on them. Default 100 us.</summary>
    [Option("Longest run on a turbo pCPU.", "spec/compared-systems.md 2.6: 0.1 ms", Min = "1us", Max = "1s")]
    public Duration TurboSlice { get; init; } = 100.Us;

    /// <summary>Longest run on the others. Default 30 ms.</summary>
    [Option("Longest run on a regular pCPU.", "spec/compared-systems.md 2.6; inferred", Min = "1ms", Max = "1s")]
    public Duration Slice { get; init; } = 30.Ms;

    /// <summary>Does a domain pay for turbo time? Default: yes.</summary>
    [Option("Is time on turbo pCPUs charged to the domain's regular vCPUs, in equal parts?",
        "spec/compared-systems.md 2.6: credits are charged to the VM; in equal parts is ours")]
    public bool Charges { get; init; } = true;
}

/// <summary>What a domain can be given for <see cref="VturboScheduler"/>.</summary>
public sealed record VturboDomain
{
    /// <summary>The number of its turbo vCPU; -1, the default, for the last of two or more; -2 for none.</summary>
    [Option("Its turbo vCPU; -1 for the last if it has two or more, -2 for none.",
        "spec/compared-systems.md 2.6: one a VM; which one is ours", Min = "-2", Max = "4095")]
    public int TurboVcpu { get; init; } = -1;
}

/// <summary>A few pCPUs with very short slices, where each VM has one vCPU that takes its interrupts.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.6). Two pools: round robin with 100 us on the turbo
/// pCPUs, Credit on the regular ones, and nobody crosses. The guest sends its device interrupts to its turbo vCPU, so
/// what an interrupt alone can answer waits at most a slice for each other VM's turbo vCPU; what a thread answers still
/// waits for a regular vCPU. Every 10 ms a domain's turbo time is taken off the credit of its regular vCPUs.</para>
/// <para><i>Rejected.</i> Waking at the head of the turbo queue: the source leaves it open, and turns are fair.</para>
/// <para><i>Not modelled.</i> The socket lock that a preempted thread holds (the paper's guest avoids it).</para>
/// </remarks>
public sealed class VturboScheduler : Pools
{
    private const int Turbo = 0;
    private const int Regular = 1;
    private const int ChargeTimer = 0;
    private const int LastIfSeveral = -1;

    private readonly VturboOptions _options;
    private readonly Rings _regulars;       // the regular vCPUs of each domain
    private readonly int[] _regularCount;
    private readonly long[] _turboNs;       // not yet charged
    private readonly Rings _owing;          // domains that have used turbo time since the last charge
    private readonly Instant[] _began;      // of each pCPU's present run
    private bool _charging;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public VturboScheduler(ISchedHost host, VturboOptions options) : base(host, ownTimers: 1,
        LowestFirst(host, Math.Min(options.TurboPcpus, host.Topology.Count - 1)),
        h => new RoundRobinScheduler(h, new() { Slice = options.TurboSlice }),
        h => new CreditScheduler(h, new() { Tslice = options.Slice }))
    {
        _options = options;
        _regulars = new(host.VcpuCapacity, host.DomainCapacity);
        _regularCount = new int[host.DomainCapacity];
        _turboNs = new long[host.DomainCapacity];
        _owing = new(host.DomainCapacity, 1);
        _began = new Instant[host.Topology.Count];
    }

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        base.VcpuAdded(v, now);
        if (!IsTurbo(v))
        {
            _regulars.Append(Host[v].Domain.Index, v.Index);
            _regularCount[Host[v].Domain.Index]++;
        }
        if (_charging || !_options.Charges) return;
        _charging = true;
        Host.Arm(ChargeTimer, now + Period);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        if (_regulars.Contains(v.Index))
        {
            _regulars.Remove(v.Index);
            _regularCount[Host[v].Domain.Index]--;
        }
        base.VcpuRemoved(v, now);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (PoolOf(p) != Turbo) return base.Schedule(p, last, left, now);
        if (!last.IsNone)
        {
            var domain = Host[last].Domain.Index;
            _turboNs[domain] += (now - _began[p.Index]).Ns;
            if (!_owing.Contains(domain)) _owing.Append(0, domain);
        }
        _began[p.Index] = now;
        return base.Schedule(p, last, left, now);
    }

    /// <inheritdoc />
    protected override int FirstPool(VcpuId v, Instant now) => IsTurbo(v) ? Turbo : Regular;

    /// <inheritdoc />
    protected override bool HasShortSlices(int pool) => pool == Turbo;

    /// <inheritdoc />
    protected override void OwnTimer(int timer, Instant now)
    {
        int after;
        for (var d = _owing.Head(0); d >= 0; d = after)
        {
            after = _owing.After(d);
            _owing.Remove(d);
            Charge(d);
        }
        Host.Arm(ChargeTimer, now + Period);
    }

    // Credit's tick: credit counts by tenths of a ms, so nothing finer would show.
    private static Duration Period => 10.Ms;

    // A vCPU that its affinity keeps off the turbo pCPUs is a turbo vCPU all the same, and pays for itself.
    private bool IsTurbo(VcpuId v)
    {
        ref readonly var info = ref Host[v];
        var number = Host.ParametersOf<VturboDomain>(info.Domain)?.TurboVcpu ?? LastIfSeveral;
        if (number != LastIfSeveral) return info.Number == number;
        return info.Kind != DomainKind.Service && info.Siblings > 1 && info.Number == info.Siblings - 1;
    }

    private void Charge(int domain)
    {
        var regulars = _regularCount[domain];
        if (regulars == 0)
        {
            _turboNs[domain] = 0;
            return;
        }
        var each = _turboNs[domain] / regulars / CreditLedger.CreditNs;
        if (each == 0) return;
        _turboNs[domain] -= each * regulars * CreditLedger.CreditNs;
        for (var v = _regulars.Head(domain); v >= 0; v = _regulars.After(v))
            if (PolicyOf(PoolOf(new VcpuId(v))) is IKeepsCredit accounts) accounts.Debit(new(v), each);
    }
}
