using System.CommandLine;
using Flms.Agent.Control;

namespace Flms.Cli.Verbs.Agents;

/// <summary>A verb that tells the running agent something: what has changed, or would, is shown.</summary>
internal abstract class AgentChangeVerb : Verb
{
    private readonly Option<string> _socket = AgentOptions.Socket();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what would change." };
    private readonly Option<bool> _json = CommonOptions.Json("""{"dry_run", "changes":["..."]}""");

    protected AgentChangeVerb(string name, string summary) : base(name, summary)
    {
    }

    public override string ReadOn => "docs/agent-control.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var report = AgentLink.Of(line, _socket).Ask(RequestOf(line) with { DryRun = line.GetValue(_dryRun) },
            ReportJson.Line.ChangeReport);
        if (line.GetValue(_json)) JsonOutput.Write(terminal, report, ReportJson.Indented.ChangeReport);
        else if (report.Changes.Count == 0) terminal.Out.WriteLine("Nothing to change: it is so already.");
        else
            foreach (var change in report.Changes)
                terminal.Out.WriteLine(report.DryRun ? $"would change: {change}" : change);
        return ExitCode.Fine;
    }

    /// <summary>What to ask.</summary>
    protected abstract ControlRequest RequestOf(ParseResult line);

    /// <summary>Takes the options that all of these verbs have.</summary>
    protected void TakeOptions() => Take("Options", _dryRun, _socket, _json);

    /// <summary>The VM that is meant.</summary>
    /// <param name="needed">Must one be named?</param>
    protected static Argument<string> VmArgument(bool needed) => new("vm")
    {
        Description = "A VM by name, UUID or process number" + (needed ? "." : "; without it, all."),
        HelpName = "VM",
        Arity = needed ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne,
    };
}

/// <summary>Leaves VMs alone for a while.</summary>
internal sealed class AgentPauseVerb : AgentChangeVerb
{
    private readonly Argument<string> _vm = VmArgument(needed: false);

    public AgentPauseVerb() : base("pause", "Put a VM's threads back and leave it alone until flms agent resume")
    {
        Add(_vm);
        TakeOptions();
    }

    public override string Lesson =>
        "Tells the running agent to put the threads of a VM, or of all, back as they were, and to leave them alone; it "
            + "goes on watching. Without a VM it holds for VMs that come later, too. It ends with flms agent resume, "
            + "or with the agent. Exit code 7 if no agent runs, there is no such VM, or you may not.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent pause web", ""), ("flms agent pause", "hands off everything, at once")];

    protected override ControlRequest RequestOf(ParseResult line) =>
        new() { Verb = ControlVerbs.Pause, Vm = line.GetValue(_vm) };
}

/// <summary>Goes on with VMs that were left alone.</summary>
internal sealed class AgentResumeVerb : AgentChangeVerb
{
    private readonly Argument<string> _vm = VmArgument(needed: false);

    public AgentResumeVerb() : base("resume", "Go on with a VM that was paused, or that somebody had taken over")
    {
        Add(_vm);
        TakeOptions();
    }

    public override string Lesson =>
        "Ends flms agent pause. It also forgives that somebody else had changed threads that the agent had placed: it "
            + "manages them again, if nobody binds them now. Exit code 7 if no agent runs, there is no such VM, or you "
            + "may not.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent resume web", ""), ("flms agent resume --dry-run", "what would that do?")];

    protected override ControlRequest RequestOf(ParseResult line) =>
        new() { Verb = ControlVerbs.Resume, Vm = line.GetValue(_vm) };
}

/// <summary>Lets the running agent read its configuration anew.</summary>
internal sealed class AgentReloadVerb : AgentChangeVerb
{
    public AgentReloadVerb() : base("reload", "Let the running agent read its configuration anew")
    {
        TakeOptions();
    }

    public override string Lesson =>
        "The agent reads the files that it was started with. All of it is taken, or, if anything is wrong, nothing: "
            + "then it says what and where, goes on as it was, and the exit code is 3. SIGHUP does the same. What "
            + "concerns the control socket and where metrics are heard counts from the next start on.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent reload", ""), ("flms agent reload --dry-run", "what would change?")];

    protected override ControlRequest RequestOf(ParseResult line) => new() { Verb = ControlVerbs.Reload };
}
