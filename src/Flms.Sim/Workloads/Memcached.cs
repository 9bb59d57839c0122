using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Workloads;

/// <summary>memcached under an open load: requests come from outside, whatever the guest does, and each connection has
/// its thread.</summary>
/// <remarks>Requests are Poisson over all connections together; a thread serves its connections' requests as they come.
/// <i>Not modelled.</i> Locks within the server; requests that hold several keys; a client's own limit to requests on
/// their way.</remarks>
public sealed record MemcachedSetup : WorkloadSetup
{
    internal const int LineLength = 16_384;

    /// <summary>Mean time from one request to the next. Default 100 us.</summary>
    [Option("Mean time from one request to the next, over all connections (Poisson).", "ours: 10,000 a second",
        Min = "100ns")]
    public Duration Interval { get; init; } = 100.Us;

    /// <summary>How many connections. Default 16.</summary>
    [Option("How many connections there are; dealt to the threads in turn.", "ours", Min = "1", Max = "10000")]
    public int Connections { get; init; } = 16;

    /// <summary>Threads of the server. Default 4.</summary>
    [Option("Threads of the server.", "memcached's default: 4", Min = "1", Max = "1024")]
    public override int? Threads { get; init; } = 4;

    /// <summary>CPU time of a thread for one request. Default 10 us.</summary>
    [Option("CPU time of a thread for one request.", "spec/compared-systems.md 5: 10 to 20 us", Min = "1ns")]
    public Duration Work { get; init; } = 10.Us;

    /// <summary>Bytes of a request. Default 64.</summary>
    [Option("Bytes of a request.", "ours: a get with a key of 30 bytes", Unit = "bytes", Min = "1", Max = "1400")]
    public int Request { get; init; } = 64;

    /// <summary>Bytes of an answer. Default 300.</summary>
    [Option("Bytes of an answer.", "ours: a value of 200 bytes", Unit = "bytes", Min = "1", Max = "1400")]
    public int Response { get; init; } = 300;

    /// <inheritdoc />
    public override bool NeedsNetwork => true;

    /// <inheritdoc />
    public override string RoundTrip => "memcached.rtt";

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Memcached(this, null);

    /// <inheritdoc />
    public override Workload Create(RandomStream random, int vcpu, int copy) =>
        new Memcached(this, vcpu == (Vcpu ?? 0) && copy == 0 ? random : null);
}

// The group's first has the connections, and hands requests to their threads.
internal sealed class Memcached : Workload, IGuestEnd
{
    private readonly MemcachedSetup _setup;
    private readonly Flow[] _flows = [];
    private readonly Histogram? _responses;
    private readonly Ring _connections = new(MemcachedSetup.LineLength);    // of the requests of this thread
    private readonly Ring _sentAt = new(MemcachedSetup.LineLength);
    private long _lost;

    /// <summary>A thread; the first one, with the clients, if it is given random numbers for them.</summary>
    public Memcached(MemcachedSetup setup, RandomStream? random)
    {
        _setup = setup;
        if (random == null) return;
        _responses = new();
        _flows = new Flow[setup.Connections];
        for (var c = 0; c < _flows.Length; c++) _flows[c] = new(this, new Client(c, setup, random, _responses));
    }

    public override string? Measure => _responses == null ? null : _setup.RoundTrip;

    public override Histogram? Samples => _responses;

    public override IReadOnlyList<Rate> Rates =>
        _responses == null ? [] : [new("memcached.requests_per_s", _responses.Count)];

    public override long Lost
    {
        get
        {
            var lost = _lost;
            foreach (var flow in _flows) lost += flow.Lost;
            return lost;
        }
    }

    protected internal override IReadOnlyList<Flow> Flows => _flows;

    public void AtGuest(in Packet packet, Instant now)
    {
        var connection = ((Client)packet.Flow.Remote).Number;
        var thread = (Memcached)Group[connection % Group.Count];
        if (thread._sentAt.IsFull)
        {
            _lost++;
            return;
        }
        thread._connections.Add(connection);
        thread._sentAt.Add(packet.Tag);
        if (thread._sentAt.Count == 1) Wake(thread);
    }

    protected internal override void Start(Instant now) { }

    protected internal override void Woken(Instant now) => Want(_setup.Work);

    protected internal override void WorkDone(Instant now)
    {
        var flow = ((Memcached)Group[0])._flows[(int)_connections.Take()];
        flow.SendToRemote(Vcpu, _setup.Response, _sentAt.Take(), now);
        if (_sentAt.Count > 0) Want(_setup.Work);
    }

    protected internal override void ResetSamples()
    {
        base.ResetSamples();
        _lost = 0;
    }

    // Its requests and their answers carry the time of sending.
    private sealed class Client(int number, MemcachedSetup setup, RandomStream random, Histogram responses) : RemoteEnd
    {
        private readonly Duration _interval = new(setup.Interval.Ns * setup.Connections);

        public int Number => number;

        protected internal override void Start(Instant now) => AlarmAt(now + random.Exponential(_interval));

        protected internal override void AlarmFired(Instant now)
        {
            AlarmAt(now + random.Exponential(_interval));
            Flow.SendToGuest(setup.Request, now.Ns, now);
        }

        protected internal override void AtRemote(in Packet packet, Instant now) =>
            responses.Record(now - new Instant(packet.Tag));
    }
}
