using Flms.TestBed.Guests;

namespace Flms.TestBed.Tests.Guests;

/// <summary>What guests say.</summary>
public sealed class GuestReportTests
{
    [Fact]
    public void A_guest_tells_its_work_its_duty_and_its_period() =>
        Assert.Equal(new(164264, 50, 20000), GuestReport.Parse("loops 164264 duty 50 period 20000"));

    [Theory]
    [InlineData("")]
    [InlineData("loops x duty 50 period 20000")]
    [InlineData("loops 1 duty 50")]
    public void Anything_else_is_refused(string text) =>
        Assert.Throws<FormatException>(() => GuestReport.Parse(text));
}
