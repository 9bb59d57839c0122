using System.CommandLine;
using System.CommandLine.Invocation;

namespace Flms.Cli;

/// <summary>Shows how flms, or one verb, is used.</summary>
internal sealed class Help(Terminal terminal) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command is Verb verb) Show(verb);
        else ShowAll(parseResult.RootCommandResult.Command);
        return ExitCode.Fine;
    }

    /// <summary>All verbs.</summary>
    public void ShowAll(Command root)
    {
        terminal.Paragraph(root.Description!);
        terminal.Out.WriteLine();
        terminal.Out.WriteLine("Usage: flms VERB ...");
        terminal.Out.WriteLine();
        terminal.Rows([.. root.Subcommands.Where(c => !c.Hidden).Select(c => (c.Name, c.Description!))]);
        terminal.Out.WriteLine();
        terminal.Out.WriteLine("Try first:");
        terminal.Out.WriteLine("  flms compare scenarios/noisy-neighbour.yaml");
        terminal.Out.WriteLine();
        terminal.Paragraph("flms VERB --help explains a verb. Read on: docs/cli.md, docs/tour.md, docs/exit-codes.md");
    }

    /// <summary>One verb.</summary>
    public void Show(Verb verb)
    {
        terminal.Paragraph($"flms {verb.FullName}: {Lower(verb.Description!)}.");
        terminal.Out.WriteLine();
        var arguments = string.Concat(verb.Arguments.Select(
            a => a.Arity.MinimumNumberOfValues == 0 ? $" [{a.HelpName}]" : $" {a.HelpName}"));
        var rest = verb.Subcommands.Count > 0 ? " VERB ..."
            : verb.Groups.Count > 0 ? $"{arguments} [options]" : arguments;
        terminal.Out.WriteLine($"Usage: flms {verb.FullName}{rest}");
        terminal.Out.WriteLine();
        terminal.Paragraph(verb.Lesson);
        if (verb.Arguments.Count > 0)
        {
            terminal.Out.WriteLine();
            terminal.Rows([.. verb.Arguments.Select(a => (a.HelpName!, a.Description!))]);
        }
        if (verb.Subcommands.Count > 0)
        {
            terminal.Out.WriteLine();
            terminal.Rows([.. verb.Subcommands.Select(c => (c.Name, c.Description!))]);
        }
        foreach (var (title, options) in verb.Groups)
        {
            terminal.Out.WriteLine();
            terminal.Out.WriteLine($"{title}:");
            terminal.Rows([.. options.Select(o => (Usage(o), o.Description!))]);
        }
        terminal.Out.WriteLine();
        terminal.Out.WriteLine("Examples:");
        foreach (var (line, does) in verb.Examples)
        {
            terminal.Out.WriteLine($"  {line}");
            terminal.Text(does, 6);
        }
        terminal.Out.WriteLine();
        terminal.Paragraph($"Read on: {verb.ReadOn}");
    }

    private static string Usage(Option option) =>
        option.Arity.MaximumNumberOfValues == 0 ? option.Name : $"{option.Name} {option.HelpName}";

    private static string Lower(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];
}
