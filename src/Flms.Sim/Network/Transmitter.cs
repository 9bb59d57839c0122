using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Network;

/// <summary>The guest's sending side on one vCPU: the driver's work for each packet, ahead of the threads, for it is
/// part of what they called.</summary>
internal sealed class Transmitter(Interface path) : Batcher
{
    private readonly PacketQueue _waiting = new();

    public override Urgency Urgency => Urgency.Interrupt;

    /// <summary>Packets that wait for the driver.</summary>
    public int Held => _waiting.Count;

    public void Send(in Packet packet, Instant now)
    {
        _waiting.Add(packet);
        Signal(now);
    }

    protected override long BeginCost() => 0;

    protected override long TakeBatch() => _waiting.Count == 0 ? -1 : path.TransmitCost(_waiting.First);

    protected override long BatchDone(Instant now)
    {
        var packet = _waiting.Take();
        return path.Push(packet, now);
    }

    protected override void Told(Instant now) => path.Tell(now);
}
