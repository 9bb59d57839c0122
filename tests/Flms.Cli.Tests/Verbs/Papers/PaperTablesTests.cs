namespace Flms.Cli.Tests.Verbs.Papers;

public sealed class PaperTablesTests
{
    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    public void No_figure_is_broken_and_no_word_cut_whatever_the_width(int width)
    {
        var shown = Fig6(width);
        Assert.All(shown, line => Assert.InRange(line.Length, 0, width));
        shown = [.. shown.TakeWhile(line => !line.Contains("the paper says"))];
        Assert.DoesNotContain(shown, line => line.Contains('…'));
        // A row is one line: it has a system, and in each of its columns a whole figure.
        var rows = shown.Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1..^1])
            .Where(cells => cells[0].Trim() is not ("system" or "")).ToList();
        Assert.Contains(rows, cells => cells[0].Trim() == "flms");
        Assert.All(rows.SelectMany(cells => cells[1..]),
            cell => Assert.Matches(@"^ +(-|[0-9.,]+( \+-[<0-9.,]+)?) +$", cell));
    }

    [Fact]
    public void What_does_not_fit_comes_below_with_the_systems_again()
    {
        int Times(int width) => Fig6(width).Count(line => line.StartsWith("| flms ", StringComparison.Ordinal));
        Assert.Equal(1, Times(100));
        Assert.InRange(Times(50), 2, 3);
    }

    [Fact]
    public void Reasons_stand_below_the_claims_as_sentences() => Assert.Contains(
        Fig6(100), line => line.StartsWith("  FLMS's mean latency is 80 % below that", StringComparison.Ordinal));

    private static string[] Fig6(int width) => Command.Run(new Screen { Width = width },
        "paper", "fig6", "--replications", "2", "--for", "100ms", "--warmup", "0s").Lines;
}
