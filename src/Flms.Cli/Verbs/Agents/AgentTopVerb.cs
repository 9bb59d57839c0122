using System.CommandLine;
using Flms.Agent.Control;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Shows what every vCPU runs and waits.</summary>
internal sealed class AgentTopVerb : Verb
{
    private readonly LookOptions _look = new();
    private readonly Option<bool> _once = new("--once") { Description = "Show it once, also on a terminal." };

    private readonly Option<string> _sort = new("--sort")
    {
        Description = "By what the rows are sorted: delay, run, wakes or vm (default: delay).",
        HelpName = "COLUMN",
    };

    private readonly Option<bool> _json = CommonOptions.Json(
        """{"bounds", "vms":[{"vm", "pid", "uuid", "cgroup", "class", "said", "by", "confidence", "paused", """
        + """ "serving", "vcpus":[{"vcpu", "tid", "class", "confidence", "verdict", "run_ratio", "delay_ratio", """
        + """ "demand_ratio", "wakes_per_second", "work_ns", "device_wakes_per_second", "group", "slice_ns", """
        + """ "reason", "placed"}]}]}""");

    public AgentTopVerb() : base("top", "Show what every vCPU of this host runs and waits, and what it is")
    {
        Take("Options", [.. _look.All, _sort, _once, _json]);
    }

    public override string Lesson =>
        "On a terminal it is renewed every period, until q or Ctrl-C; else it is shown once. The figures are averages, "
            + "the latest weighing most: those of the running agent, or, if none runs (or --for or --config is given), "
            + "of its own. Delay is time that a vCPU was runnable and had no pCPU (\"CPU ready\", steal). A group or "
            + "slice in brackets is what the plan would give. Classes need a few periods: with --for 1min they are "
            + "surer. Exit code 7 if no VM runs here.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent top", ""), ("flms agent top --sort run --once", ""),
            ("flms agent top --for 30s --json", "look yourself, for programs")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var order = TopTable.OrderOf(line.GetValue(_sort) ?? "delay");
        var link = _look.Link(line);
        var live = terminal.OutIsTerminal && !line.GetValue(_once) && !line.GetValue(_json);
        if (live) return Follow(line, terminal, link, order);
        var vms = link?.AskIfThere(ControlVerbs.Vms, ReportJson.Line.VmsReport);
        if (vms == null)
        {
            var settings = _look.Settings(line, terminal);
            using var observer = Watching.Watch(settings, _look.Span(line, settings), terminal);
            vms = AgentReports.Vms(observer);
        }
        if (line.GetValue(_json)) JsonOutput.Write(terminal, vms, ReportJson.Indented.VmsReport);
        else TopTable.Write(terminal, vms, order);
        return ExitCode.Fine;
    }

    // Until the user has had enough; that is how it is meant to end, so it is no interruption.
    private int Follow(ParseResult line, Terminal terminal, AgentLink? link, TopOrder order)
    {
        if (link?.AskIfThere(ControlVerbs.Status, ReportJson.Line.StatusReport) is { } status)
        {
            using var screen = new TopScreen(terminal);
            do
            {
                var vms = link.Ask(new() { Verb = ControlVerbs.Vms }, ReportJson.Line.VmsReport);
                status = link.Ask(new() { Verb = ControlVerbs.Status }, ReportJson.Line.StatusReport);
                screen.Show(TopTable.Headline(status), vms, order);
            }
            while (screen.Wait(TimeSpan.FromMicroseconds(status.Cost.PeriodNs / 1000)));
            return ExitCode.Fine;
        }
        var settings = _look.Settings(line, terminal);
        using var own = new TopScreen(terminal);
        try
        {
            using var observer = Watching.Watch(settings, Core.Duration.Forever / 4, terminal with
            {
                ErrorIsTerminal = false, // the screen itself shows that it goes on
                Stop = own.Ended,
            }, (watched, _) =>
            {
                own.Show("no agent runs here: only looking", AgentReports.Vms(watched), order);
                own.Wait(TimeSpan.Zero);
            });
        }
        catch (OperationCanceledException)
        {
            // He has.
        }
        return ExitCode.Fine;
    }
}
