using Flms.Core;
using Flms.Sim;

namespace Flms.Bench;

/// <summary>Something to be measured: a run that can go on for as long as one likes.</summary>
/// <param name="Scheduler">The policy's name, or what stands in its place.</param>
/// <param name="Workload">The workload's name.</param>
/// <param name="Pcpus">Its pCPUs.</param>
/// <param name="Vcpus">Its vCPUs.</param>
/// <param name="Run">Runs up to a time.</param>
/// <param name="Events">How many events there have been.</param>
internal sealed record BenchCase(
    string Scheduler, string Workload, int Pcpus, int Vcpus, Action<Instant> Run, Func<long> Events)
{
    /// <summary>A case that runs a machine.</summary>
    public static BenchCase Of(string scheduler, string workload, Machine machine, IWatcher? watcher = null)
    {
        if (watcher != null) machine.Watch(watcher);
        return new(scheduler, workload, machine.Topology.Count, machine.VcpuCapacity, machine.Run,
            () => machine.Events);
    }

    /// <summary>A case that runs the bare loop.</summary>
    public static BenchCase Of(Mixed mixed)
    {
        var loop = new BareLoop(mixed);
        return new(SpeedBench.BareLoopName, SpeedBench.MixedName, mixed.Pcpus, mixed.Vcpus, loop.Run,
            () => loop.Events);
    }
}
