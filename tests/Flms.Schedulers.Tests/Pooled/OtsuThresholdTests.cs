using Flms.Schedulers.Pooled;

namespace Flms.Schedulers.Tests.Pooled;

/// <summary>Otsu's threshold, on samples worked out by hand.</summary>
public sealed class OtsuThresholdTests
{
    private static int? Cut(int keep, params ReadOnlySpan<int> samples)
    {
        var otsu = new OtsuThreshold(keep, 255);
        foreach (var s in samples) otsu.Add(s);
        return otsu.Cut();
    }

    [Fact]
    public void Samples_that_are_all_equal_cannot_be_parted()
    {
        Assert.Null(Cut(200));
        Assert.Null(Cut(200, 7));
        Assert.Null(Cut(200, 7, 7, 7));
    }

    [Fact]
    public void The_lowest_of_equal_cuts_is_taken() => Assert.Equal(0, Cut(200, 0, 10, 0, 10));

    [Fact]
    public void The_cut_lies_between_two_heaps() => Assert.Equal(1, Cut(200, 0, 1, 9, 10));

    // Of 0 0 0 0 5 6: up to 0 it is (0 * 2 - 11 * 4)^2 / (4 * 2) = 242; up to 5 it is (5 * 1 - 6 * 5)^2 / (5 * 1) =
    // 125.
    [Fact]
    public void The_greatest_difference_between_the_parts_wins() => Assert.Equal(0, Cut(200, 0, 5, 0, 6, 0, 0));

    // Of 1 2 3 4 100: up to 4 it is (10 * 1 - 100 * 4)^2 / 4 = 38025; up to 3, (6 * 2 - 104 * 3)^2 / 6 = 15000.
    [Fact]
    public void One_sample_far_off_is_parted_from_all_others() => Assert.Equal(4, Cut(200, 4, 3, 100, 2, 1));

    [Fact]
    public void Only_the_last_samples_count()
    {
        Assert.Null(Cut(3, 0, 9, 9, 9));
        Assert.Equal(1, Cut(3, 100, 1, 9, 9));
    }

    [Fact]
    public void Samples_beyond_the_range_count_as_its_end() => Assert.Equal(0, Cut(200, -5, 1_000_000));

    // A brute search in floating point, over many random collections.
    [Fact]
    public void It_agrees_with_the_formula_of_the_paper()
    {
        var state = 12345u;
        for (var round = 0; round < 200; round++)
        {
            var samples = new int[2 + Next(30)];
            for (var i = 0; i < samples.Length; i++) samples[i] = Next(12);
            var (best, at) = (0.0, (int?)null);
            for (var t = 0; t < 12; t++)
            {
                var low = samples.Where(s => s <= t).ToArray();
                var high = samples.Where(s => s > t).ToArray();
                if (low.Length == 0 || high.Length == 0) continue;
                var between = (double)low.Length * high.Length * Math.Pow(low.Average() - high.Average(), 2);
                if (between > best * (1 + 1e-12)) (best, at) = (between, t);
            }
            Assert.Equal(at, Cut(200, samples));
        }

        int Next(int below)
        {
            state = unchecked(state * 1_664_525u + 1_013_904_223u);
            return (int)((state >> 8) % (uint)below);
        }
    }
}
