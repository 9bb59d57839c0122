using System.CommandLine;
using Flms.Agent.Guests;
using Flms.Agent.Plans;

namespace Flms.Cli.Verbs.Guests;

/// <summary>Keeps the reserved vCPUs for those who use little CPU.</summary>
internal sealed class GuestRunVerb : Verb
{
    private readonly GuestOptions _what = new();
    private readonly Option<string> _journal = GuestSession.JournalOption();
    private readonly Option<bool> _enforce = new("--enforce")
    {
        Description = "Move processes and interrupts (default: only say what would be moved).",
    };

    public GuestRunVerb() : base("run", "Watch this guest until stopped; with --enforce, move processes and interrupts")
    {
        Take("Options", [_enforce, .. _what.All, _journal]);
    }

    public override string Lesson =>
        "All processes go to the vCPUs that are not reserved; those of users that use very little CPU, and virtio "
            + "interrupts, to the reserved ones. Left alone are the kernel's threads, process 1, real-time, bound and "
            + "containers' processes, and whatever somebody else changes. Ctrl-C or SIGTERM puts everything back; "
            + "after kill -9 flms guest restore does. Decisions are told on standard error, a line each.";

    public override IReadOnlyList<(string Line, string Does)> Examples =>
    [
        ("flms guest run", "only say what would be moved"),
        ("flms guest run --enforce --vcpus 0 --min-uid 0", "servers that run as the system's users too"),
    ];

    public override string ReadOn => "docs/guest-agent.md";

    public override int Run(ParseResult line, Terminal terminal)
    {
        var rules = _what.Rules(line);
        var enforce = line.GetValue(_enforce);
        using var session = GuestSession.Open(_what.Vcpus(line), rules,
            enforce ? GuestSession.Paths(line.GetValue(_journal)) : null);
        terminal.Error.WriteLine($"reserved vCPUs {session.Reserved}, others {session.Others}"
            + (enforce ? "" : "; observing only (--enforce moves)"));
        try
        {
            terminal.PutsBack = enforce;
            if (enforce) Enforce(session, rules, terminal);
            else Observe(session, rules, terminal);
        }
        finally
        {
            // Also after a bug: whatever happened, the guest is put back.
            if (enforce) terminal.Error.WriteLine(GuestRestoreVerb.Said(session.Restore()));
        }
        return ExitCode.Fine;
    }

    private static void Enforce(GuestSession session, GuestRules rules, Terminal terminal)
    {
        do
            if (!session.Apply(session.Look(), terminal.Error.WriteLine))
                throw Failure.Output("the journal cannot be written; everything is put back");
        while (!Stopped(rules, terminal));
    }

    private static void Observe(GuestSession session, GuestRules rules, Terminal terminal)
    {
        var reserved = new HashSet<Agent.Discovery.ThreadIdentity>();
        do
            foreach (var line in session.Look())
            {
                if (line.Exclusion != Exclusion.None || line.Reserved == reserved.Contains(line.Process.Id)) continue;
                if (!reserved.Remove(line.Process.Id)) reserved.Add(line.Process.Id);
                terminal.Error.WriteLine($"process {line.Process.Id.Tid} ({line.Process.Name}, user "
                    + $"{line.Process.User}) would go to {(line.Reserved ? "the reserved" : "the other")} vCPUs: "
                    + GuestText.Why(line));
            }
        while (!Stopped(rules, terminal));
    }

    private static bool Stopped(GuestRules rules, Terminal terminal) =>
        terminal.Stop.WaitHandle.WaitOne(TimeSpan.FromMicroseconds(rules.Period.Ns / 1000));
}
