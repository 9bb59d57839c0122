namespace Flms.Cli.Verbs.Agents;

/// <summary>FLMS on this host.</summary>
internal sealed class AgentVerb : VerbGroup
{
    public AgentVerb() : base("agent", "Watch the VMs of this host, and say what FLMS makes of them")
    {
        Add(new AgentDoctorVerb());
        Add(new AgentTopVerb());
        Add(new AgentExplainVerb());
    }

    public override string Lesson =>
        "The agent finds the virtual machines of this Linux host by their threads, measures what they run and wait, "
            + "and says which are latency-sensitive and which compute. These verbs change nothing.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms agent doctor", "can it work here, and what stands in its way?"),
        ("flms agent top", "what every vCPU runs and waits, and what it is"),
    ];

    public override string ReadOn => "docs/agent.md";
}
