using System.CommandLine;

namespace Flms.Cli;

/// <summary>One word after <c>flms</c>: what it takes, what its help teaches, what it does.</summary>
/// <param name="name">As typed.</param>
/// <param name="summary">What it does, in one sentence without a full stop.</param>
internal abstract class Verb(string name, string summary) : Command(name, summary)
{
    private readonly List<(string Title, List<Option> Options)> _groups = [];

    /// <summary>The words that call it, as in <c>sweep run</c>.</summary>
    public string FullName => Parents.OfType<Verb>().FirstOrDefault() is { } group ? $"{group.FullName} {Name}" : Name;

    /// <summary>Itself and the verbs below it, those that only hold others left out.</summary>
    public IEnumerable<Verb> Leaves =>
        Subcommands.Count == 0 ? [this] : Subcommands.OfType<Verb>().SelectMany(v => v.Leaves);

    /// <summary>The options as help shows them, group by group.</summary>
    public IReadOnlyList<(string Title, List<Option> Options)> Groups => _groups;

    /// <summary>What one should know before using it: a few sentences.</summary>
    public abstract string Lesson { get; }

    /// <summary>Command lines to try, each with what it does.</summary>
    public abstract IReadOnlyList<(string Line, string Does)> Examples { get; }

    /// <summary>Where to read on.</summary>
    public virtual string ReadOn => "docs/cli.md";

    /// <summary>Do it.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="Failure">It cannot be done.</exception>
    public abstract int Run(ParseResult line, Terminal terminal);

    /// <summary>Takes these options, under that title in the help.</summary>
    protected void Take(string title, params IEnumerable<Option> options)
    {
        var group = (title, new List<Option>(options));
        foreach (var option in group.Item2) Add(option);
        _groups.Add(group);
    }
}
