using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Flms.Core;
using Flms.Lab.Scenarios;

namespace Flms.Sweep.Plans;

/// <summary>Writes everything that a run depends on as one text, whose hash names the run.</summary>
/// <remarks>
/// The text is made from what was understood, not from what was written: comments, the order of keys, the names of
/// files and of schedulers in a comparison do not count. Properties are found by reflection, so that a setting added
/// later counts from its first day; a type that is not known here is an error, never left out.
/// </remarks>
internal static class Canonical
{
    private const int Digits = 32;

    /// <summary>The text of everything but the seed.</summary>
    public static string Text(Scenario scenario, SchedulerChoice choice)
    {
        var text = new StringBuilder();
        Put(text, "version", SweepVersion.Text);
        Put(text, "warmup", scenario.Warmup);
        Put(text, "duration", scenario.Duration);
        Put(text, "policy", choice.Entry.Name);
        Put(text, "options", choice.Options);
        Put(text, "topology", scenario.Topology);
        Put(text, "costs", scenario.Costs);
        Put(text, "network", scenario.Network);
        Put(text, "disk", scenario.Disk);
        Put(text, "domains", scenario.Domains);
        Put(text, "operations", scenario.Operations);
        return text.ToString();
    }

    /// <summary>A name for a text: the first 32 hexadecimal digits of its SHA-256.</summary>
    public static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Digits];

    private static void Put(StringBuilder text, string name, object? value)
    {
        text.Append(name).Append('=');
        Write(text, value);
        text.Append('\n');
    }

    private static void Write(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null: text.Append('-'); break;
            case string s:
                text.Append('"').Append(s.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
                break;
            case bool b: text.Append(b ? "true" : "false"); break;
            case Enum e: text.Append(e); break;
            case Duration d: text.Append(d.Ns).Append("ns"); break;
            case Instant i: text.Append(i.Ns).Append("ns"); break;
            case Fraction f: text.Append(f.Num).Append('/').Append(f.Den); break;
            case CpuMask m: text.Append('{').Append(m).Append('}'); break;
            case Topology t: WriteTopology(text, t); break;
            case IEnumerable list: WriteList(text, list); break;
            case IFormattable n when value.GetType().IsPrimitive:
                text.Append(n.ToString(null, CultureInfo.InvariantCulture));
                break;
            default: WriteRecord(text, value); break;
        }
    }

    private static void WriteTopology(StringBuilder text, Topology topology)
    {
        for (var p = 0; p < topology.Count; p++)
        {
            var id = new PcpuId(p);
            text.Append(p == 0 ? "" : " ").Append(topology.CoreOf(id)).Append(':').Append(topology.SocketOf(id))
                .Append(':').Append(topology.NodeOf(id));
        }
    }

    private static void WriteList(StringBuilder text, IEnumerable list)
    {
        text.Append('[');
        foreach (var item in list)
        {
            Write(text, item);
            text.Append(',');
        }
        text.Append(']');
    }

    private static void WriteRecord(StringBuilder text, object value)
    {
        var type = value.GetType();
        if (type.Namespace?.StartsWith("Flms.", StringComparison.Ordinal) != true)
            throw new NotSupportedException($"{type} has no canonical form");
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetIndexParameters().Length == 0).OrderBy(p => p.Name, StringComparer.Ordinal).ToList();
        if (properties.Count == 0 && type.GetFields(BindingFlags.Public | BindingFlags.Instance).Length > 0)
            throw new NotSupportedException($"{type} has no canonical form");
        text.Append(type.Name).Append('(');
        foreach (var property in properties)
        {
            text.Append(property.Name).Append('=');
            Write(text, property.GetValue(value));
            text.Append(';');
        }
        text.Append(')');
    }
}
