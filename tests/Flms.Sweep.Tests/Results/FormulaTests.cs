using Flms.Sweep.Points;
using Flms.Sweep.Results;

namespace Flms.Sweep.Tests.Results;

public sealed class FormulaTests
{
    private static readonly PointResult Result = new("", 0,
    [
        new("web.ping.rtt_ms", true, 2, 1, 3, 5, 9, 100),
        new("web.cpu_share", false, 0.25, N: 1),
        new("batch1.cpu_share", false, 0.25, N: 1),
        new("batch2.cpu_share", false, 0.125, N: 1),
        new("host.fairness", false, null),
    ]);

    [Theory]
    [InlineData("web.ping.rtt_ms", 2)]
    [InlineData("web.ping.rtt_ms.mean", 2)]
    [InlineData("web.ping.rtt_ms.p99", 5)]
    [InlineData("web.ping.rtt_ms.max", 9)]
    [InlineData("web.ping.rtt_ms.n", 100)]
    [InlineData("batch*.cpu_share", 0.375)]
    [InlineData("*.cpu_share - web.cpu_share", 0.375)]
    [InlineData("web.cpu_share + batch2.cpu_share", 0.375)]
    public void A_formula_adds_what_it_names(string text, double expected) =>
        Assert.Equal(expected, Formula.Parse(text)!.Of(Result));

    [Theory]
    [InlineData("host.fairness")]
    [InlineData("nobody.wait_ms")]
    [InlineData("webXcpu_share")]
    public void What_was_not_measured_gives_nothing(string text) => Assert.Null(Formula.Parse(text)!.Of(Result));

    [Theory]
    [InlineData("")]
    [InlineData("a -")]
    [InlineData("- a")]
    [InlineData("a b")]
    public void A_formula_without_a_term_is_none(string text) => Assert.Null(Formula.Parse(text));
}
