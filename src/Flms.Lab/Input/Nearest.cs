namespace Flms.Lab.Input;

/// <summary>Guesses what was meant by a name that does not exist.</summary>
public static class Nearest
{
    /// <summary>The known name that is the fewest changed letters away from <paramref name="name"/>.</summary>
    /// <returns>Null if none is near: more than a third of its letters differ, and it is no beginning of any. Among
    /// equals the first known name.</returns>
    public static string? To(string name, IEnumerable<string> known)
    {
        if (name.Length > 100) return null;
        string? best = null;
        var least = int.MaxValue;
        foreach (var k in known)
        {
            var begins = name.Length >= 2 && k.StartsWith(name, StringComparison.OrdinalIgnoreCase);
            var d = begins ? 1
                : Distance(name.ToLowerInvariant().Replace('-', '_'), k.ToLowerInvariant().Replace('-', '_'));
            if (d >= least) continue;
            (best, least) = (k, d);
        }
        return best != null && least <= Math.Max(1, Math.Max(name.Length, best.Length) / 3) ? best : null;
    }

    /// <summary><c>; did you mean X?</c>, or nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known) =>
        To(name, known) is { } near ? $"; did you mean {near}?" : "";

    /// <summary>Advice for a name that does not exist: the nearest one, or all of them.</summary>
    public static string Advice(string name, IReadOnlyCollection<string> known) =>
        To(name, known) is { } near ? $"did you mean {near}?" : $"known: {string.Join(", ", known)}";

    // Letters to insert, delete, change or swap with their neighbour (Damerau and Levenshtein, restricted).
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var change = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
