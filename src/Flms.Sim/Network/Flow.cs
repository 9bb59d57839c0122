using Flms.Core;

namespace Flms.Sim.Network;

/// <summary>A connection between a program on the remote host and a workload of a guest.</summary>
/// <remarks>
/// A workload makes its flows when it is made, and lists them in <see cref="Workload.Flows"/>. Packets of one flow keep
/// their order. A packet may be lost where a queue is full; nothing is sent again unless an end does.
/// </remarks>
public sealed class Flow
{
    private Interface? _interface;

    /// <summary>A connection, not yet made.</summary>
    /// <param name="guest">Takes what the remote end sends.</param>
    /// <param name="remote">Takes what the guest sends; the end of this flow only.</param>
    public Flow(IGuestEnd guest, RemoteEnd remote)
    {
        (Guest, Remote) = (guest, remote);
        remote.Flow = this;
    }

    /// <summary>The guest's end.</summary>
    public IGuestEnd Guest { get; }

    /// <summary>The remote end.</summary>
    public RemoteEnd Remote { get; }

    /// <summary>Has the domain a network? Without one nothing can be sent.</summary>
    public bool Connected => _interface != null;

    /// <summary>The vCPU on which the guest's end is called.</summary>
    public VcpuId InterruptVcpu => Path.InterruptVcpu;

    /// <summary>The greatest payload of one packet, in bytes.</summary>
    public int Segment => Path.Network.Setup.Segment;

    /// <summary>How many packets of it were lost, in either direction, since the measuring began.</summary>
    public long Lost { get; internal set; }

    /// <summary>How many packets were sent, in both directions, since the beginning.</summary>
    public long Sent { get; private set; }

    /// <summary>How many packets arrived, in both directions, since the beginning.</summary>
    public long Arrived { get; internal set; }

    private Interface Path => _interface ?? throw new InvalidOperationException("this flow's domain has no network");

    /// <summary>The remote end sends. More than <see cref="Segment"/> bytes go as several packets.</summary>
    /// <param name="bytes">Payload, 0 or more.</param>
    /// <param name="tag">A remark for the guest's end.</param>
    /// <param name="now">The time.</param>
    public void SendToGuest(int bytes, long tag, Instant now)
    {
        var path = Path;
        Check.That(bytes >= 0);
        for (var left = bytes; ;)
        {
            var part = Math.Min(left, path.Network.Setup.Segment);
            left -= part;
            Sent++;
            path.Network.ToHost.Send(new(this, part, tag, now, left == 0), now);
            if (left == 0) return;
        }
    }

    /// <summary>The guest sends. More than <see cref="Segment"/> bytes go as several packets.</summary>
    /// <param name="from">The vCPU that sends: it pays what sending takes, ahead of its threads, before the packet
    /// leaves.</param>
    /// <param name="bytes">Payload, 0 or more.</param>
    /// <param name="tag">A remark for the remote end.</param>
    /// <param name="now">The time.</param>
    public void SendToRemote(VcpuId from, int bytes, long tag, Instant now)
    {
        var path = Path;
        Check.That(bytes >= 0);
        for (var left = bytes; ;)
        {
            var part = Math.Min(left, path.Network.Setup.Segment);
            left -= part;
            Sent++;
            path.Transmit(from, new(this, part, tag, now, left == 0), now);
            if (left == 0) return;
        }
    }

    internal void Connect(Interface path) => _interface = path;

    internal Interface Interface => Path;

    internal static void Lose(in Packet packet) => packet.Flow.Lost++;
}
