namespace Flms.Cli;

/// <summary>Finds what somebody probably meant.</summary>
internal static class Spelling
{
    /// <summary>The known word that is nearest to <paramref name="word"/>; null if none is near.</summary>
    /// <remarks>Near is: one begins with the other, or at most a third of the letters (at least two) differ. Among
    /// equals the first known word wins.</remarks>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        string? best = null;
        var least = Math.Max(2, word.Length / 3) + 1;
        foreach (var candidate in known)
        {
            var starts = word.Length >= 2 && candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase);
            var distance = starts ? 1 : Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance >= least || distance >= candidate.Length) continue;
            least = distance;
            best = candidate;
        }
        return best;
    }

    /// <summary><c>; did you mean X?</c>, or nothing.</summary>
    public static string Hint(string word, IEnumerable<string> known) =>
        Nearest(word, known) is { } near ? $"; did you mean {near}?" : "";

    // Insertions, deletions, replacements, and swaps of neighbours (optimal string alignment).
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                var change = a[i - 1] == b[j - 1] ? 0 : 1;
                rows[i, j] = Math.Min(rows[i - 1, j - 1] + change, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        return rows[a.Length, b.Length];
    }
}
