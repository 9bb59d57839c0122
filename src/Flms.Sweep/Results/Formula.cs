using System.Text.RegularExpressions;
using Flms.Sweep.Points;

namespace Flms.Sweep.Results;

/// <summary>A figure made of a point's measures: <c>web.ping.rtt_ms.p99</c>, <c>batch*.cpu_share</c>,
/// <c>*.cpu_share - web.cpu_share</c>.</summary>
/// <remarks>Terms are added and subtracted (with spaces around the sign). A <c>*</c> stands for any letters, and means
/// the sum of all measures that match. A distribution's mean is taken, or what the ending says: mean, p50, p90, p99,
/// max, n.</remarks>
public sealed class Formula
{
    private static readonly string[] Endings = ["mean", "p50", "p90", "p99", "max", "n"];

    private readonly List<(int Sign, Regex Name, string Ending)> _terms = [];

    private Formula(string text) => Text = text;

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Its unit, such as <c>ms</c> or <c>/s</c>; empty for a pure number.</summary>
    public string Unit => _terms.TrueForAll(t => t.Ending == "n") ? ""
        : Text.Contains("_ms", StringComparison.Ordinal) ? "ms"
        : Text.Contains("_per_s", StringComparison.Ordinal) ? "/s"
        : "";

    /// <summary>Reads a formula.</summary>
    /// <param name="text">As the class shows.</param>
    /// <returns>Null if a term is missing.</returns>
    public static Formula? Parse(string text)
    {
        var formula = new Formula(text.Trim());
        var sign = 1;
        var wantsTerm = true;
        foreach (var word in formula.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word is "+" or "-")
            {
                if (wantsTerm) return null;
                (sign, wantsTerm) = (word == "+" ? 1 : -1, true);
                continue;
            }
            if (!wantsTerm) return null;
            wantsTerm = false;
            var dot = word.LastIndexOf('.');
            var ending = dot > 0 && Endings.Contains(word[(dot + 1)..]) ? word[(dot + 1)..] : "";
            var name = ending == "" ? word : word[..dot];
            formula._terms.Add((sign, new($"^{Regex.Escape(name).Replace("\\*", ".*", StringComparison.Ordinal)}$",
                RegexOptions.CultureInvariant), ending));
        }
        return wantsTerm ? null : formula;
    }

    /// <summary>The figure for one point; null if nothing that it adds was measured.</summary>
    public double? Of(PointResult result)
    {
        var sum = 0.0;
        var any = false;
        foreach (var (sign, name, ending) in _terms)
            foreach (var figure in result.Figures)
            {
                if (!name.IsMatch(figure.Measure) || Part(figure, ending) is not { } value) continue;
                sum += sign * value;
                any |= sign > 0;
            }
        return any ? sum : null;
    }

    private static double? Part(PointFigure figure, string ending) => ending switch
    {
        "p50" => figure.P50,
        "p90" => figure.P90,
        "p99" => figure.P99,
        "max" => figure.Max,
        "n" => figure.N,
        _ => figure.Mean,
    };
}
