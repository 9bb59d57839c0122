using System.Globalization;

namespace Flms.Core;

/// <summary>A rational number: how an option says 0.125 without floating point.</summary>
/// <param name="Num">Numerator.</param>
/// <param name="Den">Denominator, above zero.</param>
public readonly record struct Fraction(long Num, long Den)
{
    /// <summary>Reads <c>0.125</c>, <c>1/8</c> or <c>2</c>.</summary>
    /// <param name="text">What to read.</param>
    /// <param name="value">The number, reduced.</param>
    /// <returns>Whether it was a number with at most nine decimals.</returns>
    public static bool TryParse(string text, out Fraction value)
    {
        value = new(0, 1);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            if (!long.TryParse(text.AsSpan(0, slash), CultureInfo.InvariantCulture, out var n)) return false;
            if (!long.TryParse(text.AsSpan(slash + 1), CultureInfo.InvariantCulture, out var d) || d <= 0) return false;
            value = Reduced(n, d);
            return true;
        }
        if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture, out var x)) return false;
        var scaled = Math.Abs(x) < 1_000_000_000m ? x * 1_000_000_000m : 0.5m;
        if (scaled != decimal.Truncate(scaled)) return false;
        value = Reduced((long)scaled, 1_000_000_000);
        return true;
    }

    /// <summary>The whole part of this fraction of <paramref name="x"/>, rounded toward negative infinity.</summary>
    /// <remarks>The product is taken in 128 bits, so it cannot overflow.</remarks>
    public long Of(long x)
    {
        // Nearly always both are small, and a division in 64 bits takes a tenth of the time.
        if (x is >= 0 and <= int.MaxValue && Num is >= 0 and <= int.MaxValue) return x * Num / Den;
        var product = (Int128)x * Num;
        var whole = product / Den;
        if (product < 0 && whole * Den != product) whole -= 1;
        return (long)whole;
    }

    /// <summary>The number as a decimal, like <c>0.125</c>, or as <c>1/3</c> where no short decimal is exact.</summary>
    public override string ToString()
    {
        var x = (decimal)Num / Den;
        var text = x.ToString("0.#########", CultureInfo.InvariantCulture);
        return decimal.Parse(text, CultureInfo.InvariantCulture) * Den == Num ? text : $"{Num}/{Den}";
    }

    private static Fraction Reduced(long n, long d)
    {
        var (a, b) = (Math.Abs(n), d);
        while (b != 0) (a, b) = (b, a % b);
        return a == 0 ? new(0, 1) : new(n / a, d / a);
    }
}
