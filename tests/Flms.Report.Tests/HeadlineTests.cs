namespace Flms.Report.Tests;

public sealed class HeadlineTests
{
    [Fact]
    public void The_best_is_held_against_the_first() => Assert.Equal(
        "Under flms, web's mean round trip is 1.25 ms: 12.8 times shorter than under credit (16.0 ms); "
            + "the neighbours get 90.0 % of the machine, 90.0 % under credit.",
        Headline.Of(Sample.With(("credit", 16, 1), ("bvt", 8, 1), ("flms", 1.25, 0.1))));

    [Fact]
    public void A_best_that_stands_first_is_held_against_the_next() => Assert.Equal(
        "Under credit, web's mean round trip is 8.00 ms: 20.0 % shorter than under bvt (10.0 ms).",
        Headline.Of(Sample.With(("credit", 8, 0.1), ("flms", 16, 1), ("bvt", 10, 0.1))));

    [Fact]
    public void No_difference_is_claimed_within_the_uncertainty() => Assert.StartsWith(
        "No clear difference: web's mean round trip is 9.00 ms under flms and 10.0 ms under credit",
        Headline.Of(Sample.With(("credit", 10, 1), ("flms", 9, 1))), StringComparison.Ordinal);

    [Fact]
    public void One_scheduler_is_compared_with_nothing() => Assert.Equal(
        "Under credit, web's mean round trip is 10.0 ms.", Headline.Of(Sample.With(("credit", 10, 1))));

    [Fact]
    public void Equal_figures_are_called_equal() => Assert.Equal(
        "All schedulers give the same: web's mean round trip is 10.0 ms.",
        Headline.Of(Sample.With(("credit", 10, 1), ("flms", 10, 1))));

    [Fact]
    public void No_latency_is_said() => Assert.Equal("No latency was measured.", Headline.Of(Sample.With()));
}
