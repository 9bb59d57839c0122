using Flms.Core;
using Flms.Schedulers.Linux;
using Flms.Sim;

namespace Flms.Schedulers.Tests.Linux;

public sealed class DecayedAverageTests
{
    private const double HalfLife = 1 << 25; // ns: 32 periods of 1024 * 1024 ns

    [Theory]
    [InlineData(1, 512)]
    [InlineData(2, 768)]
    [InlineData(5, 992)]
    public void Half_of_the_past_is_forgotten_every_33_ms(int halfLives, long expected)
    {
        var average = new DecayedAverage();
        average.Update(1024, new(halfLives * (1L << 25)));
        Assert.Equal(expected, average.Value);
    }

    // Levels change at random; a sum in floating point says what the average should be. The grid of 0.13 ms moves each
    // change by less than a step: after 300 of them it differs by some steps' worth of the level, 3 % of it at most.
    [Fact]
    public void It_follows_a_level_that_changes()
    {
        var random = RandomStream.For(3, 3);
        var average = new DecayedAverage();
        var (exact, now, level) = (0.0, 0L, 0L);
        for (var i = 0; i < 300; i++)
        {
            var next = now + random.Exponential(2.Ms).Ns;
            var keep = Math.Pow(2, -(next - now) / HalfLife);
            exact = exact * keep + level * (1 - keep);
            average.Update(level, new(next));
            Assert.InRange(average.Value, exact - 90, exact + 90);
            (now, level) = (next, random.Next(0, 3) * 1024);
        }
    }

    [Fact]
    public void What_is_moved_is_neither_lost_nor_below_zero()
    {
        var average = new DecayedAverage();
        average.Update(1024, new(1L << 25));
        average.Shift(100 << DecayedAverage.FractionBits);
        Assert.Equal(612, average.Value);
        average.Shift(-1000L << DecayedAverage.FractionBits);
        Assert.Equal(0, average.Value);
    }
}
