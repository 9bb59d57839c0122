using Flms.Core;
using Flms.Schedulers;
using Flms.Sim;

namespace Flms.Bench;

/// <summary>The workload <c>mixed</c>: domains of eight hogs and domains of eight I/O vCPUs in turns.</summary>
/// <remarks>Hogs and I/O vCPUs behave as in <see cref="Vrr"/>. There are at least as many hogs as pCPUs, so none is
/// ever idle.</remarks>
/// <param name="Pcpus">pCPUs, at least 1.</param>
/// <param name="Vcpus">vCPUs, a multiple of 16 and at least twice the pCPUs.</param>
public sealed record Mixed(int Pcpus, int Vcpus)
{
    /// <summary>How many vCPUs a domain has.</summary>
    public const int DomainVcpus = 8;

    /// <summary>The slice of round robin and of the bare loop, as in <see cref="Vrr"/>.</summary>
    public static readonly Duration Slice = 1.Ms;

    /// <summary>Does the vCPU always want to run?</summary>
    public static bool IsHog(int vcpu) => vcpu / DomainVcpus % 2 == 0;

    /// <summary>A machine with this workload under a policy, on which nothing costs anything.</summary>
    public Machine CreateMachine(SchedulerEntry entry)
    {
        var options = entry.Defaults is RoundRobinOptions roundRobin ? roundRobin with { Slice = Slice }
            : entry.Defaults;
        var domains = new DomainSetup[Vcpus / DomainVcpus];
        for (var d = 0; d < domains.Length; d++)
            domains[d] = IsHog(d * DomainVcpus)
                ? Vrr.Hogs($"hogs{d}", DomainVcpus)
                : Vrr.Sleepers($"io{d}", d * DomainVcpus, DomainVcpus);
        var setup = new MachineSetup { Topology = Shape(Pcpus), Costs = CostModel.None, Domains = domains };
        return new(setup, host => entry.Create(host, options));
    }

    // Sockets of 64 pCPUs, as large servers have.
    private static Topology Shape(int pcpus) => pcpus % 64 == 0 ? Topology.Of(pcpus / 64, 64) : Topology.Of(1, pcpus);
}
