using Flms.Core;

namespace Flms.TestBed.Runs;

/// <summary>What is set beside stock Linux: the agent with some configuration.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="Does">What it switches, for people.</param>
/// <param name="Configuration">The lines of the agent's configuration, beyond the VMs'; empty for all defaults.</param>
public sealed record LabSetting(string Name, string Does, string Configuration)
{
    /// <summary>What everything is compared with: no agent.</summary>
    public const string Stock = "stock";

    // An agent that has just been started pays for its own start for some ten seconds, and might let go for that while
    // it is measured. What it costs is measured too.
    private const string Unbounded = "pace: {own_cpu: 200}\n";

    /// <summary>How much longer than others it runs before it is measured. Default 0.</summary>
    public Duration MoreSettle { get; init; }

    /// <summary>The agent as it comes. It measures five seconds without a split, and as many with one, before it has
    /// made up its mind.</summary>
    public static readonly LabSetting Agent = new("agent", "the agent as it comes", "") { MoreSettle = 10.Seconds };

    /// <summary>The agent with its boost: the one line that an operator adds.</summary>
    public static readonly LabSetting Boosting = Agent with
    {
        Name = "agent+boost",
        Does = "the agent as it comes, and its boost",
        Configuration = "plan: {boost: deadline}",
    };

    /// <summary>What is measured unless something else is asked for: what an operator can choose between.</summary>
    public static readonly IReadOnlyList<LabSetting> Choices = [Agent, Boosting];

    /// <summary>All there are: the agent as it comes (a split on trial) and with its boost, then levers alone and
    /// together, whether they are worth it or not.</summary>
    public static readonly IReadOnlyList<LabSetting> All =
    [
        .. Choices,
        new("split", "groups of pCPUs alone", "plan: {judge: false, slices: false, lend: false}"),
        new("slices", "slices alone", "plan: {judge: false, split: false}"),
        new("split+slices", "groups and slices, nothing lent", "plan: {judge: false, lend: false}"),
        new("lent", "groups and slices, the short-slice pCPUs lent", "plan: {judge: false}"),
        new("ticks", "slices alone, and the kernel chooses anew each millisecond",
            "plan: {judge: false, split: false, tick: 1ms}"),
        new("left-behind", "groups and slices, but QEMU's main threads stay where they are",
            "plan: {judge: false, lend: false, serving: false}"),
        new("boost", "the boost alone", Unbounded
            + "plan: {judge: false, split: false, slices: false, boost: deadline}"),
    ];

    /// <summary>The agent's whole configuration: the bed's VMs are measured, and any others on this machine are left
    /// alone.</summary>
    /// <param name="prefix">What the names of the bed's VMs begin with.</param>
    public string ConfigurationFor(string prefix) => $$"""
        vms:
        - {match: "{{prefix}}*", class: measured}
        - {match: "*", class: ignore}
        {{Configuration}}

        """;
}
