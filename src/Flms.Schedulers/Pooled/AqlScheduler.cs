using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Pooled;

/// <summary>Settings of <see cref="AqlScheduler"/>.</summary>
public sealed record AqlOptions : SchedulerOptions
{
    /// <summary>How often counters are read. Default 30 ms.</summary>
    [Option("How often the counters of every vCPU are read.", "spec/compared-systems.md 3.1", Min = "1ms", Max = "10s")]
    public Duration Period { get; init; } = 30.Ms;

    /// <summary>Periods in a window. Default 4.</summary>
    [Option("How many periods make the window after which vCPUs are typed and pools are formed anew.",
        "spec/compared-systems.md 3.1: 4 periods, pools every 120 ms", Unit = "periods", Min = "1", Max = "1000")]
    public int Window { get; init; } = 4;

    /// <summary>More device events than this in a period make IOInt. Default 8.</summary>
    [Option("More device events than this in a period: IOInt.", "spec/compared-systems.md 3.1", Unit = "events",
        Min = "0", Max = "1000000")]
    public int IoEvents { get; init; } = 8;

    /// <summary>More spin exits a second than this make ConSpin. Default 1000.</summary>
    [Option("More spin exits than this in a second of running: ConSpin.",
        "spec/compared-systems.md 3.1; of running is ours", Unit = "exits/s", Min = "0", Max = "1000000000")]
    public int SpinExits { get; init; } = 1000;

    /// <summary>More cache misses a ms than this make LLCO. Default 1000.</summary>
    [Option("More last-level cache misses than this in a ms of running: LLCO, a thrasher.",
        "spec/compared-systems.md 3.1: M_hi; its value is ours", Unit = "misses/ms", Min = "0", Max = "1000000")]
    public int Misses { get; init; } = 1000;

    /// <summary>More cache references a ms than this, mostly hits, make LLCF. Default 1000.</summary>
    [Option("More last-level cache references than this in a ms of running, few of them misses: LLCF.",
        "spec/compared-systems.md 3.1: R_hi; its value is ours", Unit = "references/ms", Min = "0", Max = "1000000")]
    public int References { get; init; } = 1000;

    /// <summary>Below this part of misses a vCPU is friendly to the cache. Default 0.2.</summary>
    [Option("Below this part of misses among the references: LLCF.", "spec/compared-systems.md 3.1", Min = "0",
        Max = "1")]
    public Fraction MissRatio { get; init; } = new(1, 5);

    /// <summary>Longest run of IOInt and ConSpin. Default 1 ms.</summary>
    [Option("Longest run in pools for IOInt and ConSpin.", "spec/compared-systems.md 3.1", Min = "1ms", Max = "1s")]
    public Duration ShortSlice { get; init; } = 1.Ms;

    /// <summary>Longest run of LoLCF and LLCO. Default 30 ms.</summary>
    [Option("Longest run in pools for LoLCF and LLCO, which do not care.", "spec/compared-systems.md 3.1", Min = "1ms",
        Max = "1s")]
    public Duration Slice { get; init; } = 30.Ms;

    /// <summary>Longest run of LLCF. Default 90 ms.</summary>
    [Option("Longest run in pools for LLCF.", "spec/compared-systems.md 3.1", Min = "1ms", Max = "1s")]
    public Duration LongSlice { get; init; } = 90.Ms;
}

/// <summary>AQL_Sched: vCPUs are typed by what is counted of them, and run in pools whose slice suits their
/// type.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 3.1). Every 120 ms each vCPU has a type
/// (<see cref="VcpuTypes"/>). First vCPUs are spread over the sockets: thrashers so that no socket has two more than
/// another, then the rest so that all are equally loaded. Then each socket's pCPUs are dealt to up to three pools of
/// Credit (1, 30 and 90 ms) in proportion to how many vCPUs want each, by largest remainder. vCPUs that do not care
/// fill the gaps, so that every pCPU has equally many: a pool is an advantage in slice, not in share.</para>
/// <para><i>Small classes.</i> A class too small for a pCPU of its own gets one if enough vCPUs do not care and fill it
/// up; else its members are treated as if they did not care. Fairness goes first (inferred).</para>
/// <para><i>Moves.</i> Only who must moves: pCPUs and vCPUs stay where the new plan lets them.</para>
/// <para><i>Not modelled.</i> Finding the best slices by experiment: they are options.</para>
/// </remarks>
public sealed partial class AqlScheduler : Pools
{
    private const int Short = 0;
    private const int Neutral = 1;
    private const int Long = 2;
    private const int Classes = 3;
    private const int PeriodTimer = 0;

