using System.Text;

namespace Flms.Cli.Shells;

/// <summary>Completion for fish.</summary>
internal static class FishScript
{
    private const string Program = """
        # The verb that the line has so far, as in "sweep run".
        function __flms_verb
            set -l words (commandline -opc)
            set -l verb
            for word in $words[2..-1]
                set -l longer (string trim -- "$verb $word")
                contains -- $longer $__flms_verbs; or break
                set verb $longer
            end
            echo $verb
        end

        # Usage: __flms_at VERB: is the line at that verb?
        function __flms_at
            test "$(__flms_verb)" = "$argv"
        end

        # Usage: __flms_list WORD...: those that can follow the last comma.
        function __flms_list
            set -l given (string split , -- (commandline -ct))
            set -l head (string join , -- $given[1..-2])
            for word in $argv
                contains -- $word $given[1..-2]; or echo (string join , -- $head $word)
            end
        end

        # Usage: __flms_files ENDING...: files that end so, and folders.
        function __flms_files
            set -l any (string join '|' '/' (string escape --style=regex -- $argv))
            complete -C "'' $(commandline -ct)" | string replace -r '\t.*' '' | string match -r ".*(?:$any)\$"
        end

        complete -c flms -f

        """;

    /// <summary>The script.</summary>
    public static string Of(ShellVerb root)
    {
        var text = new StringBuilder("# Completion of flms for fish; made by: flms completion fish\n\n");
        text.Append($"set -g __flms_verbs {string.Join(' ', root.All.Skip(1).Select(v => Quoted(v.Path)))}\n\n");
        text.Append(Program);
        foreach (var verb in root.All) Rules(text, verb);
        return text.ToString();
    }

    private static void Rules(StringBuilder text, ShellVerb verb)
    {
        var begin = $"complete -c flms -n {Quoted($"__flms_at {verb.Path}".TrimEnd())}";
        text.Append('\n');
        foreach (var below in verb.Verbs) text.Append($"{begin} -a {below.Name} -d {Quoted(below.Summary)}\n");
        foreach (var option in verb.Options)
        {
            var names = string.Concat(option.Names.Select(n => $" -l {n.TrimStart('-')}"));
            text.Append($"{begin}{names}{(option.Values is { } values ? Takes(values) : "")}"
                + $" -d {Quoted(option.Summary)}\n");
        }
        // fish counts no arguments: what any of them may be is offered.
        foreach (var argument in verb.Arguments)
            if (Answers(argument.Values) is { } answers) text.Append($"{begin} -a {Quoted(answers)}\n");
            else if (argument.Values.Kind == ShellValueKind.Files) text.Append($"{begin} -F\n");
    }

    // A required value; any file only where any will do.
    private static string Takes(ShellValues values) => Answers(values) is { } answers ? $" -x -a {Quoted(answers)}"
        : values.Kind == ShellValueKind.Files ? " -r -F" : " -x";

    private static string? Answers(ShellValues values) => values.Kind switch
    {
        ShellValueKind.Words => string.Join(' ', values.Words),
        ShellValueKind.List => $"(__flms_list {string.Join(' ', values.Words)})",
        ShellValueKind.Files when values.Words.Count > 0 =>
            $"(__flms_files {string.Join(' ', values.Words)})",
        ShellValueKind.Folders => "(__fish_complete_directories)",
        _ => null,
    };

    private static string Quoted(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
