using System.CommandLine;

namespace Flms.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> VerbNames { get; } = [.. AllVerbs.Select(v => v.FullName)];

    private static IEnumerable<Verb> Verbs => Root.Subcommands.OfType<Verb>();

    /// <summary>Those below others among them, and those that only hold others.</summary>
    private static IEnumerable<Verb> AllVerbs => Verbs.SelectMany(v => v.Leaves.Append(v)).Distinct();

    private static RootCommand Root => Commands.Root(new() { Out = TextWriter.Null, Error = TextWriter.Null });

    [Fact]
    public void Help_lists_every_verb()
    {
        var outcome = Command.Run("--help");
        Assert.Equal(ExitCode.Fine, outcome.Code);
        Assert.All(Verbs, verb => Assert.Contains($"\n  {verb.Name} ", outcome.Out));
        Assert.Equal(outcome, Command.Run("help"));
    }

    [Theory]
    [MemberData(nameof(VerbNames))]
    public void The_help_of_a_verb_has_every_option_an_example_and_where_to_read_on(string verb)
    {
        var outcome = Command.Run([.. verb.Split(' '), "--help"]);
        Assert.Equal(ExitCode.Fine, outcome.Code);
        Assert.All(AllVerbs.Single(v => v.FullName == verb).Groups.SelectMany(g => g.Options),
            option => Assert.Contains($"\n  {option.Name}", outcome.Out));
        Assert.Contains($"\n  flms {verb}", outcome.Out);
        Assert.Contains("\nRead on: ", outcome.Out);
        Assert.Equal(outcome, Command.Run(["help", .. verb.Split(' ')]));
    }

    [Theory]
    [MemberData(nameof(VerbNames))]
    public void Help_keeps_to_the_width_except_for_what_cannot_be_broken(string verb)
    {
        foreach (var line in Command.Run(new Screen { Width = 60 }, [.. verb.Split(' '), "--help"]).Lines)
            Assert.True(line.Length <= 60 || line.Contains("{\"", StringComparison.Ordinal)
                || line.StartsWith("  flms ", StringComparison.Ordinal), line);
    }

    [Theory]
    [MemberData(nameof(VerbNames))]
    public void Every_example_of_a_verb_can_be_parsed(string verb)
    {
        foreach (var (example, _) in AllVerbs.Single(v => v.FullName == verb).Examples)
        {
            var words = example.Split(" | ")[0].Split(" > ")[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("flms", words[0]);
            Assert.Empty(Root.Parse(words[1..]).Errors);
        }
    }
}
