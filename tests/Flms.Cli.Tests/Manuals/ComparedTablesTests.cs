using Flms.Cli.Manuals;

namespace Flms.Cli.Tests.Manuals;

public sealed class ComparedTablesTests : TestFolder
{
    private const string Two = "before\n<!-- compare tiny: round-robin,credit -->\nold\n<!-- /compare -->\nafter\n";

    private static readonly Terminal Nobody = new() { Out = TextWriter.Null, Error = TextWriter.Null };

    private const string Tiny = """
        duration: 2s
        replications: 2
        machine: { cores: 1 }
        domains:
          - { name: web, class: latency, workloads: [{ ping: { interval_min: 10ms, interval_max: 30ms } }] }
          - { name: batch, count: 2, class: compute, workloads: [hog] }
        """;

    private readonly string _scenario;

    public ComparedTablesTests()
    {
        Directory.CreateDirectory(PathOf("scenarios"));
        _scenario = Write("scenarios/tiny.yaml", Tiny);
    }

    [Fact]
    public void A_block_holds_what_compare_shows_and_the_rest_is_kept()
    {
        var page = Made(Two)[0];
        Assert.StartsWith("before\n<!-- compare tiny: round-robin,credit -->\n| scheduler | web round trip: mean ms |",
            page);
        Assert.EndsWith("|\n<!-- /compare -->\nafter\n", page);
        Assert.DoesNotContain("old", page);
        // The comparison has a median more; all other figures are the same, in the same order.
        var shown = Command.Run("compare", _scenario, "--schedulers",
            "round-robin,credit").Lines;
        foreach (var scheduler in (string[])["round-robin", "credit"])
        {
            bool OfIt(string line) => line.StartsWith($"| {scheduler} ", StringComparison.Ordinal);
            var all = Figures(string.Join('|', shown.Where(OfIt)));
            var row = page.Split('\n').Single(OfIt);
            Assert.Empty(Figures(row).Except(all));
        }
        Assert.Equal(page, Made(page)[0]);
    }

    // Without the marks of a table, and without intervals, of which a page shows one only.
    private static IEnumerable<string> Figures(string row) =>
        row.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(cell => cell.Split(" +-")[0].TrimEnd('*', '~', ' '));

    [Fact]
    public void To_whom_a_scheduler_is_compared_on_another_page_changes_nothing()
    {
        const string one = "<!-- compare tiny: credit -->\n<!-- /compare -->\n";
        Assert.Equal(Made(one)[0], Made(Two, one)[1]);
    }

    [Fact]
    public void All_of_them_are_ranked()
    {
        var rows = Made("<!-- compare tiny: all -->\n<!-- /compare -->\n")[0].Split('\n')[3..^2];
        var means = rows.Select(r => double.Parse(r.Split('|')[2].Split(" +-")[0],
            System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Schedulers.SchedulerCatalog.All.Select(s => s.Name).Order(StringComparer.Ordinal),
            rows.Select(r => r.Split('|')[1].Trim()).Order(StringComparer.Ordinal));
        Assert.Equal(means.Order(), means);
    }

    [Theory]
    [InlineData("a\n<!-- compare tiny: credit -->\nb\n",
        "x.md:2:1: this compared block has no end; write <!-- /compare -->")]
    [InlineData("<!-- compare tiny: credit -->\n" + Two, "x.md:1:1: this compared block has no end")]
    [InlineData("<!-- compare gone: credit -->\n<!-- /compare -->\n", "gone.yaml")]
    [InlineData("<!-- compare tiny: nobody -->\n<!-- /compare -->\n", "nobody")]
    public void A_block_that_cannot_be_made_is_told(string text, string what)
    {
        Assert.Contains(what, Assert.Throws<Failure>(() => Made(text)).Message);
    }

    private List<string> Made(params string[] pages)
    {
        var tables = new ComparedTables();
        foreach (var page in pages) tables.Want("x.md", page);
        tables.Measure(PathOf(), Nobody);
        return [.. pages.Select(tables.Rewrite)];
    }
}
