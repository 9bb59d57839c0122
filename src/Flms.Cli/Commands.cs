using System.CommandLine;
using Flms.Cli.Verbs;

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
            new ReplayVerb(),
            new GanttVerb(),
            new CheckVerb(),
            new SchedulersVerb(),
            new BenchVerb(),
            new SchemaVerb(),
            new DocsVerb(() => root.Subcommands.OfType<Verb>()),
            new VersionVerb(),
        ];
        foreach (var verb in verbs)
        {
            verb.SetAction(line => verb.Run(line, terminal));
            root.Add(verb);
        }
        root.Add(HelpCommand(root, help));
        return root;
    }

    // "flms help run", for those who try that first.
    private static Command HelpCommand(RootCommand root, Help help)
    {
        var topic = new Argument<string>("verb") { Arity = ArgumentArity.ZeroOrOne, HelpName = "VERB" };
        var command = new Command("help", "Explain a verb") { topic };
        command.Hidden = true;
        command.SetAction(line =>
        {
            var name = line.GetValue(topic);
            if (name is null) help.ShowAll(root);
            else if (root.Subcommands.OfType<Verb>().FirstOrDefault(v => v.Name == name) is { } verb) help.Show(verb);
            else throw Failure.Usage($"unknown verb '{name}'; flms --help lists them");
            return ExitCode.Fine;
        });
        return command;
    }
}
