namespace Flms.Sim.Workloads.Tcp;

/// <summary>What an acknowledgement says, as it fits into a packet's tag: how far the receiver has come (modulo 2^32,
/// as TCP's numbers), how many holes it has seen (modulo 16), and how much it can take (below 2^28 bytes).</summary>
internal static class TcpAck
{
    public const long GreatestWindow = (1L << 28) - 1;

    public static long Tag(long reached, int holes, long window) =>
        (reached & 0xFFFF_FFFFL) << 32 | (long)(holes & 15) << 28 | Math.Clamp(window, 0, GreatestWindow);

    /// <summary>How far the receiver has come, given any number within 2^31 of it.</summary>
    public static long Reached(long tag, long near) => near + unchecked((int)((uint)(tag >> 32) - (uint)near));

    public static int Holes(long tag) => (int)(tag >> 28 & 15);

    public static long Window(long tag) => tag & GreatestWindow;
}
