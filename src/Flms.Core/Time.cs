using System.Globalization;
using System.Runtime.CompilerServices;

namespace Flms.Core;

/// <summary>A point on the host's time line, in whole nanoseconds since the host began.</summary>
/// <remarks>
/// Range: 0 to <see cref="Never"/> (about 292 years). Ordered by time; equal when the nanoseconds are equal.
/// The default value is <see cref="Zero"/>. There is no clock behind it: a policy is told <c>now</c>.
/// </remarks>
/// <param name="Ns">Nanoseconds since the host began.</param>
public readonly record struct Instant(long Ns) : IComparable<Instant>
{
    /// <summary>The moment the host began.</summary>
    public static readonly Instant Zero = new(0);

    /// <summary>Later than every moment that comes: what "no timer" is written as.</summary>
    public static readonly Instant Never = new(long.MaxValue);

    /// <summary>Adds, and stays at <see cref="Never"/> rather than overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Instant operator +(Instant at, Duration by)
    {
        var sum = unchecked(at.Ns + by.Ns);
        return by.Ns > 0 && sum < at.Ns ? Never : new(sum);
    }

    /// <summary>The time from <paramref name="from"/> to <paramref name="to"/>; negative if it lies behind.</summary>
    public static Duration operator -(Instant to, Instant from) => new(to.Ns - from.Ns);

    /// <summary>Is <paramref name="a"/> earlier than <paramref name="b"/>?</summary>
    public static bool operator <(Instant a, Instant b) => a.Ns < b.Ns;

    /// <summary>Is <paramref name="a"/> later than <paramref name="b"/>?</summary>
    public static bool operator >(Instant a, Instant b) => a.Ns > b.Ns;

    /// <summary>Is <paramref name="a"/> not later than <paramref name="b"/>?</summary>
    public static bool operator <=(Instant a, Instant b) => a.Ns <= b.Ns;

    /// <summary>Is <paramref name="a"/> not earlier than <paramref name="b"/>?</summary>
    public static bool operator >=(Instant a, Instant b) => a.Ns >= b.Ns;

    /// <inheritdoc />
    public int CompareTo(Instant other) => Ns.CompareTo(other.Ns);

    /// <summary>The time since zero with its unit, like <c>12.3ms</c>; <c>never</c> for <see cref="Never"/>.</summary>
    public override string ToString() => this == Never ? "never" : new Duration(Ns).ToString();
}

/// <summary>A length of time in whole nanoseconds; may be negative.</summary>
/// <remarks>
/// Write <c>30.Ms</c>, <c>100.Us</c>, <c>2.Seconds</c>. The default value is <see cref="Zero"/>.
/// Arithmetic is checked: an overflow is a bug and throws.
/// </remarks>
/// <param name="Ns">Nanoseconds.</param>
public readonly record struct Duration(long Ns) : IComparable<Duration>
{
    /// <summary>No time at all.</summary>
    public static readonly Duration Zero = new(0);

    /// <summary>Longer than any run: a slice without an end.</summary>
    public static readonly Duration Forever = new(long.MaxValue);

    /// <summary>Adds two lengths.</summary>
    public static Duration operator +(Duration a, Duration b) => new(a.Ns + b.Ns);

    /// <summary>Takes the second length from the first.</summary>
    public static Duration operator -(Duration a, Duration b) => new(a.Ns - b.Ns);

    /// <summary>That many times the length.</summary>
    public static Duration operator *(Duration a, long times) => new(a.Ns * times);

    /// <summary>The length in that many parts, rounded toward zero.</summary>
    public static Duration operator /(Duration a, long parts) => new(a.Ns / parts);

    /// <summary>Is <paramref name="a"/> shorter than <paramref name="b"/>?</summary>
    public static bool operator <(Duration a, Duration b) => a.Ns < b.Ns;

    /// <summary>Is <paramref name="a"/> longer than <paramref name="b"/>?</summary>
    public static bool operator >(Duration a, Duration b) => a.Ns > b.Ns;

    /// <summary>Is <paramref name="a"/> not longer than <paramref name="b"/>?</summary>
    public static bool operator <=(Duration a, Duration b) => a.Ns <= b.Ns;

    /// <summary>Is <paramref name="a"/> not shorter than <paramref name="b"/>?</summary>
    public static bool operator >=(Duration a, Duration b) => a.Ns >= b.Ns;

    /// <summary>The shorter of the two.</summary>
    public static Duration Min(Duration a, Duration b) => a.Ns < b.Ns ? a : b;

    /// <summary>The longer of the two.</summary>
    public static Duration Max(Duration a, Duration b) => a.Ns > b.Ns ? a : b;

    /// <inheritdoc />
    public int CompareTo(Duration other) => Ns.CompareTo(other.Ns);

    /// <summary>Reads a number with a unit: <c>ns</c>, <c>us</c>, <c>ms</c>, <c>s</c>, <c>min</c> or <c>h</c>, as in
    /// <c>12.3ms</c>.</summary>
    /// <param name="text">What to read; spaces around it and before the unit are allowed.</param>
    /// <param name="value">The length, if it could be read to a whole number of nanoseconds.</param>
    /// <returns>Whether it was a length of time. A bare <c>0</c> needs no unit; every other number does.</returns>
    public static bool TryParse(string text, out Duration value)
    {
        value = Zero;
        var s = text.AsSpan().Trim();
        if (s is "0") return true;
        var digits = s.Length;
        while (digits > 0 && char.IsLetter(s[digits - 1])) digits--;
        var scale = s[digits..] switch
        {
            "ns" => 1m,
            "us" or "\u00B5s" or "\u03BCs" => 1_000m,
            "ms" => 1_000_000m,
            "s" => 1_000_000_000m,
            "min" => 60_000_000_000m,
            "h" => 3_600_000_000_000m,
            _ => 0m,
        };
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (scale == 0m || !decimal.TryParse(s[..digits].TrimEnd(), style, CultureInfo.InvariantCulture, out var n))
            return false;
        if (Math.Abs(n) > long.MaxValue / scale) return false;
        var ns = n * scale;
        if (ns != decimal.Truncate(ns)) return false;
        value = new((long)ns);
        return true;
    }

    /// <summary>The length in the largest unit that is not greater than it, exact: <c>1.5us</c>, <c>30ms</c>,
    /// <c>2s</c>.</summary>
    public override string ToString()
    {
        if (Ns == long.MaxValue) return "forever";
        var (scale, unit) = Math.Abs((decimal)Ns) switch
        {
            >= 1_000_000_000 => (1_000_000_000m, "s"),
            >= 1_000_000 => (1_000_000m, "ms"),
            >= 1_000 => (1_000m, "us"),
            _ => (1m, "ns"),
        };
        return (Ns / scale).ToString("0.#########", CultureInfo.InvariantCulture) + unit;
    }
}

/// <summary>Lengths of time as they are said: <c>30.Ms</c>.</summary>
public static class DurationUnits
{
    extension(int n)
    {
        /// <summary>That many nanoseconds.</summary>
        public Duration Ns => new(n);

        /// <summary>That many microseconds.</summary>
        public Duration Us => new(n * 1_000L);

        /// <summary>That many milliseconds.</summary>
        public Duration Ms => new(n * 1_000_000L);

        /// <summary>That many seconds.</summary>
        public Duration Seconds => new(n * 1_000_000_000L);
    }
}
