using System.Text;

namespace Flms.Cli.Shells;

/// <summary>Completion for zsh: a function for each verb, on zsh's own <c>_arguments</c>.</summary>
internal static class ZshScript
{
    /// <summary>The script.</summary>
    public static string Of(ShellVerb root)
    {
        var text = new StringBuilder("#compdef flms\n# Completion of flms for zsh; made by: flms completion zsh\n");
        foreach (var verb in root.All.Reverse())
            if (verb.Verbs.Count > 0) Group(text, verb);
            else Leaf(text, verb);
        // Loaded by compinit this file is the function's body; sourced, it makes the function known.
        return text.Append("""

            if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _flms "$@"
            else compdef _flms flms
            fi

            """).ToString();
    }

    private static void Group(StringBuilder text, ShellVerb verb)
    {
        text.Append($$"""

            {{Function(verb)}}() {
              local curcontext=$curcontext context state state_descr line
              typeset -A opt_args
              local -a verbs=(

            """);
        foreach (var below in verb.Verbs)
            text.Append($"    {Quoted($"{below.Name}:{below.Summary}")}\n");
        text.Append("  )\n  _arguments -C \\\n");
        foreach (var option in verb.Options) text.Append($"    {Quoted($"(- *){Spec(option)}")} \\\n");
        text.Append($$"""
                '1: :->verb' '*:: :->rest'
              case $state in
                verb) _describe -t verbs verb verbs ;;
                rest)
                  case $words[1] in

            """);
        foreach (var below in verb.Verbs) text.Append($"        {below.Name}) {Function(below)} ;;\n");
        text.Append("      esac\n      ;;\n  esac\n}\n");
    }

    private static void Leaf(StringBuilder text, ShellVerb verb)
    {
        text.Append($"\n{Function(verb)}() {{\n  _arguments");
        foreach (var option in verb.Options) text.Append($" \\\n    {Quoted(Spec(option))}");
        for (var i = 0; i < verb.Arguments.Count; i++)
        {
            var argument = verb.Arguments[i];
            var place = argument.Many ? "*" : (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
            text.Append($" \\\n    {Quoted($"{place}:{Escaped(argument.HelpName)}:{Action(argument.Values)}")}");
        }
        text.Append("\n}\n");
    }

    private static string Spec(ShellOption option)
    {
        var name = $"{(option.Again ? "*" : "")}{option.Names[0]}";
        var summary = $"[{Escaped(option.Summary)}]";
        return option.Values is { } values
            ? $"{name}={summary}:{Escaped(option.HelpName)}:{Action(values)}" : $"{name}{summary}";
    }

    private static string Action(ShellValues values) => values.Kind switch
    {
        ShellValueKind.Words => $"({string.Join(' ', values.Words.Select(Escaped))})",
        ShellValueKind.List => $"_sequence compadd - {string.Join(' ', values.Words.Select(Escaped))}",
        ShellValueKind.Files when values.Words.Count == 0 => "_files",
        // A single word in brackets at the end would be a qualifier.
        ShellValueKind.Files when values.Words.Count == 1 => $"_files -g \"*{values.Words[0]}\"",
        ShellValueKind.Files => $"_files -g \"*({string.Join('|', values.Words)})\"",
        ShellValueKind.Folders => "_files -/",
        _ => " ",
    };

    private static string Function(ShellVerb verb) =>
        verb.Path == "" ? "_flms" : $"_flms_{verb.Path.Replace(' ', '_')}";

    // What has a meaning in a specification of _arguments.
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '\\' or ':' or '[' or ']') escaped.Append('\\');
            escaped.Append(c);
        }
        return escaped.ToString();
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
