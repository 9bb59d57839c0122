using Flms.Core;
using Flms.Schedulers.Credit;

namespace Flms.Schedulers.Xcollopts;

/// <summary>Settings of <see cref="XcolloptsScheduler"/>.</summary>
public sealed record XcolloptsOptions : CreditOptions
{
    /// <summary>Are boosted vCPUs spread over pCPUs? Default: yes.</summary>
    [Option("Is a boosted vCPU queued elsewhere if its pCPU runs another boosted one (LB)?",
        "Zeng et al., TNSM 2015, LB; spec/compared-systems.md 2.4")]
    public bool SpreadBoosts { get; init; } = true;

    /// <summary>How many pending device events shield the driver domain. Default: more than one, 2.</summary>
    [Option("From how many pending device events the driver domain (class service) is not preempted; 0: never (P3).",
        "Zeng et al., TNSM 2015, P3: more than one; spec/compared-systems.md 2.4", Unit = "events", Min = "0",
        Max = "1000000")]
    public int PendingShields { get; init; } = 2;
}
