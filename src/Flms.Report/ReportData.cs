namespace Flms.Report;

/// <summary>All that a report shows, as plain data: what was compared, how, and what came out.</summary>
/// <remarks>
/// It knows no scenario and no simulator, so that anything that measures schedulers can be reported: a simulation, a
/// replay, a live host. Lists keep the order in which they are to be shown. A figure that does not exist is
/// <see cref="double.NaN"/> (written as <c>null</c>), never zero.
/// </remarks>
public sealed record ReportData
{
    /// <summary>The heading, such as <c>Noisy neighbour</c>.</summary>
    public required string Title { get; init; }

    /// <summary>The scenario's or recording's name, as the user wrote it.</summary>
    public required string Scenario { get; init; }

    /// <summary>What the scenario is about, in one or two sentences. Default: nothing.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The result in one sentence. Default: empty; <see cref="Headline"/> then makes one.</summary>
    public string Finding { get; init; } = "";

    /// <summary>The command line that makes this report again.</summary>
    public required string Command { get; init; }

    /// <summary>The seed of the scenario's random streams. Written as text: JSON readers round large numbers.</summary>
    [System.Text.Json.Serialization.JsonNumberHandling(
        System.Text.Json.Serialization.JsonNumberHandling.WriteAsString
        | System.Text.Json.Serialization.JsonNumberHandling.AllowReadingFromString)]
    public long Seed { get; init; }

    /// <summary>How many independent runs each scheduler had, 1 or more.</summary>
    public int Replications { get; init; } = 1;

    /// <summary>How long each run measured, in seconds of simulated (or recorded) time, without warm-up.</summary>
    public double DurationS { get; init; }

    /// <summary>How much was run before measuring began, in seconds. Default 0.</summary>
    public double WarmupS { get; init; }

    /// <summary>The machine in words, such as <c>1 socket, 4 cores, 2 threads a core: 8 pCPUs</c>.</summary>
    public string Machine { get; init; } = "";

    /// <summary>The version of flms that made it.</summary>
    public string Version { get; init; } = "";

    /// <summary>The virtual machines. They keep their colour in all charts by their place in this list.</summary>
    public IReadOnlyList<ReportVm> Vms { get; init; } = [];

    /// <summary>The schedulers compared; the first is what the others are held against.</summary>
    public IReadOnlyList<ReportScheduler> Schedulers { get; init; } = [];

    /// <summary>The summary's columns. Default: none; <see cref="SummaryColumns"/> then makes them.</summary>
    public IReadOnlyList<SummaryColumn> Columns { get; init; } = [];

    /// <summary>Latency distributions: at most one per scheduler, VM and kind.</summary>
    public IReadOnlyList<LatencyDistribution> Distributions { get; init; } = [];

    /// <summary>CPU shares: at most one per scheduler and VM.</summary>
    public IReadOnlyList<CpuShare> CpuShares { get; init; } = [];

    /// <summary>Excerpts of what ran where: at most one per scheduler.</summary>
    public IReadOnlyList<TimelineExcerpt> Timelines { get; init; } = [];

    /// <summary>What a reader must watch out for, most important first: shown on top.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What the model takes for granted: costs, workloads, readings of the paper.</summary>
    public IReadOnlyList<string> Assumptions { get; init; } = [];
}

/// <summary>A virtual machine of the report.</summary>
public sealed record ReportVm
{
    /// <summary>Its name, unique in the report.</summary>
    public required string Name { get; init; }

    /// <summary><c>latency</c>, <c>compute</c>, <c>mixed</c>, <c>service</c>, or empty when unmarked.</summary>
    public string Kind { get; init; } = "";

    /// <summary>How many vCPUs it has, 1 or more.</summary>
    public int Vcpus { get; init; } = 1;

    /// <summary>Its relative share, 1 to 65,535. Default 256.</summary>
    public int Weight { get; init; } = 256;

    /// <summary>Most CPU it may use, in percent of one pCPU; 0 for no cap.</summary>
    public int Cap { get; init; }

