namespace Flms.Report;

/// <summary>All that the report of a sweep shows, as plain data.</summary>
/// <remarks>Like <see cref="ReportData"/> it knows no scenario and no simulator. A figure that does not exist is
/// <see cref="double.NaN"/> (written as <c>null</c>).</remarks>
public sealed record SweepReportData
{
    /// <summary>Tells the page which kind of report it is.</summary>
    public string Kind { get; } = "sweep";

    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>What the sweep is about, in one or two sentences. Default: nothing.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The command line that makes this report again.</summary>
    public required string Command { get; init; }

    /// <summary>The version of flms that computed the points.</summary>
    public required string Version { get; init; }

    /// <summary>How many points the sweep has.</summary>
    public required int Points { get; init; }

    /// <summary>How many of them have a result.</summary>
    public required int Done { get; init; }

    /// <summary>What varies, in the order of the sweep file.</summary>
    public required IReadOnlyList<SweepReportAxis> Axes { get; init; }

    /// <summary>The schedulers, in the order of the sweep file.</summary>
    public required IReadOnlyList<string> Schedulers { get; init; }

    /// <summary>What is looked at: latency, throughput, fairness, in this order.</summary>
    public required IReadOnlyList<SweepReportGoal> Goals { get; init; }

    /// <summary>Every combination of scheduler and values.</summary>
    public required IReadOnlyList<SweepReportRow> Rows { get; init; }

    /// <summary>What a reader must watch out for: shown on top.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>One thing that varies.</summary>
public sealed record SweepReportAxis
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its values, in the order of the sweep file.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>Is it a setting of schedulers? Otherwise it is part of the load.</summary>
    public bool Setting { get; init; }
}

/// <summary>What is looked at.</summary>
public sealed record SweepReportGoal
{
    /// <summary><c>latency</c>, <c>throughput</c> or <c>fairness</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The measures that it is made of.</summary>
    public required string Formula { get; init; }

    /// <summary>The unit; empty for a pure number.</summary>
    public string Unit { get; init; } = "";

    /// <summary>What is better: <c>lower</c> or <c>higher</c>.</summary>
    public required string Better { get; init; }
}

/// <summary>What one combination came to.</summary>
public sealed record SweepReportRow
{
    /// <summary>The scheduler.</summary>
    public required string Scheduler { get; init; }

    /// <summary>Its settings that differ from the defaults; may be empty.</summary>
    public string Options { get; init; } = "";

    /// <summary>For each axis the value; empty where it does not concern the scheduler.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>The load in words; rows of one load can be held against each other.</summary>
    public string Load { get; init; } = "";

    /// <summary>How many runs there were.</summary>
    public int Runs { get; init; }

    /// <summary>For each goal the figure.</summary>
    public required IReadOnlyList<SweepReportFigure> Figures { get; init; }

    /// <summary>For throughput and fairness: does no other of the same load beat it and the latency both?</summary>
    public required IReadOnlyList<bool> Fronts { get; init; }
}

/// <summary>A figure over the runs of a combination.</summary>
public sealed record SweepReportFigure
{
    /// <summary>The mean.</summary>
    public double Mean { get; init; } = double.NaN;

    /// <summary>Its 95 % confidence interval: low and high; empty when there is none.</summary>
    public IReadOnlyList<double> Ci95 { get; init; } = [];
}
