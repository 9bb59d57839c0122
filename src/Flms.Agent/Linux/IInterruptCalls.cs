namespace Flms.Agent.Linux;

/// <summary>Where the kernel lets interrupts go.</summary>
/// <remarks>Nothing is thrown: 0, or a negative error number.</remarks>
public interface IInterruptCalls
{
    /// <summary>The CPUs that an interrupt may go to, as the kernel lists them.</summary>
    /// <param name="number">The interrupt.</param>
    /// <param name="cpus">As in <c>0-3</c>.</param>
    int GetAffinity(int number, out string cpus);

    /// <summary>Lets it go to those CPUs only. EIO: the kernel has placed it for good, a queue a CPU (a managed
    /// interrupt).</summary>
    int SetAffinity(int number, string cpus);
}
