using System.Runtime.CompilerServices;
using Flms.Core;

namespace Flms.Schedulers.Linux;

/// <summary>What a figure has been on average lately: the past counts half as much every 33.55 ms (PELT).</summary>
/// <remarks>
/// The kernel decays in periods of 1.024 * 1024 us, by half in 32 of them, which is 2^25 ns exactly. Here time goes in
/// steps of 2^17 ns (0.13 ms): the level at an update counts for all the steps since the last one.
/// </remarks>
public struct DecayedAverage
{
    /// <summary>The average is kept in units of 1/1024.</summary>
    public const int FractionBits = 10;

    private const int StepBits = 17;
    private const int HalfBits = 8; // steps in a half-life, as a power of two
    private const int Q = 24;

    // 2^(-i/256), in units of 2^-24.
    private static readonly int[] Remains = Table();
    private long _average;
    private long _step;

    /// <summary>The average as of the last update, rounded down.</summary>
    public readonly long Value => _average >> FractionBits;

    /// <summary>The average in 1/1024 of the level's unit.</summary>
    public readonly long Fine => _average;

    /// <summary>Brings the average up to now.</summary>
    /// <param name="level">What the figure has been since the last update; at most 2^27.</param>
    /// <param name="now">The time.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(long level, Instant now)
    {
        var step = now.Ns >> StepBits;
        if (step != _step) Decay(level, step);
    }

    /// <summary>Adds to the average, as when a vCPU brings its own past along.</summary>
    /// <param name="fine">In 1/1024 of the level's unit; may be negative.</param>
    public void Shift(long fine) => _average = Math.Max(0, _average + fine);

    private void Decay(long level, long step)
    {
        var steps = step - _step;
        _step = step;
        var toward = level << FractionBits;
        var halvings = steps >> HalfBits;
        // At most 2^37 * 2^24.
        _average = halvings >= 40 ? toward
            : toward + (((_average - toward) * Remains[(int)steps & ((1 << HalfBits) - 1)]) >> Q >> (int)halvings);
    }

    private static int[] Table()
    {
        const ulong one = 4_599_216_278_082_138_665; // 2^(-1/256), in units of 2^-62
        var table = new int[1 << HalfBits];
        var x = (UInt128)1 << 62;
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = (int)(x >> (62 - Q));
            x = (x * one) >> 62;
        }
        return table;
    }
}
