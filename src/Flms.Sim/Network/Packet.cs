using Flms.Core;

namespace Flms.Sim.Network;

/// <summary>What travels between the remote host and a guest: one segment, of one frame or, with segmentation offload,
/// of many.</summary>
/// <param name="Flow">The connection that it belongs to.</param>
/// <param name="Bytes">Payload, 0 to <see cref="NetworkSetup.Segment"/>; what headers add is the link's
/// matter.</param>
/// <param name="Tag">The sender's remark.</param>
/// <param name="SentAt">When the sender sent it.</param>
/// <param name="Last">Is it the last of what was sent at once?</param>
public readonly record struct Packet(Flow Flow, int Bytes, long Tag, Instant SentAt, bool Last);

/// <summary>Takes packets where they arrive.</summary>
internal interface IPacketSink
{
    /// <summary>A packet has arrived.</summary>
    void Take(in Packet packet, Instant now);
}

/// <summary>The guest's end of a connection.</summary>
public interface IGuestEnd
{
    /// <summary>A packet has come through the guest's interrupt and softirq work, on
    /// <see cref="Flow.InterruptVcpu"/>.</summary>
    /// <remarks>It may want CPU time on that vCPU at once. A workload of another vCPU is woken by its alarm: all that
    /// is done at this instant is told before anybody wakes (law H3).</remarks>
    void AtGuest(in Packet packet, Instant now);
}
