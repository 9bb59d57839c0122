using System.Globalization;
using System.Text;

namespace Flms.Agent.Linux;

/// <summary>Sets of CPUs as Linux lists them: <c>0-3,8</c>.</summary>
public static class CpuList
{
    /// <summary>Reads a list.</summary>
    /// <param name="text">As in <c>0-3,8</c>; empty for none.</param>
    /// <param name="most">Numbers must be less than this.</param>
    /// <param name="cpus">The numbers, ascending, each once.</param>
    public static bool TryParse(string text, int most, out List<int> cpus)
    {
        cpus = [];
        var set = new SortedSet<int>();
        foreach (var part in text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (!TryNumber(dash < 0 ? part : part[..dash], most, out var first)) return false;
            var last = first;
            if (dash >= 0 && !TryNumber(part[(dash + 1)..], most, out last)) return false;
            if (last < first) return false;
            for (var n = first; n <= last; n++) set.Add(n);
        }
        cpus.AddRange(set);
        return true;
    }

    /// <summary>Writes a list; empty for none.</summary>
    /// <param name="cpus">Ascending, each once.</param>
    public static string Of(IReadOnlyList<int> cpus)
    {
        var text = new StringBuilder();
        for (var i = 0; i < cpus.Count; i++)
        {
            var first = cpus[i];
            while (i + 1 < cpus.Count && cpus[i + 1] == cpus[i] + 1) i++;
            if (text.Length > 0) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{first}");
            if (cpus[i] > first) text.Append(CultureInfo.InvariantCulture, $"-{cpus[i]}");
        }
        return text.ToString();
    }

    private static bool TryNumber(string text, int most, out int number) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < most;
}
