using System.CommandLine;
using Flms.Agent;
using Flms.Agent.Control;
using Flms.Agent.Levers;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Says whether the host is still as the agent left it.</summary>
internal sealed class AgentVerifyVerb : Verb
{
    private readonly Option<string> _journal = HostSession.JournalOption();
    private readonly Option<string> _socket = AgentOptions.Socket();
    private readonly Option<bool> _json = CommonOptions.Json(
        """{"unchanged", "gone", "others":[{"pid", "tid", "finding": "hidden", "taken-over" or "failed"}]}""");

    public AgentVerifyVerb() : base("verify", "Say whether the threads here are still as the agent left them")
    {
        Take("Options", _journal, _socket, _json);
    }

    public override string Lesson =>
        "Compares every thread that the agent has changed with the host: asks the running agent, or if none runs (or "
        + "--journal is given) goes by the journal. Changes nothing. Exit code 7 if somebody else has changed one, or "
        + "a change was cut short.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent verify", ""), ("flms agent verify --json", "for programs")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var asked = line.GetValue(_journal) != null ? null
            : AgentLink.Of(line, _socket).AskIfThere(ControlVerbs.Verify, ReportJson.Line.VerifyReport);
        var report = asked ?? ByJournal(line.GetValue(_journal) ?? JournalFile.DefaultPath);
        if (line.GetValue(_json)) JsonOutput.Write(terminal, report, ReportJson.Indented.VerifyReport);
        else Show(terminal, report);
        return report.Others.Count == 0 ? ExitCode.Fine : ExitCode.Host;
    }

    private static VerifyReport ByJournal(string path)
    {
        if (!File.Exists(path)) return new() { Unchanged = 0, Gone = 0, Others = [] };
        using var session = HostSession.Open(new AgentSettings(), path);
        return AgentReports.Verify(session.Rounds);
    }

    private static void Show(Terminal terminal, VerifyReport report)
    {
        if (report.Unchanged + report.Gone + report.Others.Count == 0)
        {
            terminal.Out.WriteLine("The agent has changed nothing here.");
            return;
        }
        foreach (var other in report.Others)
            terminal.Out.WriteLine($"process {other.Pid}, thread {other.Tid}: " + other.Finding switch
            {
                "hidden" => "not all of it can be seen, or a change was cut short",
                "taken-over" => "taken over by somebody else",
                _ => "it cannot be read",
            });
        terminal.Out.WriteLine($"{report.Unchanged} threads are as the agent left them, {report.Gone} are gone.");
    }
}
