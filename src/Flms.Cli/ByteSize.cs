using System.Globalization;

namespace Flms.Cli;

/// <summary>Sizes of files and buffers, as people write them: <c>256MiB</c>.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units =
        [("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30)];

    /// <summary>Reads a whole number with a unit.</summary>
    /// <param name="option">Whose value it is.</param>
    /// <param name="text">As in <c>256MiB</c>.</param>
    /// <param name="min">The least, in bytes.</param>
    /// <param name="max">The most.</param>
    /// <exception cref="Failure">It is none, or out of range.</exception>
    public static long Parse(string option, string text, long min, long max)
    {
        foreach (var (unit, bytes) in Units)
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None,
                    CultureInfo.InvariantCulture, out var n)
                && n <= max / bytes && n * bytes >= min)
                return n * bytes;
        throw Failure.Usage($"{option} {text}: write a size from {Show(min)} to {Show(max)}, as in 256MiB");
    }

    /// <summary>As in <c>3.9 MiB</c>; whole numbers without a point and without the blank, as they are read.</summary>
    public static string Show(long bytes)
    {
        var (unit, size) = Units[0];
        foreach (var (u, s) in Units)
            if (bytes >= s) (unit, size) = (u, s);
        return bytes % size == 0 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / size}{unit}")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)size:0.0} {unit}");
    }
}
