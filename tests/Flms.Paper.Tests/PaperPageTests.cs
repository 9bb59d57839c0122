using System.Runtime.CompilerServices;
using Flms.Paper.Runs;

namespace Flms.Paper.Tests;

/// <summary>docs/paper.md says of every figure what the catalog says now.</summary>
public sealed class PaperPageTests
{
    public static TheoryData<string> Figures => new(PaperCatalog.All.Select(f => f.Name));

    private static string Page([CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "paper.md"));

    [Theory]
    [MemberData(nameof(Figures))]
    public void The_page_has_every_claim_with_the_reviewed_verdict(string name)
    {
        var figure = PaperCatalog.Find(name)!;
        var page = Page();
        var begin = page.IndexOf($"<!-- paper {name} -->", StringComparison.Ordinal);
        Assert.True(begin >= 0, $"docs/paper.md has no block for {name}");
        var block = page[begin..page.IndexOf("<!-- /paper -->", begin, StringComparison.Ordinal)];

        Assert.True(block.Contains(figure.Summary, StringComparison.Ordinal), Stale(name));
        foreach (var c in figure.Claims)
        {
            Assert.True(block.Contains(c.Text, StringComparison.Ordinal), Stale(name));
            Assert.True(block.Contains(PaperMarkdown.Verdict(c.Review.Verdict, c.Review.Because, c.Calibrated),
                StringComparison.Ordinal), $"{c.Name}: {Stale(name)}");
        }
    }

    [Fact]
    public void Only_the_blocks_of_the_figures_that_were_run_are_made_anew()
    {
        var result = Sample.Result(("flms", [1, 2], [3, 4]));

        var page = PaperMarkdown.Rewrite(
            "a\n<!-- paper sample -->\nold\n<!-- /paper -->\nb\n<!-- paper fig1 -->\nkept\n<!-- /paper -->\nc\n",
            [result]);

        Assert.DoesNotContain("old", page);
        Assert.Contains("\nkept\n", page);
        Assert.Contains("| `flms` | 1.50 ± 6.35 | 3.50 ± 6.35 |", page);
        Assert.StartsWith("a\n<!-- paper sample -->\nWhat it shows.", page);
        Assert.EndsWith("<!-- /paper -->\nc\n", page);
    }

    private static string Stale(string name) => $"out of date; run ./flms paper {name} --docs";
}
