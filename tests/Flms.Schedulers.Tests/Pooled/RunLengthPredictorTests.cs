using Flms.Schedulers.Pooled;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>The run-length predictor, on rows worked out by hand.</summary>
public sealed class RunLengthPredictorTests
{
    private static RunLengthPredictor After(int entries, params ReadOnlySpan<int> states)
    {
        var predictor = new RunLengthPredictor(entries);
        foreach (var s in states) predictor.Observe(s);
        return predictor;
    }

    [Fact]
    public void Before_the_first_state_there_is_no_prediction() => Assert.Equal(-1, After(256).Prediction);

    [Fact]
    public void What_it_has_never_seen_end_it_expects_to_stay()
    {
        Assert.Equal(3, After(256, 3).Prediction);
        Assert.Equal(0, After(256, 0, 0, 0, 0).Prediction);
        Assert.Equal(1, After(256, 0, 0, 1).Prediction);
    }

    [Fact]
    public void A_run_that_has_ended_at_this_length_is_expected_to_end_as_it_did()
    {
        // (0, 3) -> 1 was written when the first three zeros ended.
        Assert.Equal(1, After(256, 0, 0, 0, 1, 0, 0, 0).Prediction);
        // One zero less is another entry, which is empty.
        Assert.Equal(0, After(256, 0, 0, 0, 1, 0, 0).Prediction);
        // (1, 1) -> 0.
        Assert.Equal(0, After(256, 0, 0, 0, 1, 0, 0, 0, 1).Prediction);
    }

    [Fact]
    public void A_run_that_goes_on_beyond_its_prediction_mends_it()
    {
        // The fourth zero shows that (0, 3) -> 1 was wrong this time.
        Assert.Equal(0, After(256, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0).Prediction);
        // And (0, 4) -> 2 was written.
        Assert.Equal(2, After(256, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0).Prediction);
    }

    [Fact]
    public void State_and_run_length_are_told()
    {
        var predictor = After(256, 5, 5, 7, 7, 7);
        Assert.Equal((7, 3), (predictor.State, predictor.Length));
    }

    // With one entry everything falls on it: the tag keeps (1, 1) from answering for (0, 1).
    [Fact]
    public void An_entry_of_another_state_or_length_is_not_taken_for_ones_own()
    {
        Assert.Equal(0, After(1, 0, 1, 0).Prediction);
        Assert.Equal(0, After(1, 0, 1).Prediction == 1 ? 0 : 1);
    }

    [Fact]
    public void A_steady_rhythm_is_predicted_without_a_miss_from_the_second_round_on()
    {
        int[] round = [0, 0, 4, 4, 4, 1, 0];
        var predictor = new RunLengthPredictor(256);
        for (var i = 0; i < 2 * round.Length; i++) predictor.Observe(round[i % round.Length]);
        for (var i = 2 * round.Length; i < 10 * round.Length; i++)
        {
            Assert.Equal(round[i % round.Length], predictor.Prediction);
            predictor.Observe(round[i % round.Length]);
        }
    }
}