    /// <summary>What it does, in words, such as <c>ping every 20 ms; hog</c>.</summary>
    public string Workload { get; init; } = "";
}

/// <summary>One scheduler's results.</summary>
public sealed record ReportScheduler
{
    /// <summary>Its name, unique in the report; other parts refer to it by this.</summary>
    public required string Name { get; init; }

    /// <summary>What people read. Default: empty, and the name is shown.</summary>
    public string Label { get; init; } = "";

    /// <summary>The options that differ from the defaults.</summary>
    public IReadOnlyList<ReportOption> Options { get; init; } = [];

    /// <summary>Measure by name, such as <c>web.ping.rtt_ms</c> or <c>host.switches_per_s</c>; see
    /// <see cref="MeasureNames"/>.</summary>
    public SortedDictionary<string, ReportMeasure> Measures { get; init; } = new(StringComparer.Ordinal);

    internal string Shown => Label.Length > 0 ? Label : Name;
}

/// <summary>An option's name and value, as the user would write them.</summary>
public sealed record ReportOption
{
    /// <summary>The option's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its value with unit.</summary>
    public required string Value { get; init; }
}

/// <summary>A measure under one scheduler. Fields that do not apply are NaN.</summary>
public sealed record ReportMeasure
{
    /// <summary>The mean over all replications.</summary>
    public double Mean { get; init; } = double.NaN;

    /// <summary>The mean's 95 % confidence interval: low and high; empty when there is none.</summary>
    public IReadOnlyList<double> Ci95 { get; init; } = [];

    /// <summary>The median.</summary>
    public double P50 { get; init; } = double.NaN;

    /// <summary>The 90th percentile.</summary>
    public double P90 { get; init; } = double.NaN;

    /// <summary>The 99th percentile.</summary>
    public double P99 { get; init; } = double.NaN;

    /// <summary>The greatest value seen.</summary>
    public double Max { get; init; } = double.NaN;

    /// <summary>How many values there were.</summary>
    public long N { get; init; }

    /// <summary>The unit, such as <c>ms</c>, <c>%</c> or <c>/s</c>; empty for a pure number.</summary>
    public string Unit { get; init; } = "";

    /// <summary>How many times as large as under the first scheduler; null for the first itself, and where that is not
    /// known.</summary>
    public ReportRatio? VsFirst { get; init; }
}

/// <summary>A measure over the same one of the first scheduler, from pairs of replications with the same random
/// numbers: it tells apart what the measures' own intervals may not.</summary>
public sealed record ReportRatio
{
    /// <summary>The mean of the replications' ratios.</summary>
    public double Mean { get; init; } = double.NaN;

    /// <summary>Its 95 % confidence interval: low and high; empty when there is none.</summary>
    public IReadOnlyList<double> Ci95 { get; init; } = [];
}

/// <summary>A cumulative distribution of latencies in one VM under one scheduler.</summary>
public sealed record LatencyDistribution
{
    /// <summary>Round trip of a ping, measured at the client.</summary>
    public const string RoundTrip = "rtt";

    /// <summary>From runnable to running.</summary>
    public const string Wait = "wait";

    /// <summary>The scheduler's name.</summary>
    public required string Scheduler { get; init; }

    /// <summary>The VM's name.</summary>
    public required string Vm { get; init; }

    /// <summary><see cref="RoundTrip"/> or <see cref="Wait"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Latencies in milliseconds, ascending.</summary>
    public required IReadOnlyList<double> ValueMs { get; init; }

    /// <summary>The fraction of all values at or below the latency of the same place, ascending, 0 to 1.</summary>
    public required IReadOnlyList<double> Fraction { get; init; }

    /// <summary>How many values the curve was made of.</summary>
    public long N { get; init; }
}

/// <summary>What part of the machine a VM got.</summary>
public sealed record CpuShare
{
    /// <summary>The scheduler's name.</summary>
    public required string Scheduler { get; init; }

    /// <summary>The VM's name.</summary>
    public required string Vm { get; init; }

    /// <summary>Mean, in percent of the time of all pCPUs together, 0 to 100.</summary>
    public double Mean { get; init; }

