namespace Flms.Agent.Control;

/// <summary>How a running agent is.</summary>
public sealed record StatusReport
{
    /// <summary>Its process.</summary>
    public required int Pid { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What it may do now: observe, advise or enforce.</summary>
    public required string Mode { get; init; }

    /// <summary>Why it only observes although it was told more; null if it does as it was told.</summary>
    public string? LetGo { get; init; }

    /// <summary>Are all VMs paused?</summary>
    public required bool Paused { get; init; }

    /// <summary>VMs that are paused one by one.</summary>
    public required IReadOnlyList<string> PausedVms { get; init; }

    /// <summary>What was said of VMs by <c>class set</c>.</summary>
    public required IReadOnlyList<ClassWord> Classes { get; init; }

    /// <summary>VMs that are watched.</summary>
    public required int Vms { get; init; }

    /// <summary>Their vCPUs.</summary>
    public required int Vcpus { get; init; }

    /// <summary>Threads that the agent has changed and not put back.</summary>
    public required int ThreadsPlaced { get; init; }

    /// <summary>vCPUs that FLMS has given to another NUMA node since it began.</summary>
    public long Migrations { get; init; }

    /// <summary>The groups and the load behind them; null before the first period has ended.</summary>
    public GroupsReport? Groups { get; init; }

    /// <summary>The last decision; null if there was none.</summary>
    public DecisionReport? LastDecision { get; init; }

    /// <summary>What the agent itself costs.</summary>
    public required CostReport Cost { get; init; }

    /// <summary>What the operator should know.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The files that its configuration was read from, in order.</summary>
    public required IReadOnlyList<string> Config { get; init; }

    /// <summary>Where its changes are noted; null if it has changed nothing since it began.</summary>
    public string? Journal { get; init; }
}

/// <summary>What was said of a VM by <c>class set</c>.</summary>
/// <param name="Vm">Its name.</param>
/// <param name="Class">What it is, as the configuration writes it.</param>
public sealed record ClassWord(string Vm, string Class);

/// <summary>The groups of pCPUs, and the load that they were made for.</summary>
public sealed record GroupsReport
{
    /// <summary>The short-slice pCPUs, as Linux lists them; empty for none.</summary>
    public required string Sp { get; init; }

    /// <summary>The long-slice pCPUs.</summary>
    public required string Lp { get; init; }

    /// <summary>Are they in force?</summary>
    public required bool Split { get; init; }

    /// <summary>Why they are, or not; null where there is nothing to say.</summary>
    public required string? Why { get; init; }

    /// <summary>Are short-slice pCPUs lent?</summary>
    public required bool Lent { get; init; }

    /// <summary>Load of the latency-sensitive, in pCPUs: EstimatedIO of equation 1.</summary>
    public required decimal EstimatedIoCpus { get; init; }

    /// <summary>Load of who computes, in pCPUs: EstimatedCPU of equation 2.</summary>
    public required decimal EstimatedCpuCpus { get; init; }
}

/// <summary>What the agent itself costs.</summary>
public sealed record CostReport
{
    /// <summary>CPU time since it began, in s.</summary>
    public required decimal CpuSeconds { get; init; }

    /// <summary>CPU time of the last period as a share of it; thousandths are whole.</summary>
    public required decimal CpuRatio { get; init; }

    /// <summary>The share that it may use before it lets go.</summary>
    public required decimal CpuRatioAllowed { get; init; }

    /// <summary>How often it reads, in ns.</summary>
    public required long PeriodNs { get; init; }

    /// <summary>How long the work of the last period took, in ns.</summary>
    public required long TickNs { get; init; }

    /// <summary>Periods that have ended.</summary>
    public required long Periods { get; init; }

    /// <summary>Periods whose work took longer than a period.</summary>
    public required long Overruns { get; init; }
}
