using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.Boost2ms;

/// <summary>What a boost that was used up costs.</summary>
public enum BoostPrice : byte
{
    /// <summary>The next boost comes only after it has blocked again: a migration does not bring one.</summary>
    BlocksAgain,

    /// <summary>Time that it ran boosted is charged twice.</summary>
    Double,
}

/// <summary>Settings of <see cref="Boost2msScheduler"/>.</summary>
public sealed record Boost2msOptions : CreditOptions
{
    /// <summary>How long a boost lasts, in run time. Default 2 ms.</summary>
    [Option("Longest run while boosted; then the vCPU is UNDER and goes behind the others that are.",
        "FLMS paper's related work (spec/compared-systems.md 2.4)", Min = "100us", Max = "1s")]
    public Duration BoostSlice { get; init; } = 2.Ms;

    /// <summary>What a used-up boost costs. Default: none before it blocks again.</summary>
    [Option("What a used-up boost costs: no other before it blocks again, or double credit for its time.",
        "inferred, spec/compared-systems.md 2.4")]
    public BoostPrice Price { get; init; } = BoostPrice.BlocksAgain;

    /// <inheritdoc />
    public override string? Problem() => base.Problem()
        ?? (BoostSlice < Ratelimit
            ? $"boost_slice {BoostSlice} is shorter than ratelimit {Ratelimit}; make it at least the rate limit"
            : null);
}
