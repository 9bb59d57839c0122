using System.Globalization;
using System.Text;

namespace Flms.Bench.Growth;

/// <summary>Results of <see cref="GrowthBench"/> as a picture: three panels over the size of the host.</summary>
/// <remarks>The same results give the same bytes. Both axes are logarithmic in every panel, so that a straight line is
/// a power of the size, and its slope the exponent.</remarks>
public static class GrowthSvg
{
    private const int Width = 960;
    private const int Height = 380;
    private const int Left = 56;
    private const int Top = 70;
    private const int PanelWidth = 236;
    private const int PanelHeight = 240;
    private const int PanelStep = 312;

    // Okabe and Ito's colours, which differ for every eye; the bare loop is grey.
    private static readonly string[] _colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;

    /// <summary>Draws them.</summary>
    /// <param name="results">What <see cref="GrowthBench.Run"/> returned; at least two sizes.</param>
    /// <returns>An SVG document, ending in a newline.</returns>
    public static string Draw(IReadOnlyList<GrowthResult> results)
    {
        var svg = new StringBuilder();
        svg.AppendLine(Invariant, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}"
              font-family="sans-serif" font-size="11" fill="#222">
            <rect width="{Width}" height="{Height}" fill="#fff"/>
            """);
        var schedulers = results.Select(r => r.Scheduler).Distinct().ToList();
        Legend(svg, schedulers);
        Panel(svg, 0, "simulated seconds in a second of CPU time", results, schedulers, r => r.SimulatedPerSecond);
        Panel(svg, 1, "CPU time for an event, ns", results, schedulers, r => r.NsPerEvent);
        Panel(svg, 2, "memory, MB", results, schedulers, r => r.Bytes / 1e6);
        svg.AppendLine("</svg>");
        return svg.ToString().ReplaceLineEndings("\n");
    }

    private static void Legend(StringBuilder svg, List<string> schedulers)
    {
        var x = Left;
        for (var i = 0; i < schedulers.Count; i++)
        {
            svg.AppendLine(Invariant, $"""<line x1="{x}" y1="20" x2="{x + 24}" y2="20" {Stroke(schedulers, i)}/>""");
            svg.AppendLine(Invariant, $"""<text x="{x + 30}" y="24">{schedulers[i]}</text>""");
            x += 48 + 7 * schedulers[i].Length;
        }
    }

    private static void Panel(StringBuilder svg, int number, string title, IReadOnlyList<GrowthResult> results,
        List<string> schedulers, Func<GrowthResult, double> value)
    {
        var x0 = Left + number * PanelStep;
        var (low, high) = (Decade(results.Min(value), down: true), Decade(results.Max(value), down: false));
        double X(GrowthResult r) => x0 + PanelWidth
            * (Math.Log(r.Vcpus) - Math.Log(results.Min(o => o.Vcpus)))
            / (Math.Log(results.Max(o => o.Vcpus)) - Math.Log(results.Min(o => o.Vcpus)));
        double Y(double v) => Top + PanelHeight * (high - Math.Log10(v)) / (high - low);

        svg.AppendLine(Invariant, $"""<text x="{x0}" y="{Top - 14}" font-size="12">{title}</text>""");
        for (var d = low; d <= high; d++)
        {
            var y = Y(Math.Pow(10, d));
            svg.AppendLine(Invariant,
                $"""<line x1="{x0}" y1="{y:0.0}" x2="{x0 + PanelWidth}" y2="{y:0.0}" stroke="#ddd"/>""");
            svg.AppendLine(Invariant,
                $"""<text x="{x0 - 6}" y="{y + 4:0.0}" text-anchor="end">{Power(d)}</text>""");
        }
        foreach (var size in results.DistinctBy(r => r.Vcpus))
        {
            var (x, y) = (X(size), Top + PanelHeight);
            svg.AppendLine(Invariant, $"""
                <line x1="{x:0.0}" y1="{Top}" x2="{x:0.0}" y2="{y}" stroke="#eee"/>
                <text x="{x:0.0}" y="{y + 16}" text-anchor="middle">{size.Vcpus}</text>
                <text x="{x:0.0}" y="{y + 30}" text-anchor="middle" fill="#777">{size.Pcpus}</text>
                """);
        }
        svg.AppendLine(Invariant, $"""
            <text x="{x0}" y="{Top + PanelHeight + 48}">vCPUs<tspan fill="#777">, below them pCPUs</tspan></text>
            """);
        for (var i = 0; i < schedulers.Count; i++) Line(svg, results, schedulers, i, X, r => Y(value(r)));
    }

    private static void Line(StringBuilder svg, IReadOnlyList<GrowthResult> results, List<string> schedulers,
        int number, Func<GrowthResult, double> x, Func<GrowthResult, double> y)
    {
        var points = results.Where(r => r.Scheduler == schedulers[number]).ToList();
        var path = string.Join(' ', points.Select(r => string.Create(Invariant, $"{x(r):0.0},{y(r):0.0}")));
        svg.AppendLine(Invariant, $"""<polyline points="{path}" fill="none" {Stroke(schedulers, number)}/>""");
        foreach (var r in points)
            svg.AppendLine(Invariant,
                $"""<circle cx="{x(r):0.0}" cy="{y(r):0.0}" r="2.5" fill="{Colour(schedulers, number)}"/>""");
    }

    private static string Stroke(List<string> schedulers, int number) =>
        $"stroke=\"{Colour(schedulers, number)}\" stroke-width=\"2\""
        + (schedulers[number] == SpeedBench.BareLoopName ? " stroke-dasharray=\"5 3\"" : "");

    private static string Colour(List<string> schedulers, int number) =>
        schedulers[number] == SpeedBench.BareLoopName ? "#777"
            : _colours[(number - (schedulers[0] == SpeedBench.BareLoopName ? 1 : 0)) % _colours.Length];

    private static int Decade(double value, bool down) =>
        (int)(down ? Math.Floor(Math.Log10(value)) : Math.Ceiling(Math.Log10(value)));

    private static string Power(int decade) => Math.Pow(10, decade).ToString("0.######", Invariant);
}
