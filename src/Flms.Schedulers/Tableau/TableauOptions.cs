using Flms.Core;

namespace Flms.Schedulers.Tableau;

/// <summary>Settings of <see cref="TableauScheduler"/>.</summary>
public sealed record TableauOptions : SchedulerOptions
{
    /// <summary>The longest time a vCPU goes without, where its domain says nothing. Default 20 ms.</summary>
    [Option("The longest time that a vCPU may go without, where its domain names no goal.",
        "inferred: 20 ms is the first of the golden values of spec/compared-systems.md 3.3", Min = "250us",
        Max = "200ms")]
    public Duration Latency { get; init; } = 20.Ms;

    /// <summary>How often the budgets of the second level are renewed. Default 20 ms.</summary>
    [Option("How often second-level budgets are renewed; they share this time out evenly.",
        "spec/compared-systems.md 3.3", Min = "1ms", Max = "1s")]
    public Duration Epoch { get; init; } = 20.Ms;

    /// <summary>Longest run in somebody else's slot. Default 1 ms.</summary>
    [Option("Longest run at the second level before the greatest budget is looked for anew.",
        "spec/compared-systems.md 3.3", Min = "10us", Max = "1s")]
    public Duration SecondLevelRun { get; init; } = 1.Ms;

    /// <summary>Budget of a background vCPU. Default 30 ms.</summary>
    [Option("What a background vCPU may run before those who were renewed before it.", "spec/compared-systems.md 3.3",
        Min = "100us", Max = "10s")]
    public Duration BackgroundBudget { get; init; } = 30.Ms;

    /// <summary>Does a wake-up outside one's slots kick an idle pCPU? Default: no, as published.</summary>
    [Option("Does a wake-up outside one's own slots kick an idle pCPU that could serve it at once?",
        "ours: the published dispatcher only kicks the pCPU of the current slot")]
    public bool KickIdle { get; init; }
}

/// <summary>What a domain can be given for <see cref="TableauScheduler"/>; it holds for each of its vCPUs.</summary>
public sealed record TableauDomain : IDomainParameters
{
    /// <summary>Share of a pCPU that each vCPU is guaranteed; 0, the default, for a fair share by weight.</summary>
    [Option("Share of one pCPU that each vCPU is guaranteed; 0 for a fair share, by weight, of what is left.",
        "spec/compared-systems.md 3.3; the fair share is ours", Min = "0", Max = "1")]
    public Fraction Utilisation { get; init; } = new(0, 1);

    /// <summary>The longest time it goes without; 0, the default, for the policy's.</summary>
    [Option("The longest time that each vCPU goes without; 0 for the policy's.", "spec/compared-systems.md 3.3",
        Min = "0", Max = "200ms")]
    public Duration Latency { get; init; } = Duration.Zero;

    /// <summary>May it use time that is nobody's, or that its owner does not want? Default: yes.</summary>
    [Option("May it use slots that are nobody's, or that their owner does not want?",
        "spec/compared-systems.md 3.3: uncapped vCPUs may; a domain with a cap never does")]
    public bool Burstable { get; init; } = true;

    /// <summary>Has it no slots of its own, but whatever is left over? Default: no.</summary>
    [Option("Has it no slots at all, only what nobody else wants?",
        "spec/compared-systems.md 3.3: tier 2; who belongs to it is inferred")]
    public bool Background { get; init; }

    /// <inheritdoc />
    public string? Problem() =>
        Background && Utilisation.Num > 0 ? "a background domain has no share of its own; leave out one of the two"
        : Latency > Duration.Zero && Latency < 250.Us ? $"latency is {Latency}; write at least 250us, or 0"
        : null;
}
