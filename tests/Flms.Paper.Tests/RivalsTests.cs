namespace Flms.Paper.Tests;

public sealed class RivalsTests
{
    [Fact]
    public void A_rival_that_is_better_is_named_with_what_it_pays()
    {
        var told = Rivals.Of(Sample.Result(("flms", [4, 4.1], [100, 101]), ("short", [1, 1.1], [50, 51])));

        var sentence = Assert.Single(told);
        Assert.StartsWith("flms loses in mean (4.05 ms) to short (1.05 ms, but rate 50.5 /s against 100 /s)", sentence);
    }

    [Fact]
    public void A_rival_that_is_better_in_everything_is_said_to_be() => Assert.Contains("worse in nothing",
        Assert.Single(Rivals.Of(Sample.Result(("flms", [4, 4.1], [100, 101]), ("best", [1, 1.1], [200, 201])))));

    [Fact]
    public void Nothing_is_said_within_the_uncertainty_or_of_other_readings_of_flms()
    {
        Assert.Empty(Rivals.Of(Sample.Result(("flms", [4, 5], [1, 1]), ("other", [4.4, 4.5], [1, 1]))));
        Assert.Empty(Rivals.Of(Sample.Result(("flms-x", [4, 4.1], [1, 1]), ("flms-y", [1, 1.1], [1, 1]))));
    }

    [Fact]
    public void Nobody_is_ranked_where_a_system_has_several_points() => Assert.Empty(Rivals.Of(Sample.Result(
        ("flms", [4, 4.1], [1, 1]), ("flms", [5, 5.1], [1, 1]), ("short", [1, 1.1], [2, 2]))));
}
