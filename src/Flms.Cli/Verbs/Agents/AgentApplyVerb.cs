using System.CommandLine;
using Flms.Agent.Control;
using Flms.Agent.Discovery;
using Flms.Agent.Levers;
using Flms.Agent.Linux;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Plans once, and does it.</summary>
internal sealed class AgentApplyVerb : Verb
{
    private readonly Option<bool> _once = new("--once")
    {
        Description = "Plan once, apply, and end. Needed: there is no other way yet.",
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "As flms agent plan: change nothing." };
    private readonly Option<string> _config = AgentOptions.Config();
    private readonly Option<string> _for = AgentOptions.For();
    private readonly Option<string> _journal = HostSession.JournalOption();
    private readonly Option<bool> _json = CommonOptions.Json("as flms agent plan, each line with \"done\"");

    public AgentApplyVerb() : base("apply", "Put every thread of the VMs here where FLMS wants it, once")
    {
        Take("Options", _once, _dryRun, _for, _config, _journal, _json);
    }

    public override string Lesson =>
        "Watches for some periods, plans, and sets affinities and slices; what is as it should be is not written. How "
        + "each thread was before is noted in the journal first: flms agent restore puts it back, also after a crash. "
        + "Threads that somebody else has bound are left alone. Exit code 7 if a change failed, or no VM runs here.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms agent apply --once", ""),
        ("flms agent apply --once --dry-run", "only show it"),
    ];

    public override string ReadOn => "docs/agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        if (!line.GetValue(_once)) throw Failure.Usage("agent apply needs --once: it plans once, applies, and ends");
        var settings = AgentOptions.Settings(line, _config, terminal);
        var dry = line.GetValue(_dryRun);
        var journal = line.GetValue(_journal) ?? JournalFile.DefaultPath;
        using var session = HostSession.Open(settings, dry ? null : journal);
        var plan = session.Plan(AgentOptions.Span(line, _for, settings), terminal);
        var outcomes = dry ? null : new Dictionary<ThreadIdentity, LeverOutcome>();
        var tally = dry ? new() : session.Rounds.Apply(plan, (l, outcome) => outcomes![l.Thread.Thread] = outcome);
        session.DeleteJournal();
        var report = AgentReports.Plan(plan, outcomes);
        if (line.GetValue(_json)) JsonOutput.Write(terminal, report, ReportJson.Indented.PlanReport);
        else PlanText.Write(terminal, report);
        if (tally.Fine) return ExitCode.Fine;
        throw Failure.Host("not everything could be changed: " + Errors(tally)
            + (tally.Errors.ContainsKey(Errno.NotPermitted) ? "; run it as root, or with CAP_SYS_NICE" : ""));
    }

    /// <summary>Which errors were met, and how often.</summary>
    internal static string Errors(LeverTally tally) =>
        string.Join(", ", tally.Errors.Select(e => $"{Errno.NameOf(e.Key)} {e.Value} times"));
}
