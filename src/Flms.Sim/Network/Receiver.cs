using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Network;

/// <summary>The driver domain's side of the card: an interrupt, then polls until its ring is empty; each packet goes
/// over the bridge to the back end of its domain.</summary>
internal sealed class Receiver(DriverDomain driver, PhysicalNetwork network) : Batcher
{
    private readonly PacketQueue _ring = new();
    private readonly PacketQueue _batch = new();
    private long _frames;

    public override Urgency Urgency => Urgency.Interrupt;

    /// <summary>Packets that wait here or are being worked on.</summary>
    public int Held => _ring.Count + _batch.Count;

    protected override bool IsDeviceEvent => true;

    /// <summary>The card has received a packet; whether there was room for it. Called in an alarm.</summary>
    public bool Take(in Packet packet, Instant now)
    {
        var frames = network.Setup.Frames(packet.Bytes);
        if (!IsPresent || _frames + frames > network.Setup.Ring) return false;
        _frames += frames;
        _ring.Add(packet);
        Signal(now);
        return true;
    }

    protected override long BeginCost() => driver.Setup.Interrupt.Ns;

    protected override long TakeBatch()
    {
        if (_ring.Count == 0) return -1;
        var cost = 0L;
        var frames = 0;
        do
        {
            var packet = _ring.Take();
            var more = network.Setup.Frames(packet.Bytes);
            frames += more;
            cost += driver.Setup.Receive.Ns + more * driver.Setup.Frame.Ns;
            _batch.Add(packet);
        }
        while (_ring.Count > 0 && frames + network.Setup.Frames(_ring.First.Bytes) <= driver.Setup.PollBudget);
        _frames -= frames;
        return cost;
    }

    protected override long BatchDone(Instant now)
    {
        while (_batch.Count > 0)
        {
            var packet = _batch.Take();
            ((RelayedInterface)packet.Flow.Interface).FromBridge(packet, Vcpu, now);
        }
        return 0;
    }
}
