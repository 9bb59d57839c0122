using Flms.Agent.Plans;

namespace Flms.Agent.Tests.Plans;

public sealed class FairShareTests
{
    [Theory]
    [InlineData(2000, new long[] { 1000, 1000, 1000, 1000 }, 400)] // all want all
    [InlineData(2000, new long[] { 100, 1000, 1000, 1000 }, 475)]  // one wants less
    [InlineData(2000, new long[] { 100, 200, 300 }, 1400)]         // the others leave the rest
    [InlineData(2000, new long[] { }, 2000)]
    [InlineData(0, new long[] { 1 }, 0)]
    public void Who_wants_less_than_the_level_gets_it_and_the_rest_is_shared_alike(
        long capacity, long[] others, long expected) => Assert.Equal(expected, FairShare.Beside(capacity, others));

    [Fact]
    public void Nobody_gets_less_than_an_equal_part_and_what_others_want_less_is_not_wasted()
    {
        var random = new Random(1);
        for (var round = 0; round < 1000; round++)
        {
            var others = Enumerable.Range(0, random.Next(12)).Select(_ => (long)random.Next(2000)).Order().ToArray();
            var capacity = random.Next(10_000);
            var mine = FairShare.Beside(capacity, others);
            Assert.True(mine >= capacity / (others.Length + 1));
            // Work-conserving, up to rounding: with everybody at the level or below, all is used.
            var used = mine + others.Sum(d => Math.Min(d, mine));
            Assert.InRange(used, capacity - others.Length - 1, capacity);
            for (var i = 0; i < others.Length; i++)
                Assert.Equal(FairShare.Beside(capacity, [.. others.Where((_, n) => n != i)]),
                    FairShare.Beside(capacity, others, except: i));
        }
    }
}
