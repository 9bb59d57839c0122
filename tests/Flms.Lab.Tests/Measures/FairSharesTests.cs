using Flms.Lab.Measures;

namespace Flms.Lab.Tests.Measures;

/// <summary>Max-min fair shares, against cases worked out by hand.</summary>
public sealed class FairSharesTests
{
    [Fact]
    public void Who_wants_little_gets_it_and_the_others_share_the_rest()
    {
        var shares = FairShares.Of([0.02, 1, 1, 1, 1], 2);
        Assert.Equal(0.02, shares[0], 12);
        Assert.All(shares.Skip(1), s => Assert.Equal(0.495, s, 12));
    }

    [Fact]
    public void Who_wants_more_than_an_equal_part_gets_an_equal_part()
    {
        Assert.All(FairShares.Of([0.5, 1, 1, 1, 1], 2), s => Assert.Equal(0.4, s, 12));
        Assert.Equal(0.4, FairShares.Level([0.5, 1, 1, 1, 1], 2), 12);
    }

    [Fact]
    public void Where_there_is_enough_everybody_gets_what_he_wants()
    {
        Assert.Equal([0.5, 1], FairShares.Of([0.5, 1], 2));
        Assert.Equal(double.PositiveInfinity, FairShares.Level([0.5, 1], 2));
    }

    [Fact]
    public void Shares_never_sum_to_more_than_there_is_nor_depend_on_the_order()
    {
        double[] demands = [0.9, 0.1, 0.4, 0.4, 0.05];
        for (var capacity = 0.0; capacity < 3; capacity += 0.1)
        {
            var shares = FairShares.Of(demands, capacity);
            Assert.Equal(Math.Min(capacity, demands.Sum()), shares.Sum(), 9);
            Assert.Equal(shares.Reverse(), FairShares.Of([.. demands.Reverse()], capacity));
        }
    }

    [Fact]
    public void Of_nobody_there_are_no_shares() => Assert.Empty(FairShares.Of([], 2));
}
