using Flms.Core;
using Flms.Schedulers;

namespace Flms.Sim.Tests;

/// <summary>A small host for one question: who does what, when.</summary>
internal sealed class Trial : IWatcher
{
    public Trial(MachineSetup setup, Func<ISchedHost, Scheduler>? policy = null)
    {
        Machine = new(setup, policy ?? (host => new RoundRobinScheduler(host, new())));
        Machine.Watch(this);
    }

    public Machine Machine { get; }

    public List<HostEvent> Events { get; } = [];

    public void On(in HostEvent e) => Events.Add(e);

    public Trial Run(Duration until)
    {
        Machine.Run(Instant.Zero + until);
        return this;
    }

    /// <summary>When things of a kind happened to a vCPU.</summary>
    public Duration[] Times(HostEventKind kind, int vcpu) =>
        [.. Events.Where(e => e.Kind == kind && e.Vcpu.Index == vcpu).Select(e => e.At - Instant.Zero)];

    public static MachineSetup Setup(Topology topology, CostModel costs, params DomainSetup[] domains) =>
        new() { Topology = topology, Costs = costs, Domains = domains };

    public static DomainSetup Domain(string name, params WorkloadSetup[] workloads) =>
        new() { Name = name, Workloads = workloads };

    public static CpuMask Mask(int size, params int[] pcpus)
    {
        var mask = new CpuMask(size);
        foreach (var p in pcpus) mask.Add(new(p));
        return mask;
    }
}
