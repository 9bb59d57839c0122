using System.CommandLine;
using Flms.Agent.Running;
using Flms.Lab.Settings;
using Flms.Paper;
using Flms.Schedulers;

namespace Flms.Cli.Shells;

/// <summary>How a shell completes a value.</summary>
internal enum ShellValueKind
{
    /// <summary>Not at all: a number, a time, a name that only the user knows.</summary>
    Free,

    /// <summary>One of the words.</summary>
    Words,

    /// <summary>Some of the words, with commas between them.</summary>
    List,

    /// <summary>A file whose name ends with one of the words; any file if there are none.</summary>
    Files,

    /// <summary>A folder.</summary>
    Folders,
}

/// <summary>What may stand for a value of the command line.</summary>
/// <param name="Kind">How a shell completes it.</param>
/// <param name="Words">The words to choose from, or how file names end.</param>
internal sealed record ShellValues(ShellValueKind Kind, IReadOnlyList<string> Words)
{
    private static readonly ShellValues Free = new(ShellValueKind.Free, []);
    private static readonly ShellValues Yaml = new(ShellValueKind.Files, [".yaml", ".yml"]);

    /// <summary>Of an option or an argument, by its name and by what its help calls the value.</summary>
    /// <param name="verb">The verb that takes it, as in <c>sweep run</c>.</param>
    /// <param name="symbol">The option or argument.</param>
    /// <param name="helpName">What its help calls the value.</param>
    public static ShellValues Of(string verb, Symbol symbol, string helpName) => (symbol.Name, helpName) switch
    {
        ("--schedulers", _) => Schedulers("all"),
        ("--scheduler", "NAMES") => Schedulers(),
        ("--scheduler", _) => Schedulers() with { Kind = ShellValueKind.Words },
        ("name", "NAME") when verb == "schedulers" => new(ShellValueKind.Words, [.. Names(presets: false)]),
        ("--config", "FILE") => Yaml,
        (_, "SCENARIO" or "SPEC") => Yaml,
        (_, "RECORDING") => new(ShellValueKind.Files, [".trace"]),
        (_, "FILE") => new(ShellValueKind.Files, []),
        (_, "FOLDER" or "DIR") => new(ShellValueKind.Folders, []),
        (_, "MODE") => new(ShellValueKind.Words, [.. Enum.GetNames<AgentMode>().Select(n => OptionCatalog.Words(n))]),
        (_, "SHELL") => new(ShellValueKind.Words, [.. ShellScript.All.Select(s => s.Name)]),
        (_, "CLASS") => new(ShellValueKind.Words, ["latency", "compute", "mix", "service", "ignore"]),
        (_, "PLACE") => new(ShellValueKind.Words, ["local", "slurm"]),
        (_, "FIGURE") => new(ShellValueKind.Words, [.. PaperCatalog.All.Select(f => f.Name)]),
        _ when helpName.StartsWith("FILE.", StringComparison.Ordinal) =>
            new(ShellValueKind.Files, [helpName["FILE".Length..]]),
        _ => Free,
    };

    private static ShellValues Schedulers(params string[] more) =>
        new(ShellValueKind.List, [.. Names(presets: true), .. more]);

    private static IEnumerable<string> Names(bool presets) =>
        from entry in SchedulerCatalog.All
        from name in presets ? entry.Presets.Select(p => $"{entry.Name}:{p.Name}").Prepend(entry.Name) : [entry.Name]
        select name;
}
