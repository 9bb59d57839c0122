using Flms.Core;

namespace Flms.Schedulers.Pooled;

/// <summary>Where to cut a collection of small numbers in two, so that the two parts differ most (Otsu 1979).</summary>
/// <remarks>
/// Keeps the last samples. The cut is the number t for which w0 * w1 * (m0 - m1)^2 is greatest, where w0 and m0 are
/// share and mean of the samples up to t, and w1 and m1 those of the samples above. In whole numbers: with n0, n1
/// samples of the sums s0, s1 that is (s0 n1 - s1 n0)^2 / (n0 n1), compared crosswise in 128 bits.
/// </remarks>
public sealed class OtsuThreshold
{
    private readonly int[] _last;
    private readonly int[] _histogram;
    private int _count;
    private int _oldest;

    /// <summary>A collection without samples.</summary>
    /// <param name="samples">How many of the last samples count.</param>
    /// <param name="greatest">Samples are 0 to this; greater ones count as this.</param>
    public OtsuThreshold(int samples, int greatest)
    {
        Check.That(samples > 0 && greatest > 0);
        _last = new int[samples];
        _histogram = new int[greatest + 1];
    }

    /// <summary>Adds a sample, and forgets the oldest if there are too many.</summary>
    public void Add(int sample)
    {
        sample = Math.Clamp(sample, 0, _histogram.Length - 1);
        if (_count == _last.Length) _histogram[_last[_oldest]]--;
        else _count++;
        _last[_oldest] = sample;
        _histogram[sample]++;
        _oldest = (_oldest + 1) % _last.Length;
    }

    /// <summary>The best cut: the parts are those up to it and those above; the lowest of several that are equal; null
    /// if all samples are the same.</summary>
    public int? Cut()
    {
        var all = 0L;
        for (var x = 0; x < _histogram.Length; x++) all += (long)x * _histogram[x];
        int? best = null;
        var (bestSquare, bestWeight) = ((Int128)0, (Int128)1);
        var (n0, s0) = (0L, 0L);
        for (var t = 0; t < _histogram.Length - 1; t++)
        {
            n0 += _histogram[t];
            s0 += (long)t * _histogram[t];
            var n1 = _count - n0;
            if (n0 == 0 || n1 == 0) continue;
            Int128 difference = s0 * n1 - (all - s0) * n0;
            var (square, weight) = (difference * difference, (Int128)(n0 * n1));
            if (square * bestWeight <= bestSquare * weight) continue;
            (best, bestSquare, bestWeight) = (t, square, weight);
        }
        return best;
    }
}
