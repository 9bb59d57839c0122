using Flms.Core;
using Flms.Schedulers;
using Flms.Sim.Network;
using Flms.Testing;

namespace Flms.Sim.Tests.Workloads;

/// <summary>Hosts for workloads with remote clients; the path costs next to nothing, unless said.</summary>
internal static class Clients
{
    /// <summary>Native, and 1 ns for an interrupt: what is measured is the network and the workload.</summary>
    public static InterfaceSetup Free { get; } = new()
    {
        Path = NetworkPath.Native,
        Interrupt = 1.Ns,
        Receive = Duration.Zero,
        Frame = Duration.Zero,
        Transmit = Duration.Zero,
    };

    /// <summary>So fast that a full packet takes half a microsecond.</summary>
    public static NetworkSetup Fast(Duration delay) => new() { Rate = 1_000_000, Delay = delay };

    public static DomainSetup Server(params WorkloadSetup[] workloads) =>
        Trial.Domain("server", workloads) with { Network = Free };

    public static MachineSetup On(int pcpus, NetworkSetup network, params DomainSetup[] domains) =>
        Trial.Setup(Topology.Of(1, pcpus), CostModel.None, domains) with { Network = network };

    /// <summary>Runs it under round robin with slices of 30 ms, refereed.</summary>
    public static Machine Run(Duration until, MachineSetup setup)
    {
        var machine = new Machine(setup, host => Referee.Over(host, window => new RoundRobinScheduler(window, new())));
        machine.Run(Instant.Zero + until);
        return machine;
    }

    /// <summary>A rate's amount over all of the time.</summary>
    public static double Rate(this Machine machine, string measure) =>
        machine.Workloads.SelectMany(w => w.Rates).Where(r => r.Measure == measure).Sum(r => r.Amount)
            / ((machine.Now - machine.Statistics.Since).Ns / 1e9);

    public static Histogram Samples(this Machine machine, string measure) =>
        machine.Workloads.Single(w => w.Measure == measure).Samples!;

    public static long Lost(this Machine machine) => machine.Workloads.Sum(w => w.Lost);
}
