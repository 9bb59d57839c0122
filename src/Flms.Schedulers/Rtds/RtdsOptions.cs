using Flms.Core;

namespace Flms.Schedulers.Rtds;

/// <summary>Settings of <see cref="RtdsScheduler"/>: what a domain has that was given nothing of its own.</summary>
public sealed record RtdsOptions : SchedulerOptions
{
    /// <summary>Length of a period. Default 10 ms.</summary>
    [Option("Length of the period of a vCPU whose domain was given none.", "spec/xen.md 4.2", Min = "10us",
        Max = "10s")]
    public Duration Period { get; init; } = 10.Ms;

    /// <summary>What each vCPU is given in every period. Default 4 ms.</summary>
    [Option("What each vCPU is given in every period, where its domain says nothing.", "spec/xen.md 4.2",
        Min = "10us", Max = "10s")]
    public Duration Budget { get; init; } = 4.Ms;

    /// <summary>May a vCPU go on when its budget is used up? Default: yes, behind all who have some.</summary>
    [Option("May a vCPU go on when its budget is used up, behind all who have some left?", "spec/xen.md 4.2")]
    public bool Extratime { get; init; } = true;

    /// <inheritdoc />
    public override string? Problem() =>
        Budget > Period ? $"budget is {Budget} in a period of {Period}; make it at most the period" : null;
}

/// <summary>What a domain can be given for <see cref="RtdsScheduler"/>; it holds for each of its vCPUs.</summary>
public sealed record RtdsDomain : IDomainParameters
{
    /// <summary>Length of its period. Default 10 ms.</summary>
    [Option("Length of its period.", "spec/xen.md 4.2: at least 10 us", Min = "10us", Max = "10s")]
    public Duration Period { get; init; } = 10.Ms;

    /// <summary>What each of its vCPUs is given in every period. Default 4 ms.</summary>
    [Option("What each vCPU is given in every period.", "spec/xen.md 4.2: at least 10 us", Min = "10us", Max = "10s")]
    public Duration Budget { get; init; } = 4.Ms;

    /// <summary>May it go on when its budget is used up? Default: yes.</summary>
    [Option("May it go on when its budget is used up, behind all who have some left?", "spec/xen.md 4.2: on")]
    public bool Extratime { get; init; } = true;

    /// <inheritdoc />
    public string? Problem() =>
        Budget > Period ? $"budget is {Budget} in a period of {Period}; make it at most the period" : null;
}
