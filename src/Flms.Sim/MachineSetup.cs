using Flms.Core;
using Flms.Sim.Devices;
using Flms.Sim.Guests;
using Flms.Sim.Network;

namespace Flms.Sim;

/// <summary>A virtual machine as the simulated host creates it.</summary>
public sealed record DomainSetup
{
    /// <summary>Its name, unique on the host.</summary>
    public required string Name { get; init; }

    /// <summary>How many vCPUs, at least 1. Default 1.</summary>
    public int Vcpus { get; init; } = 1;

    /// <summary>Relative share, 1 to 65,535. Default 256.</summary>
    public int Weight { get; init; } = 256;

    /// <summary>Most CPU in percent of one pCPU; 0, the default, for no cap.</summary>
    public int Cap { get; init; }

    /// <summary>What kind of work it does. Default: nobody has said.</summary>
    public DomainKind Kind { get; init; }

    /// <summary>Where its vCPUs may run; null, the default, for anywhere.</summary>
    public CpuMask? Affinity { get; init; }

    /// <summary>Where each vCPU may run, vCPU by vCPU; null, the default, if <see cref="Affinity"/> holds for
    /// all.</summary>
    public IReadOnlyList<CpuMask>? VcpuAffinity { get; init; }

    /// <summary>Where they would rather run (Xen 4.4: node affinity); null, the default, for no wish.</summary>
    public CpuMask? SoftAffinity { get; init; }

    /// <summary>The memory node that holds its memory; -1, the default, if it is spread over all.</summary>
    public int MemoryNode { get; init; } = -1;

    /// <summary>How often each of its vCPUs asks the last-level cache, per ms of running; 0 or more. Default 0.
    /// </summary>
    public int LlcReferences { get; init; }

    /// <summary>The part of <see cref="LlcReferences"/> that goes on to memory, 0 to 1. Default 0.</summary>
    public Fraction LlcMissRatio { get; init; } = new(0, 1);

    /// <summary>When it is created. Default: at the beginning.</summary>
    public Instant StartsAt { get; init; }

    /// <summary>Its parameters for policies that know more than weight and cap; each policy finds its own by
    /// type.</summary>
    public IReadOnlyList<object> Parameters { get; init; } = [];

    /// <summary>Its guest kernel, which schedules its threads over its vCPUs; null, the default, for none: each
    /// workload stays on its vCPU.</summary>
    public GuestOptions? Guest { get; init; }

    /// <summary>How it reaches the network; null, the default, for not at all.</summary>
    public InterfaceSetup? Network { get; init; }

    /// <summary>How it reaches its disk, and its page cache; null, the default, for no disk.</summary>
    public BlockSetup? Disk { get; init; }

    /// <summary>What it does as the driver domain of others; null, the default, for the defaults.</summary>
    public DriverSetup? Driver { get; init; }

    /// <summary>What its vCPUs do.</summary>
    public IReadOnlyList<WorkloadSetup> Workloads { get; init; } = [];
}

/// <summary>What an operator can do to a running domain.</summary>
public enum OperationKind : byte
{
    /// <summary>Pause every vCPU of the domain: none runs until it is resumed.</summary>
    Pause,

    /// <summary>Let the domain run again.</summary>
    Resume,

    /// <summary>Change the weight to <c>Value</c>.</summary>
    SetWeight,

    /// <summary>Change the cap to <c>Value</c> percent.</summary>
    SetCap,

    /// <summary>Change the affinity of all its vCPUs to <c>Mask</c>.</summary>
    SetAffinity,

    /// <summary>Change the kind to <c>Value</c>, a <see cref="DomainKind"/>.</summary>
    SetKind,

    /// <summary>Destroy the domain.</summary>
    Destroy,
}

/// <summary>Something an operator does at a given time.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Domain">The domain's place in <see cref="MachineSetup.Domains"/>.</param>
/// <param name="Value">As the kind says.</param>
/// <param name="Mask">For <see cref="OperationKind.SetAffinity"/>.</param>
public sealed record Operation(Instant At, OperationKind Kind, int Domain, int Value = 0, CpuMask? Mask = null);

/// <summary>A whole simulated host.</summary>
public sealed record MachineSetup
{
    /// <summary>The machine's shape.</summary>
    public required Topology Topology { get; init; }

    /// <summary>What it charges. Default: <see cref="CostModel.Typical"/>.</summary>
    public CostModel Costs { get; init; } = CostModel.Typical;

    /// <summary>The network to the host that runs the clients; null, the default, for the defaults.</summary>
    public NetworkSetup? Network { get; init; }

    /// <summary>The disk; null, the default, for the defaults.</summary>
    public DiskSetup? Disk { get; init; }

    /// <summary>The virtual machines, in the order of their creation.</summary>
    public required IReadOnlyList<DomainSetup> Domains { get; init; }

    /// <summary>What operators do, in order of time.</summary>
    public IReadOnlyList<Operation> Operations { get; init; } = [];

    /// <summary>From which all random numbers of the guests are made.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many vCPUs there are in all.</summary>
    public int Vcpus
    {
        get
        {
            var n = 0;
            foreach (var d in Domains) n += d.Vcpus;
            return n;
        }
    }
}
