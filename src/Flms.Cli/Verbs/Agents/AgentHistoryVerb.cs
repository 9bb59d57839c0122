using System.CommandLine;
using Flms.Agent.Control;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Shows what the running agent has decided.</summary>
internal sealed class AgentHistoryVerb : Verb
{
    private readonly Option<string> _socket = AgentOptions.Socket();

    private readonly Option<int> _last = new("--last")
    {
        Description = "Only so many, the latest (default: all that it remembers).",
        HelpName = "N",
        DefaultValueFactory = _ => int.MaxValue,
    };

    private readonly Option<bool> _json = CommonOptions.Json(
        """{"since", "forgotten", "decisions":[{"at", "kind", "vm", "text"}]}""");

    public AgentHistoryVerb() : base("history", "Show what the running agent has decided, when and why")
    {
        Take("Options", _last, _socket, _json);
    }

    public override string Lesson =>
        "The agent remembers its last 1,000 decisions: VMs that came and went, what they were taken for, splits of the "
            + "pCPUs, threads put in place and back, what somebody had taken over, what the operator said. Exit code 7 "
            + "if no agent runs.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent history", ""), ("flms agent history --last 20 --json", "for programs")];

    public override string ReadOn => "docs/agent-control.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var last = line.GetValue(_last);
        if (last < 1) throw Failure.Usage($"--last {last}: write a number from 1 on");
        var all = AgentLink.Of(line, _socket).Ask(new() { Verb = ControlVerbs.History },
            ReportJson.Line.HistoryReport);
        var history = all with { Decisions = [.. all.Decisions.TakeLast(last)] };
        if (line.GetValue(_json))
        {
            JsonOutput.Write(terminal, history, ReportJson.Indented.HistoryReport);
            return ExitCode.Fine;
        }
        terminal.Out.WriteLine($"Since {AgentStatusVerb.Moment(all.Since)}"
            + (all.Forgotten > 0 ? $" ({all.Forgotten} older ones are forgotten):" : ":"));
        List<string[]> rows = [["when", "what", "VM", ""]];
        rows.AddRange(history.Decisions.Select(d =>
            (string[])[AgentStatusVerb.Moment(d.At), d.Kind, d.Vm ?? "", d.Text]));
        Columns.Write(terminal, rows, left: 4);
        return ExitCode.Fine;
    }
}
