using Flms.Core;
using Flms.TestBed.Measures;

namespace Flms.TestBed.Tests.Measures;

/// <summary>What the pinger prints, and what is made of it.</summary>
public sealed class PingTests
{
    [Fact]
    public void A_line_is_a_ping_and_one_without_an_answer_is_lost()
    {
        var pings = Ping.Parse("1000 20 250000\n2000 0 -1\n");
        Assert.Equal(new Ping(new(1000), 20.Ns, 250.Us, Lost: false), pings[0]);
        Assert.Equal(new Ping(new(2000), 0.Ns, 2.Seconds, Lost: true), pings[1]);
    }

    [Theory]
    [InlineData("pinger: sending: Network is down")]
    [InlineData("1 2\n")]
    [InlineData("1 2 x\n")]
    public void Anything_else_is_refused(string text) => Assert.Throws<FormatException>(() => Ping.Parse(text));

    [Fact]
    public void Percentiles_are_those_of_the_pings_and_lost_ones_are_the_longest()
    {
        var pings = Enumerable.Range(1, 100).Select(i => new Ping(new(i), 10.Us, i.Ms, Lost: false))
            .Append(new(new(101), 10.Us, Ping.Patience, Lost: true));
        var trips = RoundTrips.Of(pings);
        Assert.Equal((101, 1), (trips.Sent, trips.Lost));
        Assert.Equal(51, trips.P50, 9);
        Assert.Equal(91, trips.P90, 9);
        Assert.Equal(100, trips.P99, 9);
        Assert.Equal(2000, trips.Max, 9);
        Assert.Equal(0.01, trips.Late, 9);
    }
}
