using System.CommandLine;
using Flms.Agent;
using Flms.Agent.Levers;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Puts back what the agent has changed.</summary>
internal sealed class AgentRestoreVerb : Verb
{
    private readonly Option<bool> _fromJournal = new("--from-journal")
    {
        Description = "Go by the journal. Needed: it says that no agent is at work.",
    };

    private readonly Option<string> _journal = HostSession.JournalOption();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what is ours; change nothing." };

    public AgentRestoreVerb() : base("restore", "Put every thread that the agent has changed back as it was")
    {
        Take("Options", _fromJournal, _journal, _dryRun);
    }

    public override string Lesson =>
        "Affinity and slice of each thread are put back as they were before the agent first touched them, each only if "
        + "nobody else has changed it since. Works after a crash or kill -9 of the agent, as often as you like. "
        + "Exit code 7 if a change failed; the journal is then kept.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms agent restore --from-journal", ""), ("flms agent restore --from-journal --dry-run", "only look")];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        if (!line.GetValue(_fromJournal)) throw Failure.Usage("agent restore needs --from-journal");
        var path = line.GetValue(_journal) ?? JournalFile.DefaultPath;
        if (!File.Exists(path))
        {
            terminal.Out.WriteLine($"{path} is not there: nothing of the agent's is left to put back.");
            return ExitCode.Fine;
        }
        using var session = HostSession.Open(new AgentSettings(), path);
        if (line.GetValue(_dryRun))
        {
            foreach (var entry in session.Lever.Ours)
                terminal.Out.WriteLine($"process {entry.Process.Tid}, thread {entry.Thread.Tid}: was {entry.Original}");
            return ExitCode.Fine;
        }
        var tally = session.Rounds.Restore();
        terminal.Out.WriteLine($"{tally[LeverOutcome.Changed]} put back, {tally[LeverOutcome.Unchanged]} were as "
            + $"before, {tally[LeverOutcome.Gone]} are gone, {tally[LeverOutcome.TakenOver]} were taken over "
            + "by somebody else.");
        session.DeleteJournal();
        return tally.Fine ? ExitCode.Fine
            : throw Failure.Host($"not everything could be put back: {AgentApplyVerb.Errors(tally)}; try again");
    }
}
