using System.CommandLine;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Shows what FLMS would change on this host.</summary>
internal sealed class AgentPlanVerb : Verb
{
    private readonly Option<string> _config = AgentOptions.Config();
    private readonly Option<string> _for = AgentOptions.For();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"sp", "lp", "lent", "estimated_io_ns", "estimated_cpu_ns", """
        + """ "lines":[{"vm", "thread", "tid", "cpus", "slice_ns", "reason"}]}""");

    public AgentPlanVerb() : base("plan", "Show where FLMS would put every thread of the VMs here, and why")
    {
        Take("Options", _for, _config, _json);
    }

    public override string Lesson =>
        "Watches for some periods and prints the plan for the next one: the pCPUs and the slice of each thread, "
            + "with the reason. Changes nothing. Exit code 7 if no VM runs here.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent plan", ""), ("flms agent plan --for 30s --json", "for programs")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var settings = AgentOptions.Settings(line, _config, terminal);
        using var session = HostSession.Open(settings, journal: null);
        var plan = session.Plan(AgentOptions.Span(line, _for, settings), terminal);
        if (line.GetValue(_json)) JsonOutput.Write(terminal, json => PlanText.Write(json, plan, null));
        else PlanText.Write(terminal, plan, null);
        return ExitCode.Fine;
    }
}
