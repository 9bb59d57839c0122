using Flms.Schedulers.Pooled;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>Largest remainder, by hand.</summary>
public sealed class SharesTests
{
    // Quotas of the third: 1.5, 2.5 and 0: one left, the remainders are equal, so the lower index has it.
    [Theory]
    [InlineData(4, new[] { 1, 1, 2 }, new[] { 1, 1, 2 })]
    [InlineData(10, new[] { 5, 3, 1 }, new[] { 6, 3, 1 })]
    [InlineData(4, new[] { 3, 5, 0 }, new[] { 2, 2, 0 })]
    [InlineData(4, new[] { 1, 15, 0 }, new[] { 0, 4, 0 })]
    [InlineData(3, new[] { 1, 1, 1, 1 }, new[] { 1, 1, 1, 0 })]
    [InlineData(0, new[] { 1, 2 }, new[] { 0, 0 })]
    public void Whole_quotas_first_and_the_rest_by_remainder(int things, int[] weights, int[] expected)
    {
        var dealt = new int[weights.Length];
        Shares.Deal(things, weights, dealt);
        Assert.Equal(expected, dealt);
    }
}
