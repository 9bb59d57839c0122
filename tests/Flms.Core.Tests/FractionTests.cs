using Flms.Core;

namespace Flms.Core.Tests;

public sealed class FractionTests
{
    [Theory]
    [InlineData("0.125", 1, 8)]
    [InlineData("1/8", 1, 8)]
    [InlineData("6/4", 3, 2)]
    [InlineData("2", 2, 1)]
    [InlineData("0", 0, 1)]
    [InlineData("-0.5", -1, 2)]
    [InlineData("0.000000001", 1, 1_000_000_000)]
    public void It_is_read_exactly_and_reduced(string text, long num, long den)
    {
        Assert.True(Fraction.TryParse(text, out var value));
        Assert.Equal(new Fraction(num, den), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("1/0")]
    [InlineData("1/-2")]
    [InlineData("0.0000000001")]
    [InlineData("1e9")]
    [InlineData("2000000000")]
    public void What_has_no_exact_form_is_refused(string text) => Assert.False(Fraction.TryParse(text, out _));

    [Theory]
    [InlineData(1, 3, 10, 3)]
    [InlineData(1, 3, -10, -4)]
    [InlineData(-1, 3, 10, -4)]
    [InlineData(7, 8, 16, 14)]
    [InlineData(999_999_999, 1_000_000_000, long.MaxValue, 9_223_372_027_631_403_770)]
    public void A_part_of_a_number_is_rounded_down_and_never_overflows(long num, long den, long of, long expected) =>
        Assert.Equal(expected, new Fraction(num, den).Of(of));

    [Theory]
    [InlineData(1, 8, "0.125")]
    [InlineData(1, 3, "1/3")]
    [InlineData(2, 1, "2")]
    public void It_prints_as_a_decimal_where_that_is_exact(long num, long den, string expected) =>
        Assert.Equal(expected, new Fraction(num, den).ToString());
}
