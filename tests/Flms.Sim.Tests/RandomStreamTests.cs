using Flms.Core;

namespace Flms.Sim.Tests;

/// <summary>Streams of random numbers: the same everywhere, unrelated to each other, and distributed as they
/// say.</summary>
public sealed class RandomStreamTests
{
    [Fact]
    public void The_logarithm_is_that_of_the_C_library_to_its_last_bits()
    {
        var random = RandomStream.For(1, 1);
        for (var i = 0; i < 100_000; i++)
        {
            var u = random.Next();
            var x = (i % 3) switch { 0 => 1 - u, 1 => u * 1e-9 + 1e-300, _ => u * 1e12 + 1 };
            var truth = Math.Log(x);
            Assert.Equal(truth, RandomStream.Ln(x), 4e-15 * Math.Max(1, Math.Abs(truth)));
        }
        Assert.Equal(0, RandomStream.Ln(1));
        Assert.Equal(Math.Log(2), RandomStream.Ln(2), 1e-15);
    }

    [Fact]
    public void The_same_seed_and_purpose_give_the_same_numbers()
    {
        var (a, b) = (RandomStream.For(5, 1, 2, 3), RandomStream.For(5, 1, 2, 3));
        for (var i = 0; i < 1000; i++) Assert.Equal(a.Next(), b.Next());
    }

    [Fact]
    public void The_numbers_are_those_of_every_machine()
    {
        // Written down once, so that another version of .NET or of the library that draws otherwise is noticed.
        var stream = RandomStream.For(42, 0, 1, 2);
        long[] drawn =
        [
            (long)(stream.Next() * 1e15), (long)(stream.Next() * 1e15), stream.Next(0, 1000),
            stream.Exponential(1.Seconds).Ns,
        ];
        Assert.Equal([76_159_977_655_069, 415_487_698_629_262, 509, 39_599_981], drawn);
    }

    [Fact]
    public void Streams_for_different_purposes_and_seeds_are_unrelated()
    {
        const int n = 4000;
        RandomStream[] streams =
        [
            RandomStream.For(1, 0), RandomStream.For(1, 1), RandomStream.For(2, 0), RandomStream.For(1, 0, 0),
            RandomStream.For(1, 0, 1), RandomStream.For(1, 1, 0),
        ];
        var numbers = streams.Select(s => Enumerable.Range(0, n).Select(_ => s.Next() - 0.5).ToArray()).ToArray();
        for (var i = 0; i < numbers.Length; i++)
            for (var j = 0; j < i; j++)
            {
                var correlation = numbers[i].Zip(numbers[j], (x, y) => x * y).Average() * 12;
                Assert.InRange(correlation, -4 / Math.Sqrt(n), 4 / Math.Sqrt(n));
            }
    }

    [Fact]
    public void Uniform_numbers_have_the_moments_of_uniform_numbers()
    {
        var stream = RandomStream.For(3, 3);
        var x = Enumerable.Range(0, 100_000).Select(_ => stream.Next()).ToArray();
        Assert.All(x, v => Assert.InRange(v, 0, 0.9999999999999999));
        Assert.InRange(x.Average(), 0.496, 0.504);
        Assert.InRange(x.Select(v => v * v).Average(), 0.329, 0.338);
    }

    [Fact]
    public void Whole_numbers_reach_both_ends_and_nothing_beyond()
    {
        var stream = RandomStream.For(3, 4);
        var seen = Enumerable.Range(0, 1000).Select(_ => stream.Next(-2, 3)).ToHashSet();
        Assert.Equal([-2, -1, 0, 1, 2], seen.Order());
    }

    [Fact]
    public void Exponential_times_have_the_moments_of_exponential_times()
    {
        var stream = RandomStream.For(3, 5);
        var x = Enumerable.Range(0, 200_000).Select(_ => (double)stream.Exponential(1.Ms).Ns / 1e6).ToArray();
        Assert.InRange(x.Average(), 0.99, 1.01);
        Assert.InRange(x.Select(v => v * v).Average(), 1.95, 2.05);
        Assert.InRange(x.Count(v => v > 1) / (double)x.Length, 0.363, 0.373);
        Assert.True(x.Min() > 0);
    }

    [Fact]
    public void Uniform_times_stay_within_their_bounds()
    {
        var stream = RandomStream.For(3, 6);
        var x = Enumerable.Range(0, 10_000).Select(_ => stream.Uniform(18.Ms, 55.Ms)).ToArray();
        Assert.All(x, v => Assert.InRange(v.Ns, 18_000_000, 55_000_000));
        Assert.InRange(x.Average(v => v.Ns), 36.1e6, 36.9e6);
    }
}
