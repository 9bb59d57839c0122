using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flms.Core;

namespace Flms.Sim;

/// <summary>How often each length of time was seen: exact count, sum, least and greatest; quantiles to within 1
/// %.</summary>
/// <remarks>
/// Log-linear: each power of two is cut into 64 equal buckets. Recording takes constant time and never allocates; two
/// histograms can be added. Negative lengths do not occur and are refused by a check.
/// </remarks>
public sealed class Histogram
{
    private const int SubBits = 6;
    private const int Sub = 1 << SubBits;
    private readonly uint[] _counts = new uint[(64 - SubBits) * Sub];

    /// <summary>How many were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Their sum in ns, exact: it would take 292 years of waiting to overflow.</summary>
    public long Sum { get; private set; }

    /// <summary>The greatest in ns; 0 if there is none.</summary>
    public long Max { get; private set; }

    /// <summary>The least in ns; 0 if there is none.</summary>
    public long Min { get; private set; }

    /// <summary>The mean in ns; 0 if there is none.</summary>
    public double Mean => Count == 0 ? 0 : (double)Sum / Count;

    /// <summary>Counts one length of time.</summary>
    public void Record(Duration length)
    {
        var ns = length.Ns;
        Check.That(ns >= 0);
        // Every length has its bucket (the last is that of long.MaxValue), so the bound needs no check: its check would
        // load another cache line, which on a large host is a miss.
        Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_counts), Bucket(ns))++;
        if (Count == 0 || ns < Min) Min = ns;
        if (ns > Max) Max = ns;
        Count++;
        Sum += ns;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Used().Clear();
        (Count, Sum, Max, Min) = (0, 0, 0, 0);
    }

    /// <summary>Counts everything that <paramref name="other"/> has counted.</summary>
    public void Add(Histogram other)
    {
        if (other.Count == 0) return;
        var first = Bucket(other.Min);
        var theirs = other.Used();
        for (var i = 0; i < theirs.Length; i++) _counts[first + i] += theirs[i];
        Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        Count += other.Count;
        Sum += other.Sum;
    }

    /// <summary>The length that the given fraction of all do not exceed.</summary>
    /// <param name="fraction">0 to 1.</param>
    /// <returns>In ns, interpolated within its bucket (so within 1/64 of the truth) and never outside what was
    /// seen.</returns>
    public double Quantile(double fraction)
    {
        if (Count == 0) return 0;
        var rank = fraction * Count;
        var below = 0L;
        var first = Bucket(Min);
        var used = Used();
        for (var i = 0; i < used.Length; i++)
        {
            if (used[i] == 0) continue;
            if (below + used[i] >= rank)
            {
                var (low, width) = Range(first + i);
                var x = low + width * Math.Max(0, rank - below) / used[i];
                return Math.Clamp(x, Min, Max);
            }
            below += used[i];
        }
        return Max;
    }

    /// <summary>The distribution as steps, for drawing: each bucket that holds something.</summary>
    /// <returns>The upper end of each bucket in ns, and the fraction of all that do not exceed it.</returns>
    public IReadOnlyList<(double Ns, double Fraction)> Steps()
    {
        var steps = new List<(double, double)>();
        var below = 0L;
        var first = Bucket(Min);
        var used = Used();
        for (var i = 0; i < used.Length; i++)
        {
            if (used[i] == 0) continue;
            below += used[i];
            var (low, width) = Range(first + i);
            steps.Add((Math.Min(low + width, Max), (double)below / Count));
        }
        return steps;
    }

    // The buckets from the least to the greatest that was seen: of 58 octaves a run mostly uses a dozen, and a sweep
    // reads every histogram several times.
    private Span<uint> Used()
    {
        if (Count == 0) return [];
        var first = Bucket(Min);
        return _counts.AsSpan(first, Bucket(Max) + 1 - first);
    }

    private static int Bucket(long ns)
    {
        if (ns < Sub) return (int)ns;
        var octave = 63 - BitOperations.LeadingZeroCount((ulong)ns) - SubBits;
        return (octave << SubBits) + (int)(ns >> octave);
    }

    private static (double Low, double Width) Range(int bucket)
    {
        if (bucket < 2 * Sub) return (bucket, 1);
        var octave = (bucket >> SubBits) - 1;
        return ((double)((long)((bucket & (Sub - 1)) + Sub) << octave), (double)(1L << octave));
    }
}
