using System.CommandLine;

namespace Flms.Cli;

/// <summary>A word after <c>flms</c> that needs a second one: <c>flms sweep run</c>.</summary>
/// <param name="name">As typed.</param>
/// <param name="summary">What its verbs do, in one sentence without a full stop.</param>
internal abstract class VerbGroup(string name, string summary) : Verb(name, summary)
{
    public override int Run(ParseResult line, Terminal terminal) => throw Failure.Usage(
        $"{FullName} needs one of {string.Join(", ", Subcommands.Select(c => c.Name))}; see flms {FullName} --help");
}
