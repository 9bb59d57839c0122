using System.Globalization;
using System.Text;

namespace Flms.Agent.Running;

/// <summary>Writes metrics in Prometheus's text form.</summary>
/// <param name="prefix">What all names begin with.</param>
internal sealed class MetricsWriter(string prefix)
{
    private readonly StringBuilder _text = new();

    /// <summary>A metric of one value.</summary>
    public void One(string name, string type, string help, decimal value)
    {
        Head(name, type, help);
        Line(name, "", value);
    }

    /// <summary>A metric's lines begin.</summary>
    public void Head(string name, string type, string help) => _text.Append(CultureInfo.InvariantCulture,
        $"# HELP {prefix}{name} {help}\n# TYPE {prefix}{name} {type}\n");

    /// <summary>A value.</summary>
    /// <param name="name">The metric.</param>
    /// <param name="labels">As in <c>pool="sp"</c>; empty for none.</param>
    /// <param name="value">The value.</param>
    public void Line(string name, string labels, decimal value) => _text.Append(CultureInfo.InvariantCulture,
        $"{prefix}{name}{(labels == "" ? "" : "{" + labels + "}")} {value}\n");

    /// <summary>The lines of a histogram.</summary>
    /// <param name="name">The metric.</param>
    /// <param name="labels">As in <c>class="latency"</c>; empty for none.</param>
    /// <param name="histogram">The values.</param>
    /// <param name="unit">How many of its units are one of the metric's.</param>
    public void Lines(string name, string labels, Histogram histogram, decimal unit)
    {
        var before = labels == "" ? "" : labels + ",";
        for (var i = 0; i < histogram.Bounds.Count; i++)
            Line(name + "_bucket", string.Create(CultureInfo.InvariantCulture,
                $"{before}le=\"{histogram.Bounds[i] / unit}\""), histogram.UpTo(i));
        Line(name + "_bucket", before + "le=\"+Inf\"", histogram.Count);
        Line(name + "_sum", labels, histogram.Sum / unit);
        Line(name + "_count", labels, histogram.Count);
    }

    /// <summary>A label's value: a VM may be called whatever it likes.</summary>
    public static string Escaped(string label) => label.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    /// <inheritdoc />
    public override string ToString() => _text.ToString();
}
