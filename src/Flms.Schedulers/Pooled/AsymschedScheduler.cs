using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Pooled;

/// <summary>Settings of <see cref="AsymschedScheduler"/>. The defaults are the paper's.</summary>
public sealed record AsymschedOptions : SchedulerOptions
{
    /// <summary>How many pCPUs the I/O pool has; 0, the default, for a socket, or half of the only one.</summary>
    [Option("How many pCPUs the I/O pool has, from the lowest; 0 for one socket, or half of the only one.",
        "spec/compared-systems.md 2.11: pools on different sockets; half of one is ours", Unit = "pCPUs", Min = "0",
        Max = "4096")]
    public int IoPcpus { get; init; }

    /// <summary>Longest run in the I/O pool. Default 500 us.</summary>
    [Option("Longest run in the I/O pool.", "spec/compared-systems.md 2.11: RR 0.5 ms", Min = "1us", Max = "1s")]
    public Duration IoSlice { get; init; } = 500.Us;

    /// <summary>Longest run in the computing pool. Default 30 ms.</summary>
    [Option("Longest run in the computing pool.", "spec/compared-systems.md 2.11: Credit", Min = "1ms", Max = "1s")]
    public Duration Slice { get; init; } = 30.Ms;

    /// <summary>How often events are counted. Default 100 ms.</summary>
    [Option("How often a domain's device events are counted: the sampling period.", "spec/compared-systems.md 2.11",
        Min = "1ms", Max = "10s")]
    public Duration Period { get; init; } = 100.Ms;

    /// <summary>How many events make a state. Default 50.</summary>
    [Option("How many events in a period make one step of the state.", "spec/compared-systems.md 2.11",
        Unit = "events", Min = "1", Max = "1000000")]
    public int StateStep { get; init; } = 50;

    /// <summary>How many of the last samples the threshold is made from. Default 200.</summary>
    [Option("From how many of the last samples, of all domains together, the threshold is made.",
        "spec/compared-systems.md 2.11; of all together is inferred", Unit = "samples", Min = "2", Max = "100000")]
    public int Samples { get; init; } = 200;

    /// <summary>How many periods a threshold holds. Default 50.</summary>
    [Option("After how many periods the threshold is made anew.", "spec/compared-systems.md 2.11", Unit = "periods",
        Min = "1", Max = "100000")]
    public int ThresholdPeriods { get; init; } = 50;

    /// <summary>How many calm periods before a domain goes back. Default 3.</summary>
    [Option("How many periods in a row must be at most the threshold before a domain goes back.",
        "spec/compared-systems.md 2.11", Unit = "periods", Min = "1", Max = "1000")]
    public int CalmPeriods { get; init; } = 3;

    /// <summary>The threshold before the first is made. Default 0.</summary>
    [Option("The threshold before there is one: a state above it is I/O.", "ours, inferred: 50 events in 100 ms",
        Unit = "states", Min = "0", Max = "255")]
    public int FirstThreshold { get; init; }

    /// <summary>Entries of each domain's predictor. Default 256.</summary>
    [Option("How many entries the table of each domain's predictor has.", "ours, inferred", Unit = "entries", Min = "1",
        Max = "65536")]
    public int PredictorEntries { get; init; } = 256;
}

/// <summary>What a domain can be given for <see cref="AsymschedScheduler"/>.</summary>
public sealed record AsymschedDomain
{
    /// <summary>Domains of one group move together; 0, the default, for no group.</summary>
    [Option("Domains with the same number move together; 0 for no group.", "spec/compared-systems.md 2.11", Min = "0",
        Max = "65535")]
    public int Group { get; init; }
}

/// <summary>Two pools, one for I/O with very short slices and one for computing; domains move by predicted
/// I/O.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.11, second item). Every period a domain's device events
/// give its state, and a predictor the state to expect. Otsu's threshold parts the last samples of all domains into
/// little and much I/O. A domain whose prediction exceeds the threshold goes to the I/O pool at once (round robin); it
/// goes back to computing (Credit) after three periods in a row that do not exceed it, if the prediction does not
/// either. A group goes over when any of it should, and back when all of it may. The pools lie on different sockets, so
/// that computing keeps its caches.</para>
/// <para><i>Rejected.</i> A threshold for each domain: then a domain that always does I/O would be its own average.
/// </para>
/// <para><i>Not modelled.</i> Communication between VMs, from which the paper's users know the groups: they are given.
/// </para>
/// </remarks>
public sealed class AsymschedScheduler : Pools
{
    private const int Io = 0;
    private const int Computing = 1;
    private const int PeriodTimer = 0;
    private const int GreatestState = 255;

