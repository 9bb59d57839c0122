using System.CommandLine;
using Flms.Agent.Guests;
using Flms.Agent.Levers;
using Flms.Cli.Verbs.Agents;

namespace Flms.Cli.Verbs.Guests;

/// <summary>Puts back what the guest's part has changed.</summary>
internal sealed class GuestRestoreVerb : Verb
{
    private readonly Option<string> _journal = GuestSession.JournalOption();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what is ours; change nothing." };

    public GuestRestoreVerb() : base("restore", "Put every process and interrupt that was moved back as it was")
    {
        Take("Options", _journal, _dryRun);
    }

    public override string Lesson =>
        "For after a crash or kill -9 of flms guest run. Each thread and interrupt is put back only if nobody else has "
        + "changed it since. Exit code 7 if a change failed; the journals are then kept.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
        [("flms guest restore", ""), ("flms guest restore --dry-run", "only look")];

    public override string ReadOn => "docs/guest-agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var paths = GuestSession.Paths(line.GetValue(_journal));
        if (!File.Exists(paths.Threads) || !File.Exists(paths.Interrupts))
        {
            terminal.Out.WriteLine($"{paths.Threads} is not there: nothing is left to put back.");
            return ExitCode.Fine;
        }
        // The vCPUs that were reserved then, not those of today: by them an inherited place is known.
        using var session = GuestSession.Open(ReservedThen(paths.Interrupts), new GuestRules(), paths);
        if (line.GetValue(_dryRun))
        {
            foreach (var entry in session.Threads)
                terminal.Out.WriteLine($"process {entry.Process.Tid}, thread {entry.Thread.Tid}: was {entry.Original}");
            foreach (var entry in session.Interrupts)
                terminal.Out.WriteLine($"interrupt {entry.Number} ({entry.Name}): was on vCPUs {entry.Original}");
            return ExitCode.Fine;
        }
        var tally = session.Restore();
        terminal.Out.WriteLine(Said(tally));
        return tally.Fine ? ExitCode.Fine
            : throw Failure.Host($"not everything could be put back: {AgentApplyVerb.Errors(tally)}; try again");
    }

    /// <summary>How a restoration ended, in a line.</summary>
    internal static string Said(LeverTally tally) => $"{tally[LeverOutcome.Changed]} put back, "
        + $"{tally[LeverOutcome.Unchanged]} were as before, {tally[LeverOutcome.Gone]} are gone, "
        + $"{tally[LeverOutcome.TakenOver]} were taken over by somebody else.";

    private static string? ReservedThen(string path)
    {
        var words = File.ReadLines(path).FirstOrDefault(l => l.Length > 0)?.Split(' ') ?? [];
        return words.Length == 6 ? words[4] : null;
    }
}
