namespace Flms.Cli.Verbs.Agents;

/// <summary>FLMS on this host.</summary>
internal sealed class AgentVerb : VerbGroup
{
    public AgentVerb() : base("agent", "FLMS on this host: watch its VMs, plan, apply, put back")
    {
        Add(new AgentDoctorVerb());
        Add(new AgentTopVerb());
        Add(new AgentExplainVerb());
        Add(new AgentRunVerb());
        Add(new AgentStatusVerb());
        Add(new AgentHistoryVerb());
        Add(new AgentClassVerb());
        Add(new AgentPauseVerb());
        Add(new AgentResumeVerb());
        Add(new AgentReloadVerb());
        Add(new AgentPlanVerb());
        Add(new AgentApplyVerb());
        Add(new AgentVerifyVerb());
        Add(new AgentRestoreVerb());
        Add(new AgentSupportBundleVerb());
    }

    public override string Lesson =>
        "The agent finds the virtual machines of this Linux host by their threads, measures what they run and wait, "
            + "and says which are latency-sensitive and which compute. Only apply, restore and run --mode enforce "
            + "change anything.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms agent doctor", "can it work here, and what stands in its way?"),
        ("flms agent top", "what every vCPU runs and waits, and what it is"),
        ("flms agent plan", "where FLMS would put them"),
    ];

    public override string ReadOn => "docs/agent.md";
}
