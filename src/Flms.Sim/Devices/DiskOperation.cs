using Flms.Core;

namespace Flms.Sim.Devices;

/// <summary>Is told when a disk has done what a program asked for.</summary>
public interface IDiskUser
{
    /// <summary>It is done: called after the guest's interrupt work, on the disk's interrupt vCPU.</summary>
    /// <remarks>A thread is woken by its alarm, or by the guest's kernel: all that is done at this instant is told
    /// before anybody wakes (law H3).</remarks>
    /// <param name="tag">The remark that the program made.</param>
    /// <param name="now">The time.</param>
    void DiskDone(long tag, Instant now);
}

internal enum DiskVerb : byte
{
    Read,
    Write,
    Sync,
    Direct,
}

/// <summary>What a program waits for. Made once, used again and again.</summary>
internal sealed class DiskOperation
{
    public IDiskUser? User;
    public long Tag;
    public DiskVerb Verb;
    public bool Writes;     // past the cache
    public long At;         // cached: the next page to be had or dirtied; direct: the next byte to be asked for
    public long End;        // the first beyond
    public long Asked;      // reads: up to here pages are here or asked for
    public long AskUpTo;    // reads: End, or further for a reader in sequence
    public int UnderWay;    // direct: requests
    public DiskOperation? Next;
}
