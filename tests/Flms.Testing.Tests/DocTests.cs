using System.Text.RegularExpressions;

namespace Flms.Testing.Tests;

/// <summary>Code in the documentation is code that is compiled and run: equal to a marked part of a source
/// file.</summary>
public sealed partial class DocTests
{
    [GeneratedRegex(@"<!-- source: (?<file>[^#\s]+)#(?<part>[\w-]+) -->\n+```csharp\n(?<code>.*?)```",
        RegexOptions.Singleline)]
    private static partial Regex Included();

    [Theory]
    [InlineData("docs/write-a-scheduler.md", 8)]
    [InlineData("docs/testing.md", 2)]
    public void Its_code_is_that_of_the_tests(string page, int least)
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, page)).ReplaceLineEndings("\n");
        var included = Included().Matches(text);
        Assert.True(included.Count >= least, $"{page} includes {included.Count} parts");
        Assert.Equal(Regex.Count(text, "```csharp"), included.Count);
        var changed = Included().Replace(text, m =>
        {
            var part = PartOf(m.Groups["file"].Value, m.Groups["part"].Value);
            return m.Value[..(m.Groups["code"].Index - m.Index)] + part + "```";
        });
        var update = Environment.GetEnvironmentVariable("FLMS_UPDATE") == "1";
        if (changed != text && update) File.WriteAllText(Path.Combine(SourceTree.Root, page), changed);
        else if (changed != text) Assert.Fail($"{page} shows other code than the tests have; FLMS_UPDATE=1 copies it");
    }

    private static string PartOf(string file, string part)
    {
        var lines = File.ReadAllText(Path.Combine(SourceTree.Root, file)).ReplaceLineEndings("\n").Split('\n');
        var first = Array.FindIndex(lines, l => l.Trim() == $"// doc: {part}");
        Assert.True(first >= 0, $"{file} has no part {part}");
        var last = Array.FindIndex(lines, first, l => l.Trim() == "// end doc");
        Assert.True(last > first, $"{file}: the part {part} has no end");
        var body = lines[(first + 1)..last];
        var indent = lines[first].Length - lines[first].TrimStart().Length;
        return string.Concat(body.Select(l => (l.Length >= indent ? l[indent..] : l.TrimStart()) + "\n"));
    }
}
