using System.Text.Json.Serialization;

namespace Flms.Agent.Control;

/// <summary>Who belongs where.</summary>
public sealed record PlanReport
{
    /// <summary>The short-slice pCPUs, as Linux lists them; empty for none.</summary>
    public required string Sp { get; init; }

    /// <summary>The long-slice pCPUs.</summary>
    public required string Lp { get; init; }

    /// <summary>Are the groups kept apart?</summary>
    public required bool Split { get; init; }

    /// <summary>Are short-slice pCPUs lent?</summary>
    public required bool Lent { get; init; }

    /// <summary>Whether a split is worth it, in a word: needless, unjudged, calm, comparing, trying, kept, no-gain,
    /// unfair or wasteful (docs/agent.md).</summary>
    public required string Verdict { get; init; }

    /// <summary>The same with its figures, for people; null where there is nothing to say.</summary>
    public required string? Why { get; init; }

    /// <summary>EstimatedIO of equation 1, in ns of pCPU time a period.</summary>
    public required long EstimatedIoNs { get; init; }

    /// <summary>EstimatedCPU of equation 2, likewise.</summary>
    public required long EstimatedCpuNs { get; init; }

    /// <summary>The latency-sensitive VMs, and whether they are boosted; empty if nobody may be.</summary>
    public required IReadOnlyList<BoostReport> Boosts { get; init; }

    /// <summary>The vCPUs that belong on another NUMA node from now on; empty on most hosts.</summary>
    public IReadOnlyList<MoveReport> Moves { get; init; } = [];

    /// <summary>One line a thread.</summary>
    public required IReadOnlyList<PlanLineReport> Lines { get; init; }
}

/// <summary>What the plan wants of one thread.</summary>
public sealed record PlanLineReport
{
    /// <summary>Its VM.</summary>
    public required string Vm { get; init; }

    /// <summary>What it does, as in <c>vCPU 2</c>.</summary>
    public required string Thread { get; init; }

    /// <summary>Its number.</summary>
    public required int Tid { get; init; }

    /// <summary>Where it may run, as Linux lists it; null: it is left alone.</summary>
    public required string? Cpus { get; init; }

    /// <summary>The NUMA node that it is bound to; null: it may run on all nodes of its group.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Node { get; init; }

    /// <summary>Its slice in ns, 0 for the kernel's default; null: it is left alone.</summary>
    public required long? SliceNs { get; init; }

    /// <summary>Of a boosted thread its budget, in ns; in each <see cref="PeriodNs"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? RuntimeNs { get; init; }

    /// <summary>Of a boosted thread the period of its budget, in ns.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PeriodNs { get; init; }

    /// <summary>Why: the plan's reason, or why it is left alone (docs/agent.md).</summary>
    public required string Reason { get; init; }

    /// <summary>How it ended, if it was applied.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Done { get; init; }
}
