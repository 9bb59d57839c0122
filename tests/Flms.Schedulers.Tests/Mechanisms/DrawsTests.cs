using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Tests.Mechanisms;

public sealed class DrawsTests
{
    /// <summary>SplitMix64 from 0 begins so in its published form.</summary>
    [Fact]
    public void Draws_are_SplitMix64()
    {
        var draws = new Draws(0);
        Assert.Equal(0xE220A8397B1DCDAFUL, draws.Next());
        Assert.Equal(0x6E789E6AA1B965F4UL, draws.Next());
        Assert.Equal(0x06C45D188009454FUL, draws.Next());
    }

    [Fact]
    public void Each_number_below_a_limit_is_as_likely()
    {
        var draws = new Draws(42);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++) counts[draws.Below(7)]++;
        // Standard deviation 93: five of them.
        Assert.All(counts, c => Assert.InRange(c, 10_000 - 465, 10_000 + 465));
    }
}
