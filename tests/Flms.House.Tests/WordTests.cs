using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Flms.House.Tests;

/// <summary>Words that a room may not use, each with what to write instead.</summary>
/// <remarks>eng/BannedSymbols.txt bans symbols at compile time; here is what it cannot see.</remarks>
public sealed partial class WordTests
{
    private static readonly string[] Heart = ["Flms.Core", "Flms.Schedulers", "Flms.Sim"];
    private static readonly string[] Silent =
        ["Flms.Core", "Flms.Schedulers", "Flms.Sim", "Flms.Testing", "Flms.Traces", "Flms.Lab", "Flms.Report",
            "Flms.Sweep", "Flms.Paper"];

    /// <summary>Word, the rooms where it is banned, what to write instead.</summary>
    private static readonly (string Word, string[] Rooms, string Instead)[] Banned =
    [
        ("Console", Silent, "only Flms.Cli talks to the terminal: return the text, or take a TextWriter"),
        ("DateTime", Silent, "nothing here has a clock: take the time as a parameter"),
        ("DateTimeOffset", Silent, "nothing here has a clock: take the time as a parameter"),
        ("Random", ["Flms.Lab", "Flms.Report", "Flms.Sweep", "Flms.Paper"],
            "results must not depend on the run: take a RandomStream of the seed"),
        ("ToList", Heart, "LINQ allocates: write the loop"),
        ("ToArray", ["Flms.Schedulers"], "nothing is allocated after construction: reuse an array"),
        ("Dictionary", Heart, "ids are dense: use an array; the order of a dictionary is nobody's"),
        ("HashSet", Heart, "ids are dense: use CpuMask or an array"),
        ("async", Heart, "one thread, one order"),
        ("float", ["Flms.Schedulers"], "integers only in policies: a fraction is Fraction"),
        ("double", ["Flms.Schedulers"], "integers only in policies: a fraction is Fraction"),
        ("decimal", ["Flms.Schedulers"], "integers only in policies: a fraction is Fraction"),
    ];

    [GeneratedRegex("(Manager|Helper|Helpers|Handler|Service|Impl|Util|Utils)$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"/(work|root|home/[a-z]|Users/[A-Za-z])/|[A-Z]:\\\\?Users")]
    private static partial Regex MachinePath();

    [Fact]
    public void No_room_uses_a_word_that_is_banned_there() => Repository.NoFindings(
        from source in Repository.Sources
        where source.Path.StartsWith("src/", StringComparison.Ordinal)
        let banned = Banned.Where(b => b.Rooms.Contains(source.Room)).ToDictionary(b => b.Word, b => b.Instead)
        where banned.Count > 0
        from code in source.Code()
        where banned.ContainsKey(code.Word)
        select $"{source.At(code.Line)}: `{code.Word}`: {banned[code.Word]}");

    [Fact]
    public void Nothing_is_left_for_later_in_a_comment()
    {
        string[] words = ["FIX" + "ME", "TO" + "DO", "X" + "XX"];
        Repository.NoFindings(
            from path in Repository.Files
            where IsText(path)
            from line in Lines(path)
            from word in words
            where Regex.IsMatch(line.Text, $@"\b{word}\b")
            select $"{path}:{line.Number}: {word}: do it now, or open an issue");
    }

    [Fact]
    public void No_type_hides_behind_an_empty_name() => Repository.NoFindings(
        from source in Repository.Sources
        from type in source.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
        where EmptyName().IsMatch(type.Identifier.Text)
        select $"{source.At(source.LineOf(type.Identifier))}: {type.Identifier.Text}: name it by what it is or does");

    [Fact]
    public void There_are_no_regions() => Repository.NoFindings(
        from source in Repository.Sources
        from line in source.Lines.Select((text, i) => (Text: text, Number: i + 1))
        where line.Text.TrimStart().StartsWith("#region", StringComparison.Ordinal)
        select $"{source.At(line.Number)}: a region hides a class that wants out");

    [Fact]
    public void No_file_names_a_path_of_somebodys_machine() => Repository.NoFindings(
        from path in Repository.Files
        where IsText(path) && !path.EndsWith("WordTests.cs", StringComparison.Ordinal)
        from line in Lines(path)
        where MachinePath().IsMatch(line.Text)
        select $"{path}:{line.Number}: a path of one machine: make it relative to the repository");

    private static IEnumerable<(string Text, int Number)> Lines(string path) =>
        Repository.Read(path).Split('\n').Select((text, i) => (text, i + 1));

    private static bool IsText(string path) => !path.StartsWith("scenarios/recordings/", StringComparison.Ordinal)
        && Path.GetExtension(path) is ".cs" or ".md" or ".yaml" or ".ts" or ".mjs" or ".css" or ".html" or ".sh" or ""
            or ".props" or ".targets" or ".csproj" or ".txt";
}
