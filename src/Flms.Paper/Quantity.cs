using Flms.Lab;

namespace Flms.Paper;

/// <summary>Something that a figure shows of every system: its y axis, or a column beside it.</summary>
/// <param name="Name">As JSON names it, without its unit: <c>latency</c>.</param>
/// <param name="Unit">As in <c>ms</c>; empty for a pure number.</param>
/// <param name="Title">As people read it.</param>
public sealed record Quantity(string Name, string Unit, string Title)
{
    /// <summary>What one run of one system gives.</summary>
    public required Func<SchedulerResult, Estimate> Of { get; init; }

    /// <summary>Which is better: <c>lower</c>, <c>higher</c>, or empty if neither.</summary>
    public string Better { get; init; } = "";

    /// <summary>The key of its value in JSON: <c>latency_ms</c>.</summary>
    public string Key => Suffix(Name, Unit);

    /// <summary>The key of its interval in JSON: <c>latency_ci95</c>.</summary>
    public string IntervalKey => $"{Name}_ci95";

    /// <summary>The key of the paper's value in JSON: <c>paper_latency_ms</c>.</summary>
    public string PaperKey => $"paper_{Key}";

    private static string Suffix(string name, string unit) => unit switch
    {
        "" => name,
        "%" => $"{name}_percent",
        "/s" => $"{name}_per_s",
        "MB/s" => $"{name}_mb_per_s",
        _ => $"{name}_{unit.ToLowerInvariant()}",
    };
}
