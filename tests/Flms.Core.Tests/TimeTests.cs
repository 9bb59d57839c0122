using Flms.Core;

namespace Flms.Core.Tests;

public sealed class TimeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1ns", 1)]
    [InlineData("30ms", 30_000_000)]
    [InlineData(" 12.3 ms ", 12_300_000)]
    [InlineData("1.5us", 1_500)]
    [InlineData("1.5\u00B5s", 1_500)]
    [InlineData("1.5\u03BCs", 1_500)]
    [InlineData("2s", 2_000_000_000)]
    [InlineData("-3ms", -3_000_000)]
    [InlineData("1min", 60_000_000_000)]
    [InlineData("24h", 86_400_000_000_000)]
    public void A_length_is_read_with_its_unit(string text, long ns)
    {
        Assert.True(Duration.TryParse(text, out var value));
        Assert.Equal(ns, value.Ns);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ms")]
    [InlineData("30")]
    [InlineData("30 parsecs")]
    [InlineData("0.5ns")]
    [InlineData("1e3ms")]
    [InlineData("1,5ms")]
    [InlineData("300000000h")]
    public void What_is_no_whole_number_of_nanoseconds_is_refused(string text) =>
        Assert.False(Duration.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0ns")]
    [InlineData(999, "999ns")]
    [InlineData(1_500, "1.5us")]
    [InlineData(30_000_000, "30ms")]
    [InlineData(1_000_000_001, "1.000000001s")]
    [InlineData(-2_000_000, "-2ms")]
    [InlineData(long.MaxValue, "forever")]
    public void A_length_prints_in_the_largest_unit_that_fits(long ns, string expected) =>
        Assert.Equal(expected, new Duration(ns).ToString());

    [Theory]
    [InlineData(1)]
    [InlineData(1_234_567)]
    [InlineData(987_654_321_012)]
    [InlineData(-5_000)]
    public void What_is_printed_can_be_read_again(long ns)
    {
        Assert.True(Duration.TryParse(new Duration(ns).ToString(), out var value));
        Assert.Equal(ns, value.Ns);
    }

    [Fact]
    public void A_moment_plus_forever_is_never()
    {
        Assert.Equal(Instant.Never, new Instant(5) + Duration.Forever);
        Assert.Equal(Instant.Never, Instant.Never + 1.Ns);
        Assert.Equal("never", Instant.Never.ToString());
    }

    [Fact]
    public void A_moment_may_lie_before_another()
    {
        var (early, late) = (new Instant(10), new Instant(25));
        Assert.Equal(15.Ns, late - early);
        Assert.Equal(new Duration(-15), early - late);
        Assert.True(early < late && early <= late && late > early && late >= early);
        Assert.Equal(early, late + new Duration(-15));
    }

    [Fact]
    public void Arithmetic_of_lengths_overflows_loudly()
    {
        Assert.Throws<OverflowException>(() => Duration.Forever + 1.Ns);
        Assert.Throws<OverflowException>(() => Duration.Forever * 2);
        Assert.Throws<OverflowException>(() => new Duration(long.MinValue) - 1.Ns);
    }

    [Fact]
    public void Units_scale_by_thousands()
    {
        Assert.Equal(1_000, 1.Us.Ns);
        Assert.Equal(1_000.Us, 1.Ms);
        Assert.Equal(1_000.Ms, 1.Seconds);
        Assert.Equal(int.MaxValue * 1_000_000_000L, int.MaxValue.Seconds.Ns);
        Assert.Equal(2.Ms, Duration.Min(2.Ms, 3.Ms));
        Assert.Equal(3.Ms, Duration.Max(2.Ms, 3.Ms));
    }
}
