using System.CommandLine;
using Flms.Cli.Shells;

namespace Flms.Cli.Manuals;

/// <summary>The manual pages: verbs and options as the parser has them, the rest as docs/ says it.</summary>
/// <param name="root">Every verb there is.</param>
/// <param name="docs">Reads a page of docs/, as in <c>agent.md</c>.</param>
internal sealed class Manual(RootCommand root, Func<string, string> docs)
{
    private static readonly (string Name, string Text)[] Environment =
    [
        ("`NO_COLOR`", "Set to anything: no colour."),
        ("`TERM`", "`dumb`: no colour and no progress."),
        ("`COLUMNS`", "How wide a line may be, where the terminal does not say."),
        ("`NOTIFY_SOCKET`", "Set by systemd: where `flms agent run` says that it is ready and alive."),
    ];

    /// <summary>The pages, by the name of their file.</summary>
    public IEnumerable<(string File, string Text)> Pages =>
        [("flms.1", Flms()), ("flms-agent.8", Agent()), ("flms-agent.yaml.5", Configuration())];

    private IEnumerable<Verb> Verbs => root.Subcommands.OfType<Verb>().Where(v => !v.Hidden);

    private string Flms()
    {
        var page = new Roff("flms", 1, "decides which virtual CPU runs where, and for how long");
        page.Section("Synopsis").Paragraph("`flms` *VERB* [*options*]").Section("Description")
            .Paragraph(root.Description!).Paragraph("`flms` *VERB* `--help` explains a verb. Verbs of the agent are in "
                + "`flms-agent`(8).").Section("Verbs");
        foreach (var verb in Verbs.SelectMany(v => v is Verbs.Agents.AgentVerb ? [v] : v.Leaves)) Write(page, verb);
        page.Section("Exit status");
        ExitCodes(page);
        page.Section("Environment");
        foreach (var (name, text) in Environment) page.Term(name, text);
        page.Section("Files").Term("`/usr/share/doc/flms/examples/scenarios/`", "Scenarios and recordings to begin "
            + "with.").Term("`/usr/share/doc/flms/`", "The documentation.");
        return page.Section("See also").Paragraph("`flms-agent`(8), `flms-agent.yaml`(5)").ToString();
    }

    private string Agent()
    {
        var agent = Verbs.OfType<Verbs.Agents.AgentVerb>().Single();
        var page = new Roff("flms-agent", 8, "FLMS on a real host: watches its VMs, plans, places them, puts back");
        page.Section("Synopsis").Paragraph("`flms agent` *VERB* [*options*]").Section("Description")
            .Paragraph(agent.Lesson).Section("Verbs");
        foreach (var verb in agent.Leaves) Write(page, verb);
        // What docs/agent.md promises stands here in the same words; its table of verbs and its configuration have
        // better forms in these pages.
        foreach (var (title, text) in Markdown.Sections(docs("agent.md")))
            if (title != "Configuration") Markdown.Write(page.Section(title), text);
        page.Section("Service").Paragraph("`systemctl enable --now flms-agent` starts the agent with the host, in the "
            + "mode that its configuration says: observe, unless you change it. `systemctl reload flms-agent` reads "
            + "the configuration anew. Stopping the service, and removing the package, puts everything back.");
        page.Section("Signals").Term("`SIGTERM`, `SIGINT`", "Put everything back and end.")
            .Term("`SIGHUP`", "Read the configuration anew; keep the old one if there is an error in it.");
        page.Section("Exit status");
        ExitCodes(page);
        page.Section("Files").Term("`/etc/flms/agent.yaml`", "The configuration: `flms-agent.yaml`(5).")
            .Term("`/run/flms/journal`", "What was changed, and how it was before.")
            .Term("`/run/flms/agent.sock`", "Where a running agent is asked.")
            .Term("`/run/flms/metrics.prom`", "Metrics of the service, for the textfile collector of Prometheus's node "
                + "exporter.")
            .Term("`/usr/share/flms/prometheus/`, `/usr/share/flms/grafana/`", "Alert rules and a dashboard.");
        return page.Section("See also").Paragraph("`flms`(1), `flms-agent.yaml`(5), `taskset`(1), `virsh`(1), "
            + "`sched`(7)").ToString();
    }

    private static string Configuration()
    {
        var page = new Roff("flms-agent.yaml", 5, "configuration of the FLMS agent");
        page.Section("Synopsis").Paragraph("`/etc/flms/agent.yaml`").Section("Description").Paragraph(
            "What `flms agent` may do, and what you know better than it can measure. The file is YAML. Every key has a "
            + "default; a key that is not known, or a value out of range, is an error that names line and column.");
        page.Section("Keys");
        foreach (var (setting, rows) in AgentKeys.All)
        {
            page.Term($"`{setting.Name}`", AgentKeys.Explain(setting));
            foreach (var row in rows) page.Term($"`{setting.Name}.{row.Name}`", AgentKeys.Explain(row));
        }
        page.Section("Examples").Lines(AgentKeys.Example);
        return page.Section("See also").Paragraph("`flms-agent`(8)").ToString();
    }

    private static void Write(Roff page, Verb verb)
    {
        var arguments = string.Concat(verb.Arguments.Select(a => a.Arity.MinimumNumberOfValues == 0
            ? $" [*{a.HelpName}*]" : $" *{a.HelpName}*"));
        var rest = verb.Subcommands.Count > 0 ? " *VERB* ..." : verb.Groups.Count > 0 ? " [*options*]" : "";
        page.Subsection($"flms {verb.FullName}").Paragraph($"`flms {verb.FullName}`{arguments}{rest}")
            .Paragraph($"{verb.Description}.").Paragraph(verb.Lesson);
        foreach (var argument in verb.Arguments) page.Term($"*{argument.HelpName}*", argument.Description!);
        foreach (var option in verb.Groups.SelectMany(g => g.Options))
            page.Term(option.HelpName == null ? $"`{option.Name}`"
                : $"`{option.Name}` *{option.HelpName}*", option.Description!);
        foreach (var (line, does) in verb.Examples)
        {
            page.Lines(line);
            page.Paragraph(does == "" ? "" : $"{char.ToUpperInvariant(does[0])}{does[1..]}.");
        }
    }

    private void ExitCodes(Roff page) =>
        Markdown.Write(page, docs("exit-codes.md").Split('\n').SkipWhile(l => !l.StartsWith('|')).TakeWhile(
            l => l.StartsWith('|')).Aggregate("", (all, line) => $"{all}{line}\n"));
}
