using Flms.Core;

namespace Flms.Sim.Network;

/// <summary>The host's card, the link in both directions, and the remote host.</summary>
internal sealed class PhysicalNetwork : IPacketSink
{
    public PhysicalNetwork(NetworkSetup setup)
    {
        Setup = setup;
        ToHost = new(setup, this);
        ToRemote = new(setup, new RemoteHost());
    }

    public NetworkSetup Setup { get; }

    public Link ToHost { get; }

    public Link ToRemote { get; }

    /// <summary>Packets lost on this host, for want of room or because the domain is not there.</summary>
    public long Dropped { get; set; }

    public void Take(in Packet packet, Instant now) => packet.Flow.Interface.FromWire(packet, now);

    public void ResetStatistics()
    {
        Dropped = 0;
        ToHost.ResetStatistics();
        ToRemote.ResetStatistics();
    }

    private sealed class RemoteHost : IPacketSink
    {
        public void Take(in Packet packet, Instant now)
        {
            packet.Flow.Arrived++;
            packet.Flow.Remote.AtRemote(packet, now);
        }
    }
}
