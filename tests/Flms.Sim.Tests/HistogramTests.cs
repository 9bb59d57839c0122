using Flms.Core;
using Flms.Testing;

namespace Flms.Sim.Tests;

/// <summary>A histogram against the sorted list of what it was told.</summary>
public sealed class HistogramTests
{
    private static (Histogram Histogram, long[] Sorted) Filled(int seed, int count)
    {
        var random = RandomStream.For(11, seed);
        var histogram = new Histogram();
        var all = new long[count];
        for (var i = 0; i < count; i++)
        {
            // Over many orders of magnitude, zero among them.
            all[i] = random.Next(0, 20) == 0 ? 0 : (long)(random.Next() * (1L << random.Next(1, 50)));
            histogram.Record(new(all[i]));
        }
        Array.Sort(all);
        return (histogram, all);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 10)]
    [InlineData(3, 5000)]
    public void Count_sum_mean_least_and_greatest_are_exact(int seed, int count)
    {
        var (h, all) = Filled(seed, count);
        Assert.Equal(count, h.Count);
        Assert.Equal(all.Sum(), h.Sum);
        Assert.Equal((double)all.Sum() / count, h.Mean);
        Assert.Equal(all[0], h.Min);
        Assert.Equal(all[^1], h.Max);
    }

    [Fact]
    public void Quantiles_are_within_a_64th_of_the_truth()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (h, all) = Filled(seed, 3001);
            foreach (var fraction in (double[])[0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1])
            {
                var truth = all[(int)Math.Ceiling(fraction * all.Length) - 1];
                var found = h.Quantile(fraction);
                // One part in 64 for the bucket, and one unit for times so short that a bucket is one unit wide.
                Assert.InRange(found, truth - truth / 64.0 - 1, truth + truth / 64.0 + 1);
            }
            Assert.Equal(all[0], h.Quantile(0));
            Assert.Equal(all[^1], h.Quantile(1));
        }
    }

    [Fact]
    public void One_value_is_its_own_every_quantile()
    {
        var h = new Histogram();
        h.Record(123_456_789.Ns);
        foreach (var fraction in (double[])[0, 0.5, 1]) Assert.Equal(123_456_789, h.Quantile(fraction));
    }

    [Fact]
    public void Steps_rise_to_one_and_say_what_quantiles_say()
    {
        var (h, all) = Filled(5, 2000);
        var steps = h.Steps();
        for (var i = 1; i < steps.Count; i++)
        {
            Assert.True(steps[i].Ns >= steps[i - 1].Ns);
            Assert.True(steps[i].Fraction > steps[i - 1].Fraction);
        }
        Assert.Equal(1, steps[^1].Fraction);
        Assert.Equal(all[^1], steps[^1].Ns);
        foreach (var (ns, fraction) in steps)
        {
            var within = all.Count(x => x <= ns);
            // What lies exactly on the upper end belongs to the next bucket.
            Assert.InRange(fraction * all.Length, all.Count(x => x < ns) - 1e-6, within + 1e-6);
        }
    }

    [Fact]
    public void Two_added_are_as_if_one_had_counted_all()
    {
        var (a, _) = Filled(1, 500);
        var (b, _) = Filled(2, 700);
        var both = new Histogram();
        both.Add(a);
        both.Add(new Histogram());
        both.Add(b);
        Assert.Equal(1200, both.Count);
        Assert.Equal(a.Sum + b.Sum, both.Sum);
        Assert.Equal(Math.Min(a.Min, b.Min), both.Min);
        Assert.Equal(Math.Max(a.Max, b.Max), both.Max);
        Assert.InRange(both.Quantile(0.5), Math.Min(a.Quantile(0.5), b.Quantile(0.5)) - 1,
            Math.Max(a.Quantile(0.5), b.Quantile(0.5)) + 1);
    }

    [Fact]
    public void After_a_reset_nothing_is_left()
    {
        var (h, _) = Filled(1, 100);
        h.Reset();
        Assert.Equal((0, 0, 0, 0, 0.0), (h.Count, h.Sum, h.Min, h.Max, h.Mean));
        Assert.Empty(h.Steps());
        Assert.Equal(0, h.Quantile(0.5));
        h.Record(7.Ns);
        Assert.Equal((7, 7), (h.Min, h.Max));
    }

    [Fact]
    public void The_longest_time_there_is_can_be_recorded_and_a_negative_one_cannot()
    {
        var h = new Histogram();
        h.Record(new(long.MaxValue));
        Assert.Equal(long.MaxValue, h.Max);
        Assert.Throws<PolicyFault>(() => h.Record(new(-1)));
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        Assert.Equal(0, Allocation.Least(() =>
        {
            var h = new Histogram();
            h.Record(1.Ns);
            return () =>
            {
                for (var i = 0; i < 10_000; i++) h.Record(new(i * 1_000_003L));
            };
        }));
    }
}
