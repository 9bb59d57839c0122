using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Workloads;

/// <summary>Calls as SIPp makes them: each sends a packet of sound every 20 ms, a thread of the guest passes it on, and
/// who hears it measures how unevenly packets come.</summary>
/// <remarks>Jitter as RTP defines it (RFC 3550, 6.4.1): for each packet, by how much its way took longer or shorter
/// than that of the call's packet before. <i>Not modelled.</i> Signalling: calls are set up before, and never
/// end.</remarks>
public sealed record SipSetup : WorkloadSetup
{
    internal const int LineLength = 16_384;

    /// <summary>How many calls. Default 10.</summary>
    [Option("How many calls there are.", "ours", Min = "1", Max = "10000")]
    public int Calls { get; init; } = 10;

    /// <summary>Time from one packet of a call to the next. Default 20 ms.</summary>
    [Option("Time from one packet of a call to the next.", "spec/compared-systems.md 5: 20 ms", Min = "100us")]
    public Duration Period { get; init; } = 20.Ms;

    /// <summary>Bytes of a packet. Default 172.</summary>
    [Option("Bytes of a packet.", "G.711: 160 in 20 ms, with the header of RTP", Unit = "bytes", Min = "1",
        Max = "1400")]
    public int Packet { get; init; } = 172;

    /// <summary>CPU time of the thread for one packet. Default 10 us.</summary>
    [Option("CPU time of the thread for one packet.", "ours: two system calls and a little", Min = "1ns")]
    public Duration Work { get; init; } = 10.Us;

    /// <inheritdoc />
    public override int? Threads => 1;

    /// <inheritdoc />
    public override bool NeedsNetwork => true;

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Sip(this, random);
}

internal sealed class Sip : Workload, IGuestEnd
{
    private readonly SipSetup _setup;
    private readonly Flow[] _flows;
    private readonly Ring _calls = new(SipSetup.LineLength);    // whose packets wait for the thread
    private readonly Ring _sentAt = new(SipSetup.LineLength);
    private readonly Histogram _jitter = new();
    private long _lost;

    public Sip(SipSetup setup, RandomStream random)
    {
        _setup = setup;
        _flows = new Flow[setup.Calls];
        for (var c = 0; c < _flows.Length; c++) _flows[c] = new(this, new Call(c, setup, random, _jitter));
    }

    public override string Measure => "sip.jitter";

    public override Histogram Samples => _jitter;

    public override IReadOnlyList<Rate> Rates => [new("sip.packets_per_s", _jitter.Count)];

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
        if (_sentAt.IsFull)
        {
            _lost++;
            return;
        }
        _calls.Add(((Call)packet.Flow.Remote).Number);
        _sentAt.Add(packet.Tag);
        if (_sentAt.Count == 1) Wake(this);
    }

    protected internal override void Start(Instant now) { }

    protected internal override void Woken(Instant now) => Want(_setup.Work);

    protected internal override void WorkDone(Instant now)
    {
        _flows[_calls.Take()].SendToRemote(Vcpu, _setup.Packet, _sentAt.Take(), now);
        if (_sentAt.Count > 0) Want(_setup.Work);
    }

    protected internal override void ResetSamples()
    {
        base.ResetSamples();
        _lost = 0;
    }

    // Both who speaks and who hears; packets carry the time of sending.
    private sealed class Call(int number, SipSetup setup, RandomStream random, Histogram jitter) : RemoteEnd
    {
        private long _way = -1;     // how long the packet before took; -1 if there was none

        public int Number => number;

        protected internal override void Start(Instant now) =>
            AlarmAt(now + random.Uniform(Duration.Zero, setup.Period));

        protected internal override void AlarmFired(Instant now)
        {
            AlarmAt(now + setup.Period);
            Flow.SendToGuest(setup.Packet, now.Ns, now);
        }

        protected internal override void AtRemote(in Packet packet, Instant now)
        {
            var way = now.Ns - packet.Tag;
            if (_way >= 0) jitter.Record(new(Math.Abs(way - _way)));
            _way = way;
        }
    }
}
