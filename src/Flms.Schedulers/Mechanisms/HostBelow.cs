using Flms.Core;

namespace Flms.Schedulers.Mechanisms;

/// <summary>The machine as a policy inside another sees it: as it is, but for what the outer policy says of its vCPUs,
/// and with timers that come after the outer's own.</summary>
/// <param name="host">The machine.</param>
/// <param name="firstTimer">The number by which the machine knows the inner policy's timer 0.</param>
public abstract class HostBelow(ISchedHost host, int firstTimer) : ISchedHost
{
    /// <summary>The machine.</summary>
    protected ISchedHost Host => host;

    /// <summary>The number by which the machine knows the inner policy's timer 0.</summary>
    public int FirstTimer => firstTimer;

    /// <inheritdoc/>
    public Topology Topology => host.Topology;

    /// <inheritdoc/>
    public virtual CpuMask Pcpus => host.Pcpus;

    /// <inheritdoc/>
    public int VcpuCapacity => host.VcpuCapacity;

    /// <inheritdoc/>
    public int DomainCapacity => host.DomainCapacity;

    /// <inheritdoc/>
    public bool Watched => host.Watched;

    /// <inheritdoc/>
    public abstract ref readonly VcpuInfo this[VcpuId v] { get; }

    /// <inheritdoc/>
    public ref readonly VcpuCounters Counters(VcpuId v) => ref host.Counters(v);

    /// <inheritdoc/>
    public T? ParametersOf<T>(DomainId d) where T : class => host.ParametersOf<T>(d);

    /// <inheritdoc/>
    public void Kick(PcpuId p) => host.Kick(p);

    /// <inheritdoc/>
    public void Arm(int timer, Instant at) => host.Arm(firstTimer + timer, at);

    /// <inheritdoc/>
    public virtual VcpuId Running(PcpuId p) => host.Running(p);

    /// <inheritdoc/>
    public virtual void Trace(Note note, VcpuId v, PcpuId p, long value) => host.Trace(note, v, p, value);
}
