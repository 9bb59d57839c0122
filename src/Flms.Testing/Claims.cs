using Flms.Core;

namespace Flms.Testing;

/// <summary>What a policy is held to in one run, where that differs from what it says of itself.</summary>
public sealed record Claims
{
    /// <summary>As the policy says of itself; the first foul ends the run.</summary>
    public static Claims Default { get; } = new();

    /// <summary>Law P4: is it to be work-conserving? Null, the default: as <see cref="Scheduler.WorkConserving"/>
    /// says.</summary>
    public bool? WorkConserving { get; init; }

    /// <summary>Law P3: the longest wait. Null, the default: as <see cref="Scheduler.Patience"/> says.</summary>
    public Duration? Patience { get; init; }

    /// <summary>Law P2: a vCPU all of whose pCPUs have idled for so long while it waited counts as lost. Default
    /// 1 s.</summary>
    public Duration LostAfter { get; init; } = 1.Seconds;

    /// <summary>Law P2: a vCPU that has waited for so long counts as lost even if its pCPUs were busy. Default 30 s;
    /// <see cref="Duration.Forever"/> for a policy that may starve somebody by design.</summary>
    public Duration StarvedAfter { get; init; } = 30.Seconds;

    /// <summary>Law P5: so many callbacks may allocate (code is loaded at first use); of those after them the eighth
    /// that does is a foul, since the runtime itself may allocate a few times more. Null, the default: not
    /// checked.</summary>
    public long? AllocatesUntil { get; init; }

    /// <summary>Are fouls collected, rather than the run ended by the first? Default: no.</summary>
    public bool Collect { get; init; }
}

/// <summary>A law that was broken.</summary>
/// <param name="Law">Which: <c>H1</c> to <c>H4</c>, <c>P1</c> to <c>P5</c>, as in <see cref="Scheduler"/>.</param>
/// <param name="At">When.</param>
/// <param name="What">What was seen, in one line, with the vCPU and the pCPU.</param>
public sealed record Foul(string Law, Instant At, string What)
{
    /// <inheritdoc />
    public override string ToString() => $"{Law} at {At}: {What}";
}
