using Flms.TestBed.Measures;

namespace Flms.TestBed.Tests.Measures;

/// <summary>Ratios of turns.</summary>
public sealed class PairedRatioTests
{
    [Fact]
    public void What_slows_both_of_a_turn_does_not_change_their_ratio()
    {
        var ratio = PairedRatio.Of([4, 40, 8], [1, 10, 2])!;
        Assert.Equal(4, ratio.Mean, 12);
        Assert.Equal((4, 4), (ratio.Least, ratio.Greatest));
    }

    [Fact]
    public void Twice_and_half_make_no_difference_on_average()
    {
        var ratio = PairedRatio.Of([2, 1], [1, 2])!;
        Assert.Equal(1, ratio.Mean, 12);
        Assert.Equal((0.5, 2), (ratio.Least, ratio.Greatest));
    }

    [Fact]
    public void Where_a_turn_has_no_ratio_there_is_none()
    {
        Assert.Null(PairedRatio.Of([1, 1], [1, 0]));
        Assert.Null(PairedRatio.Of([], []));
        Assert.Null(PairedRatio.Of([1, 2], [1]));
    }
}
