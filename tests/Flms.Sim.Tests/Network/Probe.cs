using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Tests.Network;

/// <summary>A guest that sends and takes as a test says, with a remote program that does the same.</summary>
internal sealed record ProbeSetup : WorkloadSetup
{
    public List<(Instant At, int Bytes)> ToGuest { get; init; } = [];

    public List<(Instant At, int Bytes)> ToRemote { get; init; } = [];

    /// <summary>Does each packet that arrives at the guest send one back?</summary>
    public bool Echoes { get; init; }

    public override bool NeedsNetwork => true;

    public override int? Vcpu { get; init; } = 0;

    public override Workload Create(RandomStream random) => new Probe(this);
}

internal sealed class Probe : Workload, IGuestEnd
{
    private readonly ProbeSetup _setup;
    private int _sent;

    public Probe(ProbeSetup setup)
    {
        _setup = setup;
        Flow = new(this, new Far(this));
        Flows = [Flow];
    }

    public Flow Flow { get; }

    public List<(Instant At, Packet Packet)> AtTheGuest { get; } = [];

    public List<(Instant At, Packet Packet)> AtTheRemote { get; } = [];

    protected override IReadOnlyList<Flow> Flows { get; }

    public void AtGuest(in Packet packet, Instant now)
    {
        AtTheGuest.Add((now, packet));
        if (_setup.Echoes) Flow.SendToRemote(Flow.InterruptVcpu, packet.Bytes, packet.Tag, now);
    }

    protected override void Start(Instant now)
    {
        if (_setup.ToRemote.Count > 0) AlarmAt(_setup.ToRemote[0].At);
    }

    protected override void AlarmFired(Instant now)
    {
        while (_sent < _setup.ToRemote.Count && _setup.ToRemote[_sent].At <= now)
            Flow.SendToRemote(Vcpu, _setup.ToRemote[_sent++].Bytes, _sent, now);
        if (_sent < _setup.ToRemote.Count) AlarmAt(_setup.ToRemote[_sent].At);
    }

    private sealed class Far(Probe of) : RemoteEnd
    {
        private int _sent;

        protected override void Start(Instant now)
        {
            if (of._setup.ToGuest.Count > 0) AlarmAt(of._setup.ToGuest[0].At);
        }

        protected override void AlarmFired(Instant now)
        {
            var list = of._setup.ToGuest;
            while (_sent < list.Count && list[_sent].At <= now) Flow.SendToGuest(list[_sent++].Bytes, _sent, now);
            if (_sent < list.Count) AlarmAt(list[_sent].At);
        }

        protected override void AtRemote(in Packet packet, Instant now) => of.AtTheRemote.Add((now, packet));
    }
}
