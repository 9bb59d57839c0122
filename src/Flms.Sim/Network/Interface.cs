using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Network;

/// <summary>A domain's network interface: what its packets pass between the wire and the guest.</summary>
internal abstract class Interface
{
    private readonly int _firstVcpu;

    protected Interface(PhysicalNetwork network, InterfaceSetup setup, int firstVcpu, int vcpus)
    {
        (Network, Setup, _firstVcpu) = (network, setup, firstVcpu);
        InterruptVcpu = new(firstVcpu + setup.Vcpu);
        FrontEnd = new(this);
        Transmitters = new Transmitter[vcpus];
        for (var i = 0; i < vcpus; i++) Transmitters[i] = new(this);
    }

    public PhysicalNetwork Network { get; }

    public InterfaceSetup Setup { get; }

    public VcpuId InterruptVcpu { get; }

    /// <summary>The guest's receiving side, on its interrupt vCPU.</summary>
    public FrontEnd FrontEnd { get; }

    /// <summary>The guest's sending side, one on each vCPU.</summary>
    public Transmitter[] Transmitters { get; }

    /// <summary>Packets that lie anywhere between the wire and the guest's programs.</summary>
    public virtual long Held
    {
        get
        {
            long held = FrontEnd.Held;
            foreach (var t in Transmitters) held += t.Held;
            return held;
        }
    }

    /// <summary>A guest program sends a packet on one of the domain's vCPUs.</summary>
    public void Transmit(VcpuId from, in Packet packet, Instant now)
    {
        var vcpu = from.Index - _firstVcpu;
        Check.That((uint)vcpu < (uint)Transmitters.Length);
        Transmitters[vcpu].Send(packet, now);
    }

    /// <summary>A packet has come over the wire. Called in an alarm.</summary>
    public abstract void FromWire(in Packet packet, Instant now);

    /// <summary>What an interrupt takes in the guest, in ns.</summary>
    public abstract long InterruptCost();

    /// <summary>What one received packet takes in the guest, in ns.</summary>
    public abstract long ReceiveCost(in Packet packet);

    /// <summary>What one sent packet takes in the guest, in ns.</summary>
    public abstract long TransmitCost(in Packet packet);

    /// <summary>The guest has handed over a packet; what telling the other side takes in ns, 0 if nobody needs to be
    /// told.</summary>
    public abstract long Push(in Packet packet, Instant now);

    /// <summary>The guest tells the other side.</summary>
    public virtual void Tell(Instant now) { }

    /// <summary>The guest has taken a packet from where it waited.</summary>
    public virtual void Taken(in Packet packet, Instant now) { }

    protected void Drop(in Packet packet)
    {
        Network.Dropped++;
        Flow.Lose(packet);
    }

    protected long Frames(in Packet packet) => Network.Setup.Frames(packet.Bytes);
}
