namespace Flms.Paper.Tests;

public sealed class EstimateTests
{
    [Fact]
    public void A_ratio_is_taken_replication_by_replication()
    {
        var ratio = Estimate.Of([2, 30]).Over(Estimate.Of([1, 10]));

        Assert.Equal(2.5, ratio.Mean);
        Assert.Equal([2, 3], ratio.Replications);
    }

    [Fact]
    public void Where_one_of_the_two_measured_nothing_there_is_no_ratio()
    {
        Assert.Equal([null, 3], Estimate.Of([2, 3]).Over(Estimate.Of([null, 1])).Replications);
        Assert.Null(Estimate.Of([2]).Over(Estimate.None).Mean);
        Assert.Null(Estimate.Of([2]).Over(Estimate.Of([0])).Mean);
    }

    [Fact]
    public void Above_and_below_need_the_whole_interval()
    {
        var wide = Estimate.Of([1, 3]);

        Assert.False(wide.Above(1.5));
        Assert.False(wide.Below(2.5));
        Assert.True(Estimate.Of([2, 2.001]).Above(1.5));
        Assert.True(Estimate.Of([1]).Below(1.5), "with one replication the mean decides");
        Assert.False(Estimate.None.Above(0));
        Assert.False(Estimate.None.Below(0));
    }

    [Fact]
    public void Quantiles_have_no_interval_but_a_quotient()
    {
        var quotient = Estimate.Single(6).Over(Estimate.Single(2));

        Assert.Equal(3, quotient.Mean);
        Assert.Null(quotient.Ci95);
    }
}
