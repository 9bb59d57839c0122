using Flms.Agent.Discovery;

namespace Flms.Agent.Recording;

/// <summary>A thread of a VM, and what a recording knows of it.</summary>
/// <param name="vm">Its VM's name in the recording.</param>
/// <param name="role"><c>vcpuN</c>, <c>main</c>, <c>ioN</c>, <c>vhostN</c>, <c>otherN</c>: as the map of a recording
/// says it.</param>
/// <param name="thread">Which.</param>
public sealed class FollowedThread(string vm, string role, VmThread thread)
{
    /// <summary>Its VM's name in the recording.</summary>
    public string Vm { get; } = vm;

    /// <summary>What it is to the VM.</summary>
    public string Role { get; } = role;

    /// <summary>Which.</summary>
    public VmThread Thread { get; } = thread;

    /// <summary>Is it written? One that was found when the recording had begun is, from its first rest on: what it did
    /// before is not known.</summary>
    internal bool Shown { get; set; }

    /// <summary>Has any event told of it?</summary>
    internal bool Seen { get; set; }

    /// <summary>Has it said that it ends?</summary>
    internal bool Ending { get; set; }

    /// <summary>Has it ended?</summary>
    internal bool Ended { get; set; }

    /// <summary>Time on a pCPU, time runnable without one (ns) and how often it was given one, as the kernel counted
    /// them over the recording; null if that is not known.</summary>
    public (long RunNs, long WaitNs, long Timeslices)? Kernel { get; internal set; }

    /// <summary>The same counters when the recording began.</summary>
    internal (long RunNs, long WaitNs, long Timeslices)? Before { get; set; }
}
