namespace Flms.Agent.Running;

/// <summary>Counts values by bounds, as Prometheus's histograms do. Adding allocates nothing.</summary>
/// <param name="bounds">Ascending, in whatever unit the values have.</param>
public sealed class Histogram(params long[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];

    /// <summary>The bounds.</summary>
    public IReadOnlyList<long> Bounds => bounds;

    /// <summary>How many values there were.</summary>
    public long Count { get; private set; }

    /// <summary>Their sum.</summary>
    public long Sum { get; private set; }

    /// <summary>A value.</summary>
    public void Add(long value)
    {
        var i = 0;
        while (i < bounds.Length && value > bounds[i]) i++;
        _counts[i]++;
        Count++;
        Sum += value;
    }

    /// <summary>How many values were at most the bound of that number.</summary>
    public long UpTo(int bound)
    {
        long n = 0;
        for (var i = 0; i <= bound; i++) n += _counts[i];
        return n;
    }
}
