using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.Brm;

/// <summary>Settings of <see cref="BrmScheduler"/>.</summary>
public sealed record BrmOptions : CreditOptions
{
    /// <summary>How often each pCPU looks at its runner. Default 30 ms.</summary>
    [Option("How often each pCPU looks at who runs there.", "inferred, spec/compared-systems.md 2.8", Min = "1ms",
        Max = "10s")]
    public Duration Epoch { get; init; } = 30.Ms;

    /// <summary>How much a new sample counts in the penalty. Default 1/4.</summary>
    [Option("How much a new sample counts in a vCPU's penalty on a node.", "inferred, spec/compared-systems.md 2.8",
        Min = "0.01", Max = "1")]
    public Fraction Gain { get; init; } = new(1, 4);

    /// <summary>How often a vCPU tries any other node. Default 5 % of epochs.</summary>
    [Option("The part of epochs in which a vCPU tries another node whatever is known of it.",
        "inferred, spec/compared-systems.md 2.8", Min = "0", Max = "1")]
    public Fraction Explore { get; init; } = new(1, 20);

    /// <summary>How much less the penalty must be elsewhere. Default 10 %.</summary>
    [Option("How much less the penalty must be on another node for a vCPU to go there.",
        "inferred, spec/compared-systems.md 2.8", Min = "0", Max = "1")]
    public Fraction Margin { get; init; } = new(1, 10);

    /// <summary>What a miss costs that local memory serves. Default 100 ns.</summary>
    [Option("What a cache miss costs that local memory serves.", "ours: the order of magnitude of DRAM", Min = "1ns",
        Max = "10us")]
    public Duration LocalMiss { get; init; } = new(100);

    /// <summary>What a miss costs that remote memory serves. Default 160 ns.</summary>
    [Option("What a cache miss costs that another node's memory serves.",
        "ours: 1.6 times local, the ratio of two sockets", Min = "1ns", Max = "10us")]
    public Duration RemoteMiss { get; init; } = new(160);

    /// <summary>How many vCPUs more than its share a node may hold. Default 1.</summary>
    [Option("How many runnable vCPUs above its share a node may come to hold.",
        "inferred, spec/compared-systems.md 2.8", Unit = "vCPUs", Min = "0", Max = "1000")]
    public int Imbalance { get; init; } = 1;

    /// <summary>What draws begin with. Default 1.</summary>
    [Option("What the drawn numbers begin with: equal seeds give equal runs.", "ours", Unit = "number", Min = "0",
        Max = "1000000000")]
    public int Seed { get; init; } = 1;

    /// <inheritdoc />
    public override string? Problem() => base.Problem()
        ?? (RemoteMiss < LocalMiss
            ? $"remote_miss {RemoteMiss} is less than local_miss {LocalMiss}; make it at least that"
            : null);
}
