using System.CommandLine;
using Flms.Cli.Verbs;
using Flms.Cli.Verbs.Agents;
using Flms.Cli.Verbs.Guests;
using Flms.Cli.Verbs.Labs;
using Flms.Cli.Verbs.Papers;
using Flms.Cli.Verbs.Sweeps;

namespace Flms.Cli;

/// <summary>Every verb there is, in the order in which help lists them.</summary>
internal static class Commands
{
    public static RootCommand Root(Terminal terminal)
    {
        var help = new Help(terminal);
        var root = new RootCommand(
            "flms decides which virtual CPU runs where, for how long. It simulates a host of virtual machines under "
            + "any of its schedulers, replays recordings of real ones, and compares.");
        foreach (var option in root.Options)
            if (option is VersionOption version) version.Action = new ShowVersion(terminal);
            else option.Action = help;
        IReadOnlyList<Verb> verbs =
        [
            new CompareVerb(),
            new RunVerb(),
            new RecordVerb(),
            new ReplayVerb(),
            new GanttVerb(),
            new SweepVerb(),
            new AgentVerb(),
            new GuestVerb(),
            new LabVerb(),
            new PaperVerb(),
            new CheckVerb(),
            new SchedulersVerb(),
            new BenchVerb(),
            new SchemaVerb(),
            new DocsVerb(() => root),
            new CompletionVerb(() => root),
            new VersionVerb(),
        ];
        foreach (var verb in verbs)
        {
            Activate(verb, terminal);
            root.Add(verb);
        }
        root.Add(HelpCommand(root, help));
        return root;
    }

    private static void Activate(Verb verb, Terminal terminal)
    {
        verb.SetAction(line => verb.Run(line, terminal));
        foreach (var inner in verb.Subcommands.OfType<Verb>()) Activate(inner, terminal);
    }

    // "flms help run", for those who try that first.
    private static Command HelpCommand(RootCommand root, Help help)
    {
        var topic = new Argument<string[]>("verb") { Arity = ArgumentArity.ZeroOrMore, HelpName = "VERB" };
        var command = new Command("help", "Explain a verb") { topic };
        command.Hidden = true;
        command.SetAction(line =>
        {
            Command found = root;
            foreach (var word in line.GetValue(topic) ?? [])
                found = found.Subcommands.OfType<Verb>().FirstOrDefault(v => v.Name == word)
                    ?? throw Failure.Usage($"unknown verb '{word}'; flms --help lists them");
            if (found is Verb verb) help.Show(verb);
            else help.ShowAll(root);
            return ExitCode.Fine;
        });
        return command;
    }
}
