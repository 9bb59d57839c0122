namespace Flms.Report.Tests;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.00003125, "0.0000313")]
    [InlineData(0.0323, "0.0323")]
    [InlineData(1.234, "1.23")]
    [InlineData(16.85, "16.9")]
    [InlineData(812.4, "812")]
    [InlineData(12345.6, "12,346")]
    [InlineData(-2.5, "-2.50")]
    [InlineData(double.NaN, "-")]
    [InlineData(1e-9, "1e-9")]
    public void Three_digits_are_shown(double value, string expected) => Assert.Equal(expected, Figures.Show(value));

    [Theory]
    [InlineData(16.85, "ms", "16.9 ms")]
    [InlineData(812, "/s", "812/s")]
    [InlineData(0.5, "", "0.500")]
    [InlineData(double.NaN, "ms", "-")]
    public void The_unit_follows_the_figure(double value, string unit, string expected) =>
        Assert.Equal(expected, Figures.Show(value, unit));

    [Theory]
    [InlineData(16.85, 15.95, 17.75, "0.9")]
    [InlineData(812, 800, 824, "12")]
    [InlineData(16.75, 16.734375, 16.765625, "<0.1")]
    [InlineData(2, 2, 2, "0.00")]
    public void Half_an_interval_has_the_decimals_of_its_mean(double mean, double low, double high, string expected) =>
        Assert.Equal(expected, Figures.HalfWidth(mean, [low, high]));

    [Fact]
    public void No_interval_has_no_width() => Assert.Equal("", Figures.HalfWidth(1, []));
}
