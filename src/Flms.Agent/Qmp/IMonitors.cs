using Flms.Agent.Discovery;

namespace Flms.Agent.Qmp;

/// <summary>How often KVM has had to do with a vCPU, a second.</summary>
/// <param name="Halts">It had nothing to do, and slept or polled.</param>
/// <param name="Interrupts">It was given an interrupt.</param>
/// <param name="Exits">It left the guest, for whatever reason.</param>
public readonly record struct KvmRates(long Halts, long Interrupts, long Exits);

/// <summary>What a VM's own monitor tells of it. Never changes once it is made.</summary>
/// <param name="Threads">What each thread does that the monitor knows: vCPUs and I/O threads, by the thread's
/// number.</param>
/// <param name="Rates">Of each vCPU that KVM counts for, by its number.</param>
public sealed record MonitorView(
    IReadOnlyDictionary<int, (ThreadRole Role, int Number)> Threads, IReadOnlyDictionary<int, KvmRates> Rates);

/// <summary>The monitors of VMs, as far as the operator has given them to us.</summary>
/// <remarks>Never blocks: what is known is answered at once.</remarks>
public interface IMonitors : IDisposable
{
    /// <summary>Grows when a VM's threads are known, or others.</summary>
    long Version { get; }

    /// <summary>What the monitor of a VM last told; null if it has none, or has not told yet. It is asked from then on.
    /// </summary>
    /// <param name="process">The VM's process.</param>
    /// <param name="name">The VM's name.</param>
    MonitorView? Of(ThreadIdentity process, string name);

    /// <summary>Asks no longer the monitors of VMs that are gone.</summary>
    /// <param name="lives">Is it still there?</param>
    void Keep(Func<ThreadIdentity, bool> lives);

    /// <summary>Something that people should be told, oldest first.</summary>
    bool TryTell(out string message);
}
