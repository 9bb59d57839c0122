using System.CommandLine;
using Flms.Agent.Control;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Shows what FLMS would change on this host.</summary>
internal sealed class AgentPlanVerb : Verb
{
    private readonly LookOptions _look = new();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"sp", "lp", "lent", "estimated_io_ns", "estimated_cpu_ns", """
        + """ "lines":[{"vm", "thread", "tid", "cpus", "slice_ns", "reason"}]}""");

    public AgentPlanVerb() : base("plan", "Show where FLMS would put every thread of the VMs here, and why")
    {
        Take("Options", [.. _look.All, _json]);
    }

    public override string Lesson =>
        "The pCPUs and the slice of each thread, with the reason: the plan of the running agent's last period, or, if "
            + "none runs (or --for or --config is given), one of its own after watching for some periods. Changes "
            + "nothing. Exit code 7 if no VM runs here.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent plan", ""), ("flms agent plan --for 30s --json", "look yourself, for programs")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var plan = _look.Link(line)?.AskIfThere(ControlVerbs.Plan, ReportJson.Line.PlanReport) ?? Own(line, terminal);
        if (line.GetValue(_json)) JsonOutput.Write(terminal, plan, ReportJson.Indented.PlanReport);
        else PlanText.Write(terminal, plan);
        return ExitCode.Fine;
    }

    private PlanReport Own(ParseResult line, Terminal terminal)
    {
        var settings = _look.Settings(line, terminal);
        using var session = HostSession.Open(settings, journal: null);
        return AgentReports.Plan(session.Plan(_look.Span(line, settings), terminal));
    }
}
