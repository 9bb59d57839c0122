using System.CommandLine;
using Flms.Agent.Classes;
using Flms.Agent.Control;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Says what a VM is, to the running agent.</summary>
internal sealed class AgentClassVerb : VerbGroup
{
    public AgentClassVerb() : base("class", "Say what a VM is, whatever is measured, until that is cleared")
    {
        Add(new AgentClassSetVerb());
        Add(new AgentClassClearVerb());
    }

    public override string Lesson =>
        "What is said here wins over the configuration, over libvirt's metadata and over what is measured, until it is "
            + "cleared or the agent ends. To say it for good, write it into the configuration.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent class set web latency", ""), ("flms agent class clear web", "")];

    public override string ReadOn => "docs/agent-control.md";
}

/// <summary>Says what a VM is.</summary>
internal sealed class AgentClassSetVerb : AgentChangeVerb
{
    private readonly Argument<string> _vm = VmArgument(needed: true);

    private readonly Argument<string> _class = new("class")
    {
        Description = $"{VmWord.Forms}.",
        HelpName = "CLASS",
    };

    public AgentClassSetVerb() : base("set", "Say what a VM is")
    {
        Add(_vm);
        Add(_class);
        TakeOptions();
    }

    public override string Lesson =>
        "latency: it sleeps, and must run at once when it wakes. compute: it seldom sleeps. mix: both; vCPU 0, or "
            + "those named, serve requests. service: it serves all. ignore: leave it alone. It holds for the VM's "
            + "name, so also when it is started anew. Exit code 7 if no agent runs, there is no such VM, or you may "
            + "not.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent class set web latency", ""), ("flms agent class set db mix:0,2-3 --dry-run", "only look")];

    protected override ControlRequest RequestOf(ParseResult line)
    {
        var word = line.GetValue(_class)!;
        if (!VmWord.TryParse(word, out _)) throw Failure.Usage($"'{word}' is no class; write {VmWord.Forms}");
        return new() { Verb = ControlVerbs.Class, Vm = line.GetValue(_vm), Class = word };
    }
}

/// <summary>Takes back what was said of a VM.</summary>
internal sealed class AgentClassClearVerb : AgentChangeVerb
{
    private readonly Argument<string> _vm = VmArgument(needed: true);

    public AgentClassClearVerb() : base("clear", "Take back what was said of a VM")
    {
        Add(_vm);
        TakeOptions();
    }

    public override string Lesson =>
        "The configuration, libvirt's metadata and what is measured count again. Exit code 7 if no agent runs, there "
            + "is no such VM, or you may not.";

    public override IReadOnlyList<(string Line, string Does)> Examples => [("flms agent class clear web", "")];

    protected override ControlRequest RequestOf(ParseResult line) =>
        new() { Verb = ControlVerbs.Class, Vm = line.GetValue(_vm) };
}
