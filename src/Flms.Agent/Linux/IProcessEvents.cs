namespace Flms.Agent.Linux;

/// <summary>Tells of programs that were started, and of threads that were named as vCPUs are.</summary>
public interface IProcessEvents : IDisposable
{
    /// <summary>The next event; never waits for one.</summary>
    /// <param name="pid">The process that has begun another program, or one of whose threads is called like a vCPU.
    /// </param>
    /// <param name="vcpu">The latter?</param>
    /// <returns>1 if there was one; 0 if there is none; the negative error number if some may have been lost.</returns>
    int Next(out int pid, out bool vcpu);
}
