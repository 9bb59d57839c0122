using Flms.Lab.Settings;

namespace Flms.Lab.Tests.Settings;

public sealed class DocsGeneratorTests
{
    [Fact]
    public void A_block_is_replaced_and_the_rest_kept()
    {
        var made = DocsGenerator.Rewrite("a\n<!-- generated:options round-robin -->\nold\n<!-- /generated -->\nb\n",
            "x.md").Value!;
        Assert.StartsWith("a\n<!-- generated:options round-robin -->\n| setting |", made);
        Assert.Contains("| `slice` | duration, 1us to 10s | `30ms` | Longest run", made);
        Assert.DoesNotContain("old", made);
        Assert.EndsWith("|\n<!-- /generated -->\nb\n", made);
        Assert.Equal(made, DocsGenerator.Rewrite(made, "x.md").Value);
    }

    [Theory]
    [InlineData("\n<!-- generated:options nobody --><!-- /generated -->", "x.md:2:1: nothing is known of")]
    [InlineData("<!-- generated:costs -->", "x.md:1:1: this generated block has no end")]
    public void A_block_that_cannot_be_made_is_told(string text, string what) =>
        Assert.StartsWith(what, DocsGenerator.Rewrite(text, "x.md").Problems.Single().ToString());

    [Fact]
    public void The_documentation_is_as_generated_from_the_code()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "docs"), "*.md",
            SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(file);
            var made = DocsGenerator.Rewrite(text, file);
            Assert.True(made.Ok, string.Join('\n', made.Problems));
            if (text == made.Value) continue;
            if (Environment.GetEnvironmentVariable("FLMS_UPDATE") == "1") File.WriteAllText(file, made.Value);
            else Assert.Fail(
                $"{file} differs from the code; FLMS_UPDATE=1 ./flms test --filter DocsGenerator rewrites it");
        }
    }
}
