namespace Flms.Cli.Verbs.Guests;

/// <summary>FLMS's part inside a guest.</summary>
internal sealed class GuestVerb : VerbGroup
{
    public GuestVerb() : base("guest", "Inside a mixed VM: keep its reserved vCPUs for those who use little CPU")
    {
        Add(new GuestPlanVerb());
        Add(new GuestRunVerb());
        Add(new GuestRestoreVerb());
    }

    public override string Lesson =>
        "A mixed VM both answers and computes. On the host FLMS runs its reserved vCPUs (vCPU 0, unless said "
            + "otherwise) on short-slice pCPUs. Inside, this keeps them for processes that use very little CPU and for "
            + "the interrupts of virtio devices; whoever computes runs on the others. Only run --enforce and restore "
            + "change anything.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms guest plan", "who belongs where"),
        ("flms guest run --enforce", "put them there, until stopped"),
    ];

    public override string ReadOn => "docs/guest-agent.md";
}
