using System.CommandLine;

namespace Flms.Cli.Shells;

/// <summary>An option as a shell completes it.</summary>
/// <param name="Names">As typed, the usual one first.</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="HelpName">What its help calls the value; empty for a flag.</param>
/// <param name="Values">What may stand for the value; null for a flag.</param>
/// <param name="Again">May it be given more than once?</param>
internal sealed record ShellOption(
    IReadOnlyList<string> Names, string Summary, string HelpName, ShellValues? Values, bool Again);

/// <summary>An argument as a shell completes it.</summary>
/// <param name="HelpName">What help calls it.</param>
/// <param name="Values">What may stand for it.</param>
/// <param name="Many">May more of them follow?</param>
internal sealed record ShellArgument(string HelpName, ShellValues Values, bool Many);

/// <summary>A verb as a shell completes it: what may follow its words.</summary>
/// <param name="Path">Its words, as in <c>sweep run</c>; empty for flms itself.</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="Verbs">The verbs below it.</param>
/// <param name="Options">Its options, <c>--help</c> among them.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record ShellVerb(string Path, string Summary, IReadOnlyList<ShellVerb> Verbs,
    IReadOnlyList<ShellOption> Options, IReadOnlyList<ShellArgument> Arguments)
{
    private static readonly ShellOption Help = new(["--help"], "Explain it", "", null, false);

    /// <summary>Its last word.</summary>
    public string Name => Path[(Path.LastIndexOf(' ') + 1)..];

    /// <summary>Itself and everything below it.</summary>
    public IEnumerable<ShellVerb> All => Verbs.SelectMany(v => v.All).Prepend(this);

    /// <summary>All that can be typed, as the parser knows it.</summary>
    public static ShellVerb Of(RootCommand root) => new("", "", Below(root),
        [Help, new(["--version"], "Say which flms this is", "", null, false)], []);

    private static List<ShellVerb> Below(Command command) =>
        [.. command.Subcommands.OfType<Verb>().Where(v => !v.Hidden).Select(Of)];

    private static ShellVerb Of(Verb verb) => new(verb.FullName, Line(verb.Description), Below(verb),
        [.. verb.Options.Where(o => !o.Hidden).Select(o => Of(verb, o)), Help],
        [.. verb.Arguments.Select(a => Of(verb, a))]);

    private static ShellOption Of(Verb verb, Option option)
    {
        var flag = option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool);
        var helpName = flag ? "" : option.HelpName ?? "VALUE";
        return new([option.Name, .. option.Aliases.Where(a => a != option.Name)], Line(option.Description), helpName,
            flag ? null : ShellValues.Of(verb.FullName, option, helpName), option.ValueType.IsArray);
    }

    private static ShellArgument Of(Verb verb, Argument argument)
    {
        var helpName = argument.HelpName ?? argument.Name;
        return new(helpName, ShellValues.Of(verb.FullName, argument, helpName),
            argument.Arity.MaximumNumberOfValues > 1);
    }

    // The first sentence, without what explains it: what fits beside a word in a list.
    private static string Line(string? description)
    {
        var text = (description ?? "").ReplaceLineEndings(" ");
        foreach (var end in new[] { ". ", "; ", ": ", " (" })
            if (text.IndexOf(end, StringComparison.Ordinal) is var at and > 0) text = text[..at];
        return text.TrimEnd('.', ' ');
    }
}
