using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Network;

/// <summary>The remote end of a connection: a program on another host. It takes none of our CPU time, and answers at
/// once.</summary>
public abstract class RemoteEnd : Device
{
    /// <summary>The connection that it is the end of.</summary>
    /// <exception cref="InvalidOperationException">It has been given to none.</exception>
    public Flow Flow
    {
        get => field ?? throw new InvalidOperationException("this remote end has no flow");
        internal set;
    }

    /// <summary>The guest exists from now on; comes after the start of its workload.</summary>
    protected internal abstract void Start(Instant now);

    /// <summary>A packet from the guest has arrived.</summary>
    protected internal virtual void AtRemote(in Packet packet, Instant now) { }
}
