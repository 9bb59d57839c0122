using Flms.Lab.Measures;

namespace Flms.Lab.Tests.Measures;

public sealed class StatisticTests
{
    [Fact]
    public void The_confidence_interval_is_students()
    {
        // Four values with mean 5 and standard deviation 2.58199: t(3; 0.975) = 3.18245, so 5 +- 4.10852.
        var ci = Statistic.Ci95([2, 4, 6, 8])!.Value;
        Assert.Equal(0.891480, ci.Low, 5);
        Assert.Equal(9.108520, ci.High, 5);
    }

    [Fact]
    public void One_value_has_no_interval_and_none_has_no_mean()
    {
        Assert.Null(Statistic.Ci95([3]));
        Assert.Null(Statistic.Mean([]));
        Assert.Null(Statistic.Quantile([], 0.5));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 3)]
    [InlineData(0.9, 4.6)]
    [InlineData(1, 5)]
    public void Quantiles_lie_between_neighbours(double fraction, double expected) =>
        Assert.Equal(expected, Statistic.Quantile([5, 1, 4, 2, 3], fraction)!.Value, 12);

    [Fact]
    public void Jain_is_one_for_equals_and_one_in_n_for_a_winner()
    {
        Assert.Equal(1, Statistic.Jain([2, 2, 2])!.Value, 12);
        Assert.Equal(0.25, Statistic.Jain([8, 0, 0, 0])!.Value, 12);
        Assert.Null(Statistic.Jain([]));
    }

    [Theory]
    [InlineData(0.1 + 0.2, "0.3")]
    [InlineData(1.0 / 3, "0.333333333")]
    [InlineData(-0.0, "0")]
    [InlineData(1e-7, "1e-07")]
    [InlineData(double.NaN, "null")]
    public void Numbers_have_nine_digits(double value, string expected) =>
        Assert.Equal(expected, Statistic.Write(value));
}
