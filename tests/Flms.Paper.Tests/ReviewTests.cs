using Flms.Paper.Runs;

namespace Flms.Paper.Tests;

/// <summary>The verdicts that somebody looked at are those that come out.</summary>
public sealed class ReviewTests
{
    public static TheoryData<string> Figures => new(PaperCatalog.All.Where(f => f.ByDefault).Select(f => f.Name));

    [Theory]
    [MemberData(nameof(Figures))]
    [Trait("Speed", "Slow")]
    public void No_verdict_has_changed_since_somebody_looked(string name)
    {
        var run = new PaperRun { Figures = [PaperCatalog.Find(name)!], Folder = Sample.Folder };

        var changed = run.Run()[0].Claims.Where(c => !c.Reviewed)
            .Select(c => $"{c.Claim.Name}: {c.Verdict}, reviewed was {c.Claim.Review.Verdict}: look, then mend it");
        Assert.Empty(changed);
    }
}
