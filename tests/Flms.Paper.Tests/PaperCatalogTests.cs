using Flms.Lab.Scenarios;
using Flms.Paper.Runs;

namespace Flms.Paper.Tests;

public sealed class PaperCatalogTests
{
    public static TheoryData<string> Figures => new(PaperCatalog.All.Select(f => f.Name));

    public static TheoryData<string> Files =>
        new(Directory.EnumerateFiles(Sample.Folder, "*.yaml").Select(f => Path.GetFileName(f)!));

    [Fact]
    public void Every_figure_and_table_with_measurements_is_there()
    {
        string[] measured =
        [
            "fig1", "fig5", "fig6", "fig7", "table1", "fig8", "fig9", "fig10", "fig11", "fig12", "fig13", "bare-metal",
            "scale", "sensitivity",
        ];

        Assert.Empty(measured.Except(PaperCatalog.All.Select(f => f.Name)));
        Assert.Equal(PaperCatalog.All.Count, PaperCatalog.All.Select(f => f.Name).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Figures))]
    public void Every_figure_can_be_read_without_the_paper_at_hand(string name)
    {
        var figure = PaperCatalog.Find(name)!;

        Assert.True(figure.Summary.Length > 80 && figure.Summary.EndsWith('.'), figure.Summary);
        Assert.InRange(figure.OfPaper, 1, figure.Quantities.Count);
        Assert.Contains(figure.Form, new[] { "lines", "bars", "table" });
        Assert.Equal(figure.Quantities.Count, figure.Quantities.Select(q => q.Key).Distinct().Count());
        foreach (var claim in figure.Claims) Assert.EndsWith(".", claim.Text);
    }

    [Theory]
    [MemberData(nameof(Figures))]
    public void Every_claim_has_a_reason_that_somebody_wrote(string name)
    {
        var claims = PaperCatalog.Find(name)!.Claims;

        Assert.All(claims, c => Assert.True(c.Review.Because.Length > 20, $"{name} {c.Name}: why?"));
        Assert.Equal(claims.Count, claims.Select(c => c.Name).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_scenario_is_used_by_a_figure_and_checks(string file)
    {
        Assert.Contains(PaperCatalog.All.SelectMany(f => f.Cases), c => c.File == file);
        var reading = ScenarioReader.ReadFile(Path.Combine(Sample.Folder, file));
        Assert.True(reading.Ok, string.Join('\n', reading.Problems));
        Assert.Empty(reading.Warnings);
        Assert.NotEqual("", reading.Value.Summary);
    }

    [Fact]
    public void Every_system_is_described()
    {
        var run = new PaperRun { Figures = PaperCatalog.All, Folder = Sample.Folder, Replications = 1 };

        var labels = run.Prepare().SelectMany(p => p.Scenario.Schedulers).Select(s => s.Label).Distinct();
        Assert.Empty(labels.Except(Systems.Described));
    }

    [Fact]
    public void Every_case_can_be_prepared() => Assert.NotEmpty(
        new PaperRun { Figures = PaperCatalog.All, Folder = Sample.Folder, Replications = 1 }.Prepare());
}
