using System.CommandLine;
using System.CommandLine.Parsing;
using Flms.Lab.Input;

namespace Flms.Cli;

/// <summary>Says in one line what is wrong with a command line, and what to do.</summary>
internal static class Misuse
{
    /// <summary>The first thing that is wrong: unknown words before missing ones.</summary>
    public static string Explain(ParseResult line)
    {
        var command = line.CommandResult.Command;
        if (command is not Verb verb) return UnknownVerb(line);
        if (StrayOption(line) is { } stray) return stray;
        foreach (var word in line.UnmatchedTokens)
            if (verb.Subcommands.Count > 0) return UnknownVerb(verb, word);
            else return $"{verb.FullName} does not know what to do with '{word}'; see flms {verb.FullName} --help";
        return Explain(verb, line.Errors[0]);
    }

    /// <summary>Says so if an unknown option was taken for a value, as in <c>flms run --jsn x.yaml</c>.</summary>
    /// <returns>Null if there is none.</returns>
    public static string? StrayOption(ParseResult line)
    {
        if (line.CommandResult.Command is not Verb verb) return null;
        foreach (var token in line.Tokens)
        {
            if (token.Type == TokenType.DoubleDash) return null;
            if (token.Type == TokenType.Argument && LooksLikeOption(token.Value))
                return UnknownOption(verb, token.Value);
        }
        return null;
    }

    private static string UnknownVerb(ParseResult line)
    {
        if (line.UnmatchedTokens is not [var word, ..]) return "a verb is missing; flms --help lists them";
        var root = line.RootCommandResult.Command;
        if (LooksLikeOption(word)) return $"unknown option {word}; options come after a verb: see flms --help";
        var hint = Nearest.Hint(word, root.Subcommands.Where(c => !c.Hidden).Select(c => c.Name));
        return $"unknown verb '{word}'{hint}{(hint == "" ? ";" : "")} flms --help lists them";
    }

    private static string UnknownVerb(Verb group, string word)
    {
        var hint = Nearest.Hint(word, group.Subcommands.Select(c => c.Name));
        return $"{group.FullName} has no verb '{word}'{hint}{(hint == "" ? ";" : "")} "
            + $"flms {group.FullName} --help lists them";
    }

    private static string UnknownOption(Verb verb, string word)
    {
        var name = word.Split('=')[0];
        var hint = Nearest.Hint(name, verb.Options.Where(o => !o.Hidden).Select(o => o.Name));
        return $"{verb.FullName} has no option {name}{hint}{(hint == "" ? ";" : "")} "
            + $"flms {verb.FullName} --help lists them";
    }

    private static string Explain(Verb verb, ParseError error)
    {
        var see = $"; see flms {verb.FullName} --help";
        return error.SymbolResult switch
        {
            ArgumentResult { Tokens: [] } argument when argument.Parent is OptionResult option =>
                NeedsValue(option) + see,
            OptionResult { Tokens: [] } option when option.Option.Arity.MinimumNumberOfValues > 0 =>
                NeedsValue(option) + see,
            ArgumentResult { Tokens: [] } argument => $"{verb.FullName} needs {argument.Argument.HelpName}{see}",
            OptionResult option when option.IdentifierTokenCount > 1
                && option.Option.Arity.MaximumNumberOfValues <= 1 =>
                $"{option.Option.Name} is given {option.IdentifierTokenCount} times; once is enough",
            _ => error.Message,
        };
    }

    private static string NeedsValue(OptionResult option) =>
        $"{option.Option.Name} needs a value: {option.Option.Name} {option.Option.HelpName}";

    // A lone hyphen and a negative number are values.
    private static bool LooksLikeOption(string word) =>
        word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);
}
