namespace Flms.Schedulers.Pooled;

/// <summary>Deals out whole things by shares: largest remainder (Hamilton's method).</summary>
internal static class Shares
{
    /// <summary>Deals <paramref name="things"/> in proportion to <paramref name="weights"/>: each gets the whole part
    /// of its quota, and what is left goes to the largest remainders, the lowest index among equals.</summary>
    /// <param name="things">How many there are.</param>
    /// <param name="weights">Not all zero; one that is zero gets nothing.</param>
    /// <param name="dealt">As long as the weights; their sum will be <paramref name="things"/>.</param>
    public static void Deal(int things, ReadOnlySpan<int> weights, Span<int> dealt)
    {
        var all = 0L;
        foreach (var w in weights) all += w;
        var left = things;
        for (var i = 0; i < weights.Length; i++)
        {
            dealt[i] = (int)((long)weights[i] * things / all);
            left -= dealt[i];
        }
        for (; left > 0; left--)
        {
            var best = -1;
            for (var i = 0; i < weights.Length; i++)
                if (best < 0 || Remainder(i, weights, dealt) > Remainder(best, weights, dealt)) best = i;
            dealt[best]++;
        }

        // Once it has got one more, it is below zero.
        long Remainder(int i, ReadOnlySpan<int> weights, Span<int> dealt) =>
            (long)weights[i] * things - dealt[i] * all;
    }
}
