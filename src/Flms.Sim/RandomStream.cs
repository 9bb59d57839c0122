using Flms.Core;
using MathNet.Numerics.Random;

namespace Flms.Sim;

/// <summary>One stream of random numbers, for one purpose, made from the scenario's seed.</summary>
/// <remarks>
/// Each workload has its own stream, named by domain, vCPU and place in the list, so the same guests ask for the same
/// work under every scheduler: common random numbers, which make differences between schedulers visible with few runs.
/// </remarks>
public sealed class RandomStream
{
    private readonly Xoshiro256StarStar _source;

    private RandomStream(ulong key) => _source = new Xoshiro256StarStar(unchecked((int)(key ^ key >> 32)), false);

    /// <summary>The stream for a purpose.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="purpose">Numbers that name the purpose; different numbers give unrelated streams.</param>
    public static RandomStream For(ulong seed, params ReadOnlySpan<int> purpose)
    {
        var key = Mix(seed);
        foreach (var n in purpose) key = Mix(key ^ unchecked((ulong)n));
        return new(key);
    }

    /// <summary>A number from 0 up to but not including 1.</summary>
    public double Next() => _source.NextDouble();

    /// <summary>A whole number from <paramref name="least"/> up to but not including
    /// <paramref name="limit"/>.</summary>
    public int Next(int least, int limit) => least + (int)((limit - (long)least) * Next());

    /// <summary>A length of time, uniform from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public Duration Uniform(Duration least, Duration most) =>
        new(least.Ns + (long)((most.Ns - least.Ns) * Next()));

    /// <summary>A length of time, exponentially distributed, at least 1 ns.</summary>
    public Duration Exponential(Duration mean) => new(Math.Max(1, (long)(-Ln(1 - Next()) * mean.Ns)));

    /// <summary>The natural logarithm of a number above 0, the same to the last bit on every machine.</summary>
    /// <remarks>
    /// The C library's differs in its last bit from one machine to the next. This one uses only operations that IEEE
    /// 754 defines exactly: x = m * 2^e with m near 1, and ln m = 2 atanh((m-1)/(m+1)) as its series. Error below 1e-15
    /// relative to 1.
    /// </remarks>
    public static double Ln(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var e = (int)(bits >> 52) - 1023;
        var m = BitConverter.Int64BitsToDouble((bits & ((1L << 52) - 1)) | (1023L << 52));
        if (m > 1.4142135623730951)
        {
            m /= 2;
            e++;
        }
        var s = (m - 1) / (m + 1);
        var square = s * s;
        var sum = 0.0;
        for (var k = 23; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
        return e * 0.6931471805599453 + 2 * s * sum;
    }

    /// <summary>Spreads a number over 64 bits so that neighbours have nothing in common (the finaliser of
    /// SplitMix64).</summary>
    public static ulong Mix(ulong x)
    {
        unchecked
        {
            x += 0x9E3779B97F4A7C15;
            x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
            x = (x ^ x >> 27) * 0x94D049BB133111EB;
            return x ^ x >> 31;
        }
    }
}
