using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Pooled;

/// <summary>Settings of <see cref="Hu2010Scheduler"/>.</summary>
public sealed record Hu2010Options : SchedulerOptions
{
    /// <summary>How many pCPUs run service domains only. Default 1.</summary>
    [Option("How many pCPUs run service domains (dom0) only; none while there is no such domain.",
        "spec/compared-systems.md 2.11; the number is inferred", Unit = "pCPUs", Min = "0", Max = "4096")]
    public int DriverPcpus { get; init; } = 1;

    /// <summary>How many pCPUs are fast-tick ones. Default 1.</summary>
    [Option("How many pCPUs have fast ticks while the partition is active; at least one is left to the general ones.",
        "spec/compared-systems.md 2.11; the number is inferred", Unit = "pCPUs", Min = "0", Max = "4096")]
    public int FastPcpus { get; init; } = 1;

    /// <summary>Longest run on a fast-tick pCPU. Default 1 ms.</summary>
    [Option("Longest run on a fast-tick pCPU.", "spec/compared-systems.md 2.11, inferred", Min = "1us", Max = "1s")]
    public Duration FastSlice { get; init; } = 1.Ms;

    /// <summary>Longest run on the others. Default 30 ms.</summary>
    [Option("Longest run on driver and general pCPUs.", "spec/compared-systems.md 2.11, inferred",
        Min = "1ms", Max = "1s")]
    public Duration Slice { get; init; } = 30.Ms;

    /// <summary>How often the rate of device events is looked at. Default 100 ms.</summary>
    [Option("How often the rate of device events is looked at.", "ours, inferred: as AsymSched", Min = "1ms",
        Max = "10s")]
    public Duration Period { get; init; } = 100.Ms;

    /// <summary>The rate from which on the machine is partitioned. Default 100.</summary>
    [Option("Device events a second, on the whole machine, from which on there are fast-tick pCPUs; 0 for always.",
        "spec/compared-systems.md 2.11: a preset condition; the rate is ours", Unit = "events/s", Min = "0",
        Max = "100000000")]
    public int EventRate { get; init; } = 100;
}

/// <summary>Driver, fast-tick and general pCPUs; whoever gets a device event is at once moved to a fast-tick
/// one.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.11, first item). While device events are frequent, some
/// pCPUs have fast ticks: a vCPU that gets an event goes there at once, whatever it does, and goes back when it blocks
/// or has run for a slice without another event. Service domains run on driver pCPUs and nowhere else. The others share
/// the general pCPUs by Credit. When events become rare, the fast-tick pCPUs become general again.</para>
/// <para><i>Rejected.</i> A queue for each fast-tick pCPU, of which the shortest is chosen: one queue for all is the
/// same without mistakes.</para>
/// <para><i>Not modelled.</i> Time on fast-tick pCPUs costs no credit; a vCPU comes back with what it had.</para>
/// </remarks>
public sealed class Hu2010Scheduler : Pools
{
    private const int Driver = 0;
    private const int Fast = 1;
    private const int General = 2;
    private const int PeriodTimer = 0;

    private readonly Hu2010Options _options;
    private readonly bool[] _pending;       // has got an event since it last began a slice
    private readonly bool[] _service;
    private readonly Instant[] _began;      // of each pCPU's present slice
    private int _services;                  // vCPUs of service domains
    private long _events;                   // in this period
    private bool _active;
    private bool _counting;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public Hu2010Scheduler(ISchedHost host, Hu2010Options options) : base(host, ownTimers: 1, AllGeneral(host),
        h => new CreditScheduler(h, new() { Tslice = options.Slice }),
        h => new RoundRobinScheduler(h, new() { Slice = options.FastSlice }),
        h => new CreditScheduler(h, new() { Tslice = options.Slice }))
    {
        _options = options;
        _pending = new bool[host.VcpuCapacity];
        _service = new bool[host.VcpuCapacity];
        _began = new Instant[host.Topology.Count];
        _active = options.EventRate == 0;
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        base.VcpuRemoved(v, now);
        // Last: the drivers' pCPUs may go, and nobody must be moved who is gone.
        SetService(v, false, now);
    }

    /// <inheritdoc />
    public override void IoEvent(VcpuId v, int source, Instant now)
    {
        _events++;
        if (!_service[v.Index] && _active && !PcpusOf(Fast).IsEmpty)
        {
            _pending[v.Index] = true;
            if (PoolOf(v) != Fast) Move(v, Fast, now);
        }
        base.IoEvent(v, source, now);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (!last.IsNone && PoolOf(last) == Fast)
        {
            // A kick does not end a turn.
            var over = now - _began[p.Index] >= _options.FastSlice;
            if (left == Left.Blocked || (over && !_pending[last.Index])) MoveLast(last, Unserved(last));
        }
        var decision = base.Schedule(p, last, left, now);
        if (decision.Next.IsNone) return decision;
        if (decision.Next == last && now - _began[p.Index] < _options.FastSlice) return decision;
        _began[p.Index] = now;
        _pending[decision.Next.Index] = false;
        return decision;
    }

    /// <inheritdoc />
    protected override int FirstPool(VcpuId v, Instant now)
    {
        _pending[v.Index] = false;
        if (!_counting)
        {
            _counting = true;
            Partition(now);
            Host.Arm(PeriodTimer, now + _options.Period);
        }
        SetService(v, Host[v].Kind == DomainKind.Service, now);
        return Unserved(v);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        SetService(v, Host[v].Kind == DomainKind.Service, now);
        base.Adjusted(v, now);
    }

    /// <inheritdoc />
    protected override int PoolAfterChange(VcpuId v) => PoolOf(v) == Fast && !_service[v.Index] ? Fast : Unserved(v);

    /// <inheritdoc />
    protected override bool HasShortSlices(int pool) => pool == Fast;

    /// <inheritdoc />
    protected override void OwnTimer(int timer, Instant now)
    {
        var active = _events * 1.Seconds.Ns >= _options.EventRate * _options.Period.Ns;
        _events = 0;
        Host.Arm(PeriodTimer, now + _options.Period);
        if (active == _active) return;
        _active = active;
        Partition(now);
        if (active) return;
        for (var v = 0; v < _pending.Length; v++)
            if (IsMember(new(v)) && !_service[v]) Move(new VcpuId(v), General, now);
    }

    private static int[] AllGeneral(ISchedHost host)
    {
        var pools = new int[host.Topology.Count];
        Array.Fill(pools, General);
        return pools;
    }

    private int Unserved(VcpuId v) => _service[v.Index] ? Driver : General;

    private void SetService(VcpuId v, bool service, Instant now)
    {
        if (_service[v.Index] == service) return;
        _service[v.Index] = service;
        _services += service ? 1 : -1;
        if (_services == (service ? 1 : 0)) Partition(now);
    }

    // The lowest pCPUs are the drivers', then come the fast-tick ones; one at least remains general.
    private void Partition(Instant now)
    {
        var all = Host.Topology.Count;
        var drivers = _services > 0 ? Math.Min(_options.DriverPcpus, all - 1) : 0;
        var fast = _active ? Math.Min(_options.FastPcpus, all - 1 - drivers) : 0;
        for (var p = 0; p < all; p++)
        {
            var pool = p < drivers ? Driver : p < drivers + fast ? Fast : General;
            if (PoolOf(new PcpuId(p)) != pool) Move(new PcpuId(p), pool, now);
        }
    }
}
