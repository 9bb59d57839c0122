using Flms.Core;
using Flms.Sim;
using Flms.Sim.Devices;
using Flms.Sim.Network;

namespace Flms.Lab.Scenarios;

/// <summary>A question to the simulated host, read and checked: plain data.</summary>
public sealed record Scenario
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>What it shows, in a sentence or two; may be empty.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The file it was read from, as the user named it.</summary>
    public string File { get; init; } = "";

    /// <summary>From which all random numbers are made; 0 to 2,147,483,647.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How long is measured, after the warm-up.</summary>
    public Duration Duration { get; init; } = 10.Seconds;

    /// <summary>How long the machine runs before measuring begins.</summary>
    public Duration Warmup { get; init; } = Duration.Zero;

    /// <summary>How often each scheduler runs it, each time with other random numbers.</summary>
    public int Replications { get; init; } = 1;

    /// <summary>The machine's shape.</summary>
    public required Topology Topology { get; init; }

    /// <summary>What the machine charges.</summary>
    public CostModel Costs { get; init; } = CostModel.Typical;

    /// <summary>The network to the host that runs the clients; null for its defaults.</summary>
    public NetworkSetup? Network { get; init; }

    /// <summary>The disk; null for its defaults.</summary>
    public DiskSetup? Disk { get; init; }

    /// <summary>The policies that it compares; at least one.</summary>
    public required IReadOnlyList<SchedulerChoice> Schedulers { get; init; }

    /// <summary>The virtual machines.</summary>
    public required IReadOnlyList<DomainSetup> Domains { get; init; }

    /// <summary>What operators do, in order of time.</summary>
    public IReadOnlyList<Operation> Operations { get; init; } = [];

    /// <summary>The host to simulate.</summary>
    /// <param name="seed">The seed of the run.</param>
    public MachineSetup Machine(int seed) => new()
    {
        Topology = Topology,
        Costs = Costs,
        Network = Network,
        Disk = Disk,
        Domains = Domains,
        Operations = Operations,
        Seed = (ulong)seed,
    };
}
