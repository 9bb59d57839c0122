using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Network;

/// <summary>The guest's receiving side: an interrupt, then polls until nothing waits.</summary>
internal sealed class FrontEnd(Interface path) : Batcher
{
    private readonly PacketQueue _waiting = new();
    private readonly PacketQueue _batch = new();
    private long _frames;

    public override Urgency Urgency => Urgency.Interrupt;

    /// <summary>Packets that wait here or are being worked on.</summary>
    public int Held => _waiting.Count + _batch.Count;

    /// <summary>Frames that wait here.</summary>
    public long Frames => _frames;

    protected override bool IsDeviceEvent => true;

    /// <summary>A packet waits here from now on; the guest is not told by this.</summary>
    public void Add(in Packet packet)
    {
        _waiting.Add(packet);
        _frames += path.Network.Setup.Frames(packet.Bytes);
    }

    protected override long BeginCost() => path.InterruptCost();

    protected override long TakeBatch()
    {
        if (_waiting.Count == 0) return -1;
        var cost = 0L;
        var frames = 0L;
        do
        {
            var packet = _waiting.Take();
            frames += path.Network.Setup.Frames(packet.Bytes);
            cost += path.ReceiveCost(packet);
            _batch.Add(packet);
        }
        while (_waiting.Count > 0
            && frames + path.Network.Setup.Frames(_waiting.First.Bytes) <= path.Setup.PollBudget);
        _frames -= frames;
        return cost;
    }

    protected override long BatchDone(Instant now)
    {
        while (_batch.Count > 0)
        {
            var packet = _batch.Take();
            path.Taken(packet, now);
            packet.Flow.Arrived++;
            packet.Flow.Guest.AtGuest(packet, now);
        }
        return 0;
    }
}
