using System.CommandLine;
using Flms.Agent;
using Flms.Agent.Levers;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Says whether the host is still as the agent left it.</summary>
internal sealed class AgentVerifyVerb : Verb
{
    private readonly Option<string> _journal = HostSession.JournalOption();

    public AgentVerifyVerb() : base("verify", "Say whether the threads here are still as the agent left them")
    {
        Take("Options", _journal);
    }

    public override string Lesson =>
        "Compares every thread of the journal with the host. Changes nothing. Exit code 7 if somebody else has changed "
        + "one, or a change was cut short.";

    public override IReadOnlyList<(string Line, string Does)> Examples => [("flms agent verify", "")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var path = line.GetValue(_journal) ?? JournalFile.DefaultPath;
        if (!File.Exists(path))
        {
            terminal.Out.WriteLine($"{path} is not there: the agent has changed nothing.");
            return ExitCode.Fine;
        }
        using var session = HostSession.Open(new AgentSettings(), path);
        var tally = session.Rounds.Verify((entry, outcome) =>
        {
            if (outcome is LeverOutcome.Unchanged or LeverOutcome.Gone) return;
            terminal.Out.WriteLine($"process {entry.Process.Tid}, thread {entry.Thread.Tid}: "
                + (outcome == LeverOutcome.Changed ? "not all of it can be seen, or a change was cut short"
                    : PlanText.Of(outcome)));
        });
        terminal.Out.WriteLine($"{tally[LeverOutcome.Unchanged]} threads are as the agent left them, "
            + $"{tally[LeverOutcome.Gone]} are gone.");
        return tally.Fine && tally[LeverOutcome.Changed] + tally[LeverOutcome.TakenOver] == 0
            ? ExitCode.Fine : ExitCode.Host;
    }
}
