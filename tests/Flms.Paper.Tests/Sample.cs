using Flms.Paper.Claims;

namespace Flms.Paper.Tests;

/// <summary>A figure of one's own, and results made by hand.</summary>
internal sealed class Sample : PaperFigure
{
    public static readonly Quantity Latency =
        new("latency", "ms", "mean") { Of = _ => Estimate.None, Better = "lower" };

    public static readonly Quantity Rate =
        new("rate", "/s", "rate") { Of = _ => Estimate.None, Better = "higher" };

    public override string Name => "sample";
    public override string Title => "Sample";
    public override string Place => "section 9";
    public override string Summary => "What it shows.";
    public override IReadOnlyList<FigureCase> Cases { get; } = [new("sample.yaml"), new("beside.yaml")];
    public override IReadOnlyList<Quantity> Quantities => [Latency, Rate];
    public override IReadOnlyList<Claim> Claims => [];

    /// <summary>A result with these systems, each with its latencies and rates by replication.</summary>
    public static FigureResult Result(params (string System, double?[] Latency, double?[] Rate)[] rows)
    {
        var figure = new Sample();
        return new(figure, [.. rows.Select(r => new FigureRow(figure.Cases[0], r.System,
            [Estimate.Of(r.Latency), Estimate.Of(r.Rate)], [null, null]))]);
    }

    /// <summary>Where the shipped scenarios are.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "paper");
}
