using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Workloads;

/// <summary>webbench: clients of a web server that ask for small pages, each for the next when it has the last and has
/// thought.</summary>
/// <remarks>
/// <para>A page is a connection of its own: the client connects, which the guest's kernel answers; sends its request,
/// which the next free thread of the server answers; and has the page. With N clients that think for Z, pages a time X
/// and the response R obey X = N / (R + Z).</para>
/// <para><i>Not modelled.</i> The end of a connection; pages that do not lie in memory; pages beyond the first ten
/// segments wait for no acknowledgement.</para>
/// </remarks>
public sealed record WebbenchSetup : WorkloadSetup
{
    /// <summary>How many clients. Default 30.</summary>
    [Option("How many clients there are.", "ours: the paper (4.1.3) gives none", Min = "1", Max = "10000")]
    public int Clients { get; init; } = 30;

    /// <summary>Mean time from a page to the next request. Default 0.</summary>
    [Option("Mean time from a page to the same client's next request (exponential); 0 for none.",
        "webbench: its clients do not think", Min = "0")]
    public Duration Think { get; init; } = Duration.Zero;

    /// <summary>Bytes of a request. Default 200.</summary>
    [Option("Bytes of a request.", "ours: a GET with its headers", Unit = "bytes", Min = "1", Max = "65536")]
    public int Request { get; init; } = 200;

    /// <summary>Bytes of a page. Default 4,096.</summary>
    [Option("Bytes of a page with its headers.", "spec/compared-systems.md 5: a small file", Unit = "bytes",
        Min = "1", Max = "65536")]
    public int Page { get; init; } = 4096;

    /// <summary>Threads of the server. Default 8.</summary>
    [Option("Threads of the server.", "ours: enough that some are ready", Min = "1", Max = "1024")]
    public override int? Threads { get; init; } = 8;

    /// <summary>CPU time of a thread for one page. Default 100 us.</summary>
    [Option("CPU time of a thread for one page: to accept, to read, to write, to close.",
        "ours: a process-based server gives some 10,000 static pages a second and core", Min = "1ns")]
    public Duration Work { get; init; } = 100.Us;

    /// <inheritdoc />
    public override bool NeedsNetwork => true;

    /// <inheritdoc />
    public override string RoundTrip => "webbench.rtt";

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Webbench(this, null);

    /// <inheritdoc />
    public override Workload Create(RandomStream random, int vcpu, int copy) =>
        new Webbench(this, vcpu == (Vcpu ?? 0) && copy == 0 ? random : null);
}

// The group's first has the connections, and hands requests to the threads that are free.
internal sealed class Webbench : Workload, IGuestEnd
{
    private readonly WebbenchSetup _setup;
    private readonly Flow[] _flows = [];
    private readonly long[] _requests = [];     // of each client: its request that waits or is served, or 0
    private readonly Ring? _line;               // clients that wait for a thread
    private readonly Histogram? _responses;
    private int _client = -1;                   // whom this thread serves, or -1

    /// <summary>A thread; the first one, with the clients, if it is given random numbers for them.</summary>
    public Webbench(WebbenchSetup setup, RandomStream? random)
    {
        _setup = setup;
        if (random == null) return;
        _responses = new();
        _flows = new Flow[setup.Clients];
        _requests = new long[setup.Clients];
        _line = new(setup.Clients);
        for (var c = 0; c < _flows.Length; c++) _flows[c] = new(this, new Client(c, setup, random, _responses));
    }

    public override string? Measure => _responses == null ? null : _setup.RoundTrip;

    public override Histogram? Samples => _responses;

    public override IReadOnlyList<Rate> Rates => _responses == null ? [] :
    [
        new("webbench.pages_per_min", _responses.Count * 60.0),
        new("webbench.transfer_kb_per_s", _responses.Count * (_setup.Page / 1024.0)),
    ];

    public override long Lost
    {
        get
        {
            var lost = 0L;
            foreach (var flow in _flows) lost += flow.Lost;
            return lost;
        }
    }

    protected internal override IReadOnlyList<Flow> Flows => _flows;

    public void AtGuest(in Packet packet, Instant now)
    {
        if (packet.Bytes == 0)
        {
            packet.Flow.SendToRemote(packet.Flow.InterruptVcpu, 0, packet.Tag, now);
            return;
        }
        var client = ((Client)packet.Flow.Remote).Number;
        var again = _requests[client] != 0;
        _requests[client] = packet.Tag;
        if (again) return;
        for (var t = 0; t < Group.Count; t++)
        {
            if (Group[t] is not Webbench { _client: < 0 } free) continue;
            free._client = client;
            Wake(free);
            return;
        }
        _line!.Add(client);
    }

    protected internal override void Start(Instant now) { }

    protected internal override void Woken(Instant now) => Want(_setup.Work);

    protected internal override void WorkDone(Instant now)
    {
        var first = (Webbench)Group[0];
        first._flows[_client].SendToRemote(Vcpu, _setup.Page, first._requests[_client], now);
        first._requests[_client] = 0;
        _client = first._line!.Count > 0 ? (int)first._line.Take() : -1;
        if (_client >= 0) Want(_setup.Work);
    }

    private sealed class Client(int number, WebbenchSetup setup, RandomStream random, Histogram responses)
        : AskingClient
    {
        private Instant _beganAt;
        private bool _connected;

        public int Number => number;

        protected internal override void Start(Instant now) => Think(now);

        protected override void Paused(Instant now)
        {
            _beganAt = now;
            Ask(0, 0, now);
        }

        protected override void Answered(Instant now)
        {
            _connected = !_connected;
            if (_connected)
            {
                Ask(setup.Request, setup.Page, now);
                return;
            }
            responses.Record(now - _beganAt);
            Think(now);
        }

        private void Think(Instant now)
        {
            if (setup.Think == Duration.Zero) Paused(now);
            else Pause(random.Exponential(setup.Think), now);
        }
    }
}
