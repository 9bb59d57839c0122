using Flms.Core;
using Flms.Lab.Measures;

namespace Flms.TestBed.Measures;

/// <summary>What one VM did in a turn.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Cpu">CPU time of all its threads, as a number of pCPUs.</param>
/// <param name="Work">Pieces of work that its guest did, a second.</param>
public sealed record VmUse(string Name, double Cpu, double Work);

/// <summary>What was measured in one turn: one setting, for some seconds.</summary>
public sealed record Turn
{
    private const double MostStolen = 0.03;

    /// <summary>Which round of turns, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>How often it was measured: again, where the machine's own host had kept too much from it.</summary>
    public int Tries { get; init; } = 1;

    /// <summary>How long it was measured.</summary>
    public required Duration Span { get; init; }

    /// <summary>The pings that were sent in it.</summary>
    public required IReadOnlyList<Ping> Pings { get; init; }

    /// <summary>The VM that is pinged.</summary>
    public required VmUse Latency { get; init; }

    /// <summary>The noisy ones that burn; those that are told to be quiet are left out.</summary>
    public required IReadOnlyList<VmUse> Noisy { get; init; }

    /// <summary>What the agent itself used, as a number of pCPUs; 0 if there is none.</summary>
    public required double Agent { get; init; }

    /// <summary>What the agent said that it could not do, from its start on, a line each.</summary>
    public IReadOnlyList<string> Troubles { get; init; } = [];

    /// <summary>How many pCPUs the machine has.</summary>
    public required int Pcpus { get; init; }

    /// <summary>What the host below this machine kept it from, as a number of pCPUs.</summary>
    public required double Stolen { get; init; }

    /// <summary>What other programs of this machine used, as a number of pCPUs.</summary>
    public required double Others { get; init; }

    /// <summary>What there was for VMs, as a number of pCPUs. The agent's own use is not taken off: VMs bear
    /// it.</summary>
    public double Capacity => Pcpus - Stolen - Others;

    /// <summary>Did the machine's own host leave it its pCPUs?</summary>
    /// <remarks>Whoever has to wait for a pCPU that is not there at all waits under any setting; with several in a
    /// hundred stolen, round trips tell of that host and not of this one.</remarks>
    public bool IsTrusted => Stolen <= MostStolen * Pcpus;

    /// <summary>The round trips.</summary>
    public RoundTrips Trips => RoundTrips.Of(Pings);

    /// <summary>What the noisy VMs did together, a second.</summary>
    public double NoisyWork => Noisy.Sum(vm => vm.Work);

    /// <summary>What the noisy VMs used together.</summary>
    public double NoisyCpu => Noisy.Sum(vm => vm.Cpu);

    /// <summary>What each wants: the pinged VM first, then the noisy ones.</summary>
    /// <param name="latencyDemand">What the pinged VM uses when it is alone.</param>
    public IReadOnlyList<double> Demands(double latencyDemand) => [latencyDemand, .. Noisy.Select(_ => 1.0)];

    /// <summary>What fairness leaves the noisy VMs together, as a number of pCPUs.</summary>
    /// <param name="latencyDemand">What the pinged VM uses when it is alone.</param>
    public double FairToNoisy(double latencyDemand) => FairShares.Of(Demands(latencyDemand), Capacity).Skip(1).Sum();

    /// <summary>What the VM that got most got, of what anybody may have while others want it: 1.05 is 5 % too
    /// much.</summary>
    /// <param name="latencyDemand">What the pinged VM uses when it is alone.</param>
    /// <returns>0 if there was enough for all.</returns>
    public double Greediest(double latencyDemand)
    {
        var level = FairShares.Level(Demands(latencyDemand), Capacity);
        return Noisy.Select(vm => vm.Cpu).Append(Latency.Cpu).Max() / level;
    }
}