    /// <summary>The mean's 95 % confidence interval: low and high; empty when there is none.</summary>
    public IReadOnlyList<double> Ci95 { get; init; } = [];
}

/// <summary>What ran where in a short window of one run.</summary>
public sealed record TimelineExcerpt
{
    /// <summary>The scheduler's name.</summary>
    public required string Scheduler { get; init; }

    /// <summary>Where the window begins, in microseconds since the run began.</summary>
    public double StartUs { get; init; }

    /// <summary>Where the window ends, in microseconds since the run began.</summary>
    public double EndUs { get; init; }

    /// <summary>How many pCPUs the machine has; runs name them from 0.</summary>
    public int Pcpus { get; init; }

    /// <summary>Who ran; what is not covered was idle.</summary>
    public IReadOnlyList<TimelineRun> Runs { get; init; } = [];

    /// <summary>What happened: wake, boost, steal, migrate and the like.</summary>
    public IReadOnlyList<TimelineInstant> Instants { get; init; } = [];
}

/// <summary>A vCPU ran on a pCPU without a break.</summary>
public sealed record TimelineRun
{
    /// <summary>The pCPU's number.</summary>
    public int Pcpu { get; init; }

    /// <summary>The vCPU as <c>VM/INDEX</c>.</summary>
    public required string Vcpu { get; init; }

    /// <summary>When it began, in microseconds since the run began.</summary>
    public double StartUs { get; init; }

    /// <summary>When it ended, in microseconds since the run began.</summary>
    public double EndUs { get; init; }
}

/// <summary>Something that happened at one moment.</summary>
public sealed record TimelineInstant
{
    /// <summary><c>wake</c>, <c>boost</c>, <c>steal</c>, <c>migrate</c>, <c>preempt</c> or another word.</summary>
    public required string Kind { get; init; }

    /// <summary>When, in microseconds since the run began.</summary>
    public double TUs { get; init; }

    /// <summary>The pCPU concerned; -1 for none.</summary>
    public int Pcpu { get; init; } = -1;

    /// <summary>The vCPU concerned as <c>VM/INDEX</c>; empty for none.</summary>
    public string Vcpu { get; init; } = "";
}

/// <summary>A column of the summary: one figure per scheduler.</summary>
public sealed record SummaryColumn
{
    /// <summary>Columns of one group stand together: a VM's name, <c>latency VMs</c>, <c>neighbours</c> or
    /// <c>host</c>.</summary>
    public required string Group { get; init; }

    /// <summary>The heading within the group, such as <c>mean</c> or <c>p99</c>.</summary>
    public required string Label { get; init; }

    /// <summary>The unit; empty for a pure number.</summary>
    public string Unit { get; init; } = "";

    /// <summary>What is better: <c>lower</c>, <c>higher</c>, or empty when neither is.</summary>
    public string Better { get; init; } = "";

    /// <summary>What the figure means, in a sentence.</summary>
    public string Note { get; init; } = "";

    /// <summary>The figures, in the order of the schedulers.</summary>
    public IReadOnlyList<SummaryCell> Cells { get; init; } = [];
}

/// <summary>One figure of the summary.</summary>
public sealed record SummaryCell
{
    /// <summary>The scheduler's name.</summary>
    public required string Scheduler { get; init; }

    /// <summary>The figure; NaN when the scheduler has none.</summary>
    public double Value { get; init; } = double.NaN;

    /// <summary>Its 95 % confidence interval: low and high; empty when there is none.</summary>
    public IReadOnlyList<double> Ci95 { get; init; } = [];

    /// <summary>Is it the best of its column, as far as one can tell by its value?</summary>
    public bool Best { get; init; }

    /// <summary>How it compares with the first scheduler's, from pairs of replications; null where not known.</summary>
    public ReportRatio? VsFirst { get; init; }

    /// <summary>Is it not the best, yet cannot be told from it? By the interval of their ratio where that is known,
    /// else by whether their own intervals overlap.</summary>
    public bool Tied { get; init; }
}
