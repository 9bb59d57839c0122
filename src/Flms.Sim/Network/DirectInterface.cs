using Flms.Core;

namespace Flms.Sim.Network;

/// <summary>The card, or a virtual function of it, belongs to the guest: natively or by SR-IOV.</summary>
internal sealed class DirectInterface(PhysicalNetwork network, InterfaceSetup setup, int firstVcpu, int vcpus)
    : Interface(network, setup, firstVcpu, vcpus)
{
    public override void FromWire(in Packet packet, Instant now)
    {
        if (!FrontEnd.IsPresent || FrontEnd.Frames + Frames(packet) > Network.Setup.Ring)
        {
            Drop(packet);
            return;
        }
        FrontEnd.Add(packet);
        FrontEnd.Signal(now);
    }

    public override long InterruptCost()
    {
        var exits = Setup.Path == NetworkPath.Native || Setup.PostedInterrupts && FrontEnd.IsOnPcpu ? 0
            : Setup.InterruptExits;
        return Setup.Interrupt.Ns + exits * Setup.Exit.Ns;
    }

    public override long ReceiveCost(in Packet packet) => Setup.Receive.Ns + Frames(packet) * Setup.Frame.Ns;

    public override long TransmitCost(in Packet packet) => Setup.Transmit.Ns;

    public override long Push(in Packet packet, Instant now)
    {
        Network.ToRemote.Send(packet, now);
        return 0;
    }
}
