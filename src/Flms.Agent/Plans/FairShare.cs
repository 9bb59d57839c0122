namespace Flms.Agent.Plans;

/// <summary>Max-min fair shares, found as water finds its level: who wants less than the level gets what it wants, all
/// others get the same.</summary>
public static class FairShare
{
    /// <summary>What one gets that could use anything, beside others.</summary>
    /// <param name="capacity">What there is to share.</param>
    /// <param name="others">What the others want, ascending.</param>
    /// <param name="except">Place of one of them that is left out: the one who asks; -1 for none.</param>
    public static long Beside(long capacity, ReadOnlySpan<long> others, int except = -1)
    {
        var count = others.Length + (except >= 0 ? 0 : 1);
        for (var i = 0; i < others.Length; i++)
        {
            if (i == except) continue;
            if (others[i] * count >= capacity) break;
            capacity -= others[i];
            count--;
        }
        return Math.Max(0, capacity) / count;
    }
}
