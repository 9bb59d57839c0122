using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>How fast a running agent may change things (spec host-agent 4.2, rules 4 and 8).</summary>
public sealed record PaceRules
{
    /// <summary>How long a thread stays as it was put, at least. Default 5 s.</summary>
    [Option("How long a thread stays as it was put, at least.", "spec host-agent 4.2: 1 to 5 s", Min = "0", Max = "1h")]
    public Duration Residency { get; init; } = 5.Seconds;

    /// <summary>How many threads are changed in one period, at most. Default 64.</summary>
    [Option("How many threads are changed in one period, at "
        + "most.", "ours", Unit = "threads", Min = "1", Max = "100000")]
    public int Budget { get; init; } = 64;

    /// <summary>How much CPU the agent itself may use before it lets go. Default 20 thousandths for each 100
    /// vCPUs.</summary>
    [Option("How much CPU the agent may use for each 100 vCPUs begun, over ten periods, before it lets go of "
        + "everything.",
        "spec host-agent 4.2: 2 % of a core", Unit = "thousandths of a core", Min = "1", Max = "1000")]
    public int OwnCpu { get; init; } = 20;
}
