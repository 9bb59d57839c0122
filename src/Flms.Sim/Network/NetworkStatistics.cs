namespace Flms.Sim.Network;

/// <summary>What was counted of a host's network since the measuring began.</summary>
/// <param name="PacketsToHost">Packets that came over the link.</param>
/// <param name="BytesToHost">Their payload.</param>
/// <param name="PacketsToRemote">Packets that reached the remote host.</param>
/// <param name="BytesToRemote">Their payload.</param>
/// <param name="DroppedByLinks">Packets that found a link's queue full.</param>
/// <param name="DroppedByHost">Packets lost on the host: the card's ring or a back end was full, or the domain is not
/// there.</param>
/// <param name="Interrupts">How often driver domains took the card's interrupt.</param>
/// <param name="BackEndWakes">How often back-end threads were woken.</param>
/// <param name="GuestInterrupts">How often guests took an interrupt of their network.</param>
/// <param name="Suppressed">Signals that were not needed, as the other side was at work or signalled already.</param>
/// <param name="Held">Packets that are on their way at this moment: on a link, in a queue, or being worked on.</param>
public sealed record NetworkStatistics(
    long PacketsToHost, long BytesToHost, long PacketsToRemote, long BytesToRemote, long DroppedByLinks,
    long DroppedByHost, long Interrupts, long BackEndWakes, long GuestInterrupts, long Suppressed,
    long Held)
{
    /// <summary>All packets that were lost.</summary>
    public long Dropped => DroppedByLinks + DroppedByHost;
}
