using Flms.Paper.Claims;

namespace Flms.Paper.Tests.Claims;

public sealed class ClaimTests
{
    private static Verdict Judge(double?[] ours, double? paper, bool holds, double tolerance = 0.1) =>
        Claim(paper, holds, tolerance).Judge(Sample.Result(("a", ours, [1]))).Verdict;

    private static Claim Claim(double? paper, bool holds, double tolerance) => new()
    {
        Name = "claim",
        Text = "What it says.",
        Place = "section 9",
        Paper = paper,
        Tolerance = tolerance,
        Ours = r => r.Of("a", "latency"),
        Holds = (_, _) => holds,
        Review = new(Verdict.AgreesInValue, "the reason"),
    };

    [Fact]
    public void Agrees_in_value_if_the_papers_number_lies_in_our_interval() =>
        Assert.Equal(Verdict.AgreesInValue, Judge([1, 1.05], 1.2, holds: false));

    [Fact]
    public void An_interval_wider_than_its_mean_agrees_with_nothing() =>
        Assert.Equal(Verdict.Differs, Judge([1, 3], 2.5, holds: false));

    [Fact]
    public void Agrees_in_value_within_the_stated_tolerance_though_the_interval_is_narrower()
    {
        Assert.Equal(Verdict.AgreesInValue, Judge([9.1, 9.2], 10, holds: false));
        Assert.Equal(Verdict.Differs, Judge([9.1, 9.2], 10, holds: false, tolerance: 0.01));
    }

    [Fact]
    public void Otherwise_order_and_direction_decide()
    {
        Assert.Equal(Verdict.AgreesInDirection, Judge([5, 5.1], 10, holds: true));
        Assert.Equal(Verdict.Differs, Judge([5, 5.1], 10, holds: false));
    }

    [Fact]
    public void Without_a_number_in_the_paper_it_cannot_agree_in_value() =>
        Assert.Equal(Verdict.AgreesInDirection, Judge([5, 5], null, holds: true));

    [Fact]
    public void What_was_not_measured_has_no_verdict() =>
        Assert.Equal(Verdict.NotMeasured, Judge([null], 10, holds: true));

    [Fact]
    public void A_reason_is_shown_only_for_the_verdict_that_somebody_looked_at()
    {
        var looked = Claim(10, holds: false, 0.1).Judge(Sample.Result(("a", [10], [1])));
        var other = Claim(10, holds: false, 0.1).Judge(Sample.Result(("a", [20], [1])));

        Assert.True(looked.Reviewed);
        Assert.Equal("the reason", looked.Because);
        Assert.False(other.Reviewed);
        Assert.Contains("nobody has looked", other.Because);
        Assert.DoesNotContain("the reason", other.Because);
    }

    [Theory]
    [InlineData(0.5, new[] { 0.7, 0.71 }, Verdict.AgreesInDirection)]
    [InlineData(0.5, new[] { 0.7, 1.4 }, Verdict.Differs)]
    [InlineData(1.5, new[] { 1.1, 1.11 }, Verdict.AgreesInDirection)]
    [InlineData(1.5, new[] { 0.9, 0.91 }, Verdict.Differs)]
    public void A_ratio_agrees_in_direction_if_it_is_beyond_doubt_on_the_papers_side_of_one(
        double paper, double[] ours, Verdict verdict)
    {
        var claim = Ratios.Of("r", "text", "place", paper, r => r.Of("a", "latency"), new(verdict, "x"));

        Assert.Equal(verdict, claim.Judge(Sample.Result(("a", [.. ours], [1]))).Verdict);
    }

    [Fact]
    public void An_order_counts_the_pairs_that_are_right()
    {
        var claim = Ratios.Order("o", "text", "place", "latency", ["a", "b", "c"], new(Verdict.Differs, "x"));
        var right = claim.Judge(Sample.Result(("a", [1], [1]), ("b", [2], [1]), ("c", [3], [1])));
        var swapped = claim.Judge(Sample.Result(("a", [2], [1]), ("b", [1], [1]), ("c", [3], [1])));

        Assert.Equal(Verdict.AgreesInDirection, right.Verdict);
        Assert.Equal("a < b < c", right.InWords);
        Assert.Equal(Verdict.Differs, swapped.Verdict);
        Assert.Equal(2.0 / 3, swapped.Ours.Mean);
        Assert.Equal("b < a < c", swapped.InWords);
    }

    [Fact]
    public void An_order_with_a_system_missing_was_not_measured() => Assert.Equal(Verdict.NotMeasured,
        Ratios.Order("o", "text", "place", "latency", ["a", "b"], new(Verdict.Differs, "x"))
            .Judge(Sample.Result(("a", [1], [1]))).Verdict);
}
