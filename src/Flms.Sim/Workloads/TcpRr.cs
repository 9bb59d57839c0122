using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Workloads;

/// <summary>netperf's TCP_RR: a remote client sends a request over an open connection and waits for the answer, which
/// a thread of the guest gives; then it sends the next.</summary>
/// <remarks>Transactions a second are one over the round trip: path there, wake-up of the thread, its work, path back.
/// <i>Not modelled.</i> Handshake; acknowledgements of their own (they ride on the answers).</remarks>
public sealed record TcpRrSetup : WorkloadSetup
{
    /// <summary>Bytes of a request. Default 1.</summary>
    [Option("Bytes of a request.", "netperf's default", Unit = "bytes", Min = "1", Max = "65536")]
    public int Request { get; init; } = 1;

    /// <summary>Bytes of an answer. Default 1.</summary>
    [Option("Bytes of an answer.", "netperf's default", Unit = "bytes", Min = "1", Max = "65536")]
    public int Response { get; init; } = 1;

    /// <summary>CPU time of the thread for one transaction. Default 4 us.</summary>
    [Option("CPU time of the thread for one transaction: to wake up, to receive and to send.",
        "ours: two system calls and a switch", Min = "1ns")]
    public Duration Work { get; init; } = 4.Us;

    /// <inheritdoc />
    public override int? Threads => 1;

    /// <inheritdoc />
    public override bool NeedsNetwork => true;

    /// <inheritdoc />
    public override string RoundTrip => "tcp_rr.rtt";

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new TcpRr(this);
}

internal sealed class TcpRr : Workload, IGuestEnd
{
    private readonly TcpRrSetup _setup;
    private readonly Client _client;
    private readonly Flow _flow;
    private long _request = -1;     // the one that it answers; -1 while it sleeps

    public TcpRr(TcpRrSetup setup)
    {
        _setup = setup;
        _client = new(setup);
        _flow = new(this, _client);
        Flows = [_flow];
    }

    public override string Measure => _setup.RoundTrip;

    public override Histogram Samples => _client.Trips;

    public override IReadOnlyList<Rate> Rates => [new("tcp_rr.transactions_per_s", Samples.Count)];

    public override long Lost => _flow.Lost;

    protected internal override IReadOnlyList<Flow> Flows { get; }

    public void AtGuest(in Packet packet, Instant now)
    {
        if (_request == packet.Tag || !packet.Last) return;
        _request = packet.Tag;
        Wake(this);
    }

    protected internal override void Start(Instant now) { }

    protected internal override void Woken(Instant now) => Want(_setup.Work);

    protected internal override void WorkDone(Instant now)
    {
        _flow.SendToRemote(Vcpu, _setup.Response, _request, now);
        _request = -1;
    }

    private sealed class Client(TcpRrSetup setup) : AskingClient
    {
        private Instant _sentAt;

        public Histogram Trips { get; } = new();

        protected internal override void Start(Instant now) => Next(now);

        protected override void Answered(Instant now)
        {
            Trips.Record(now - _sentAt);
            Next(now);
        }

        private void Next(Instant now)
        {
            _sentAt = now;
            Ask(setup.Request, setup.Response, now);
        }
    }
}