    private readonly AqlOptions _options;
    private readonly VcpuTypes _types;
    private readonly int[] _socket;     // where each vCPU belongs
    private readonly int[] _load;       // vCPUs of each socket
    private int _periods;
    private bool _sampling;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public AqlScheduler(ISchedHost host, AqlOptions options) : base(host, ownTimers: 1, AllNeutral(host.Topology),
        PoolPolicies(host.Topology.Sockets, options))
    {
        _options = options;
        _types = new(host, options);
        _socket = new int[host.VcpuCapacity];
        _load = new int[host.Topology.Sockets];
        _thrashers = new int[host.Topology.Sockets];
        _socketPcpus = new int[host.Topology.Sockets];
        for (var p = 0; p < host.Topology.Count; p++) _socketPcpus[host.Topology.SocketOf(new(p))]++;
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        _load[_socket[v.Index]]--;
        base.VcpuRemoved(v, now);
    }

    /// <inheritdoc />
    protected override int FirstPool(VcpuId v, Instant now)
    {
        _types.Begin(v);
        var socket = LeastLoaded(v);
        _socket[v.Index] = socket;
        _load[socket]++;
        if (!_sampling)
        {
            _sampling = true;
            Host.Arm(PeriodTimer, now + _options.Period);
        }
        // The plan for the others stands until the next window: a newcomer takes what there is.
        var pool = socket * Classes + Neutral;
        for (var c = 0; c < Classes && PcpusOf(pool).IsEmpty; c++) pool = socket * Classes + c;
        return pool;
    }

    /// <inheritdoc />
    protected override bool HasShortSlices(int pool) => pool % Classes == Short;

    /// <inheritdoc />
    protected override void OwnTimer(int timer, Instant now)
    {
        Host.Arm(PeriodTimer, now + _options.Period);
        for (var v = 0; v < _socket.Length; v++)
            if (IsMember(new(v))) _types.Sample(new(v));
        if (++_periods < _options.Window) return;
        _periods = 0;
        for (var v = 0; v < _socket.Length; v++)
            if (IsMember(new(v))) _types.Decide(new(v));
        SpreadOverSockets();
        for (var s = 0; s < _load.Length; s++) FormPools(s, now);
    }

    /// <summary>The type of a vCPU as of the last window.</summary>
    internal VcpuType TypeOf(VcpuId v) => _types.Of(v);

    /// <summary>The socket that a vCPU belongs to.</summary>
    internal int SocketOf(VcpuId v) => _socket[v.Index];

    private static int[] AllNeutral(Topology topology)
    {
        var pools = new int[topology.Count];
        for (var p = 0; p < pools.Length; p++) pools[p] = topology.SocketOf(new(p)) * Classes + Neutral;
        return pools;
    }

    private static Func<ISchedHost, Scheduler>[] PoolPolicies(int sockets, AqlOptions options)
    {
        var policies = new Func<ISchedHost, Scheduler>[sockets * Classes];
        for (var i = 0; i < policies.Length; i++)
        {
            var slice = (i % Classes) switch
            {
                Short => options.ShortSlice,
                Long => options.LongSlice,
                _ => options.Slice,
            };
            policies[i] = host => new CreditScheduler(host, new() { Tslice = slice });
        }
        return policies;
    }

    private int LeastLoaded(VcpuId v)
    {
        var best = -1;
        for (var s = 0; s < _load.Length; s++)
            if (MayBeOn(v, s) && (best < 0 || Lighter(s, best))) best = s;
        return best;
    }

    // Fewer vCPUs for each pCPU, compared crosswise.
    private bool Lighter(int a, int b) => (long)_load[a] * _socketPcpus[b] < (long)_load[b] * _socketPcpus[a];

    private bool MayBeOn(VcpuId v, int socket)
    {
        for (var c = 0; c < Classes; c++)
            if (PcpusOf(socket * Classes + c).Intersects(Host[v].Affinity)) return true;
        return false;
    }
}