    private struct Domain
    {
        public RunLengthPredictor Predictor;
        public int Events;      // in this period
        public int Members;
        public int Calm;        // periods in a row at most the threshold
        public int Group;       // an index into _groups
    }

    private struct Group
    {
        public int Label;       // as the users number it; 0 for a group of one domain
        public int Pool;
        public bool Hot;        // a domain of it should be in the I/O pool
        public bool Calm;       // every domain of it may go back
    }

    private readonly AsymschedOptions _options;
    private readonly Domain[] _domains;
    private readonly Group[] _groups;
    private readonly OtsuThreshold _otsu;
    private int _threshold;
    private int _periods;
    private bool _sampling;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public AsymschedScheduler(ISchedHost host, AsymschedOptions options) : base(host, ownTimers: 1,
        LowestFirst(host, IoPcpus(host.Topology, options.IoPcpus)),
        h => new RoundRobinScheduler(h, new() { Slice = options.IoSlice }),
        h => new CreditScheduler(h, new() { Tslice = options.Slice }))
    {
        _options = options;
        _otsu = new(options.Samples, GreatestState);
        _threshold = options.FirstThreshold;
        _domains = new Domain[host.DomainCapacity];
        _groups = new Group[host.DomainCapacity];
        for (var d = 0; d < _domains.Length; d++)
        {
            _domains[d] = new() { Predictor = new(options.PredictorEntries) };
            FindGroup(d);
        }
    }

    /// <summary>The threshold that holds now: predicted states above it are I/O.</summary>
    internal int Threshold => _threshold;

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        _domains[Host[v].Domain.Index].Members--;
        base.VcpuRemoved(v, now);
    }

    /// <inheritdoc />
    public override void IoEvent(VcpuId v, int source, Instant now)
    {
        _domains[Host[v].Domain.Index].Events++;
        base.IoEvent(v, source, now);
    }

    /// <inheritdoc />
    protected override int FirstPool(VcpuId v, Instant now)
    {
        ref var domain = ref _domains[Host[v].Domain.Index];
        domain.Members++;
        if (!_sampling)
        {
            _sampling = true;
            Host.Arm(PeriodTimer, now + _options.Period);
        }
        return _groups[domain.Group].Pool;
    }

    /// <inheritdoc />
    protected override bool HasShortSlices(int pool) => pool == Io;

    /// <inheritdoc />
    protected override void OwnTimer(int timer, Instant now)
    {
        Host.Arm(PeriodTimer, now + _options.Period);
        for (var g = 0; g < _groups.Length; g++) (_groups[g].Hot, _groups[g].Calm) = (false, true);
        for (var d = 0; d < _domains.Length; d++)
            if (_domains[d].Members > 0) Sample(ref _domains[d]);
        if (++_periods % _options.ThresholdPeriods == 0) _threshold = _otsu.Cut() ?? _threshold;
        var changed = false;
        for (var g = 0; g < _groups.Length; g++) changed |= Choose(ref _groups[g]);
        if (!changed) return;
        for (var v = 0; v < Host.VcpuCapacity; v++)
            if (IsMember(new(v))) Move(new VcpuId(v), _groups[_domains[Host[new(v)].Domain.Index].Group].Pool, now);
    }

    private static int IoPcpus(Topology topology, int wanted)
    {
        if (wanted == 0)
            wanted = topology.Sockets > 1 ? topology.SocketMask(new(0)).Count : topology.Count / 2;
        return Math.Min(wanted, topology.Count - 1);
    }

    // A group's index is that of its first domain, whether or not that one is there.
    private void FindGroup(int d)
    {
        var label = Host.ParametersOf<AsymschedDomain>(new(d))?.Group ?? 0;
        _domains[d].Group = d;
        _groups[d] = new() { Label = label, Pool = Computing };
        if (label == 0) return;
        for (var other = 0; other < d; other++)
            if (_groups[other].Label == label)
            {
                _domains[d].Group = other;
                return;
            }
    }

    private void Sample(ref Domain domain)
    {
        var state = Math.Min(domain.Events / _options.StateStep, GreatestState);
        domain.Events = 0;
        _otsu.Add(state);
        domain.Predictor.Observe(state);
        domain.Calm = state > _threshold ? 0 : domain.Calm + 1;
        var expected = domain.Predictor.Prediction > _threshold;
        ref var group = ref _groups[domain.Group];
        group.Hot |= expected;
        group.Calm &= !expected && domain.Calm >= _options.CalmPeriods;
    }

    private static bool Choose(ref Group group)
    {
        var pool = group.Hot ? Io : group.Calm ? Computing : group.Pool;
        var changed = pool != group.Pool;
        group.Pool = pool;
        return changed;
    }
}
