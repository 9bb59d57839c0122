using Flms.Lab.Input;
using Flms.Lab.Scenarios;

namespace Flms.Sweep.Plans;

/// <summary>Reads what varies: paths with values, or names with maps of paths.</summary>
internal sealed class AxisReader(Problems problems)
{
    private static readonly string[] Columns = ["point", "scheduler", "replication", "seed"];

    /// <summary>Paths that have a key of their own in a sweep file.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["schedulers"] = "list the policies under schedulers:",
        ["replications"] = "write replications: N beside axes:",
        ["seed"] = "write seeds: [1, 2, 3] beside axes:, or replications: N",
        ["name"] = "a name changes nothing",
        ["summary"] = "a summary changes nothing",
    };

    /// <summary>The axes of a sweep, in the order of writing.</summary>
    public List<Axis> Read(Node? node)
    {
        var axes = new List<Axis>();
        if (node == null) return axes;
        if (node is not Mapping map)
        {
            problems.Add(node.Place, $"axes is {node.Form}, not a map of paths",
                "write it like { domains.batch.count: [2, 4, 8] }");
            return axes;
        }
        foreach (var (key, value) in map.Entries)
        {
            if (Refused(key.Value) is { } advice)
                problems.Add(key.Place, $"an axis cannot be called {Quote.Text(key.Value)}", advice);
            else if (value is Sequence { Items.Count: > 0 } list) axes.Add(OfPath(key, list));
            else if (value is Mapping { Entries.Count: > 0 } named) axes.Add(OfName(key, named));
            else
                problems.Add(value.Place, $"axis {key.Value} is {value.Form}",
                    "write its values in brackets, like [2, 4, 8]; or a map of values, each a map of paths");
        }
        return axes;
    }

    /// <summary>The settings of a map of paths.</summary>
    public List<Override> Settings(Node? node, string what)
    {
        var settings = new List<Override>();
        if (node == null) return settings;
        if (node is not Mapping map)
        {
            problems.Add(node.Place, $"{what} is {node.Form}, not a map of paths",
                "write it like { duration: 2s, machine.cores: 8 }");
            return settings;
        }
        foreach (var (key, value) in map.Entries)
        {
            if (Elsewhere.TryGetValue(key.Value, out var advice) && key.Value != "seed")
                problems.Add(key.Place, $"{what} cannot change {key.Value}", advice);
            else settings.Add(Setting(key, value));
        }
        return settings;
    }

    private static string? Refused(string name)
    {
        if (Elsewhere.TryGetValue(name, out var advice)) return advice;
        if (name.Length is 0 or > 100 || name.Any(char.IsControl)) return "take 1 to 100 characters";
        return Columns.Contains(name) ? "results have a column of that name already: choose another" : null;
    }

    private Axis OfPath(Scalar key, Sequence list)
    {
        var values = new List<AxisValue>();
        foreach (var item in list.Items) Add(values, new(TextOf(item), [Setting(key, item)]), item.Place, key.Value);
        return new(key.Value, key.Place, values);
    }

    private Axis OfName(Scalar key, Mapping named)
    {
        var values = new List<AxisValue>();
        foreach (var (label, settings) in named.Entries)
            Add(values, new(label.Value, Settings(settings, $"{key.Value} {label.Value}")), label.Place, key.Value);
        return new(key.Value, key.Place, values);
    }

    private void Add(List<AxisValue> values, AxisValue value, Place place, string axis)
    {
        if (values.Exists(v => v.Text == value.Text))
            problems.Add(place, $"axis {axis} has the value {Quote.Text(value.Text)} twice", "remove one of them");
        else if (value.Text.Length is 0 or > 200)
            problems.Add(place, $"axis {axis} has a value of {value.Text.Length} characters", "take 1 to 200");
        else values.Add(value);
    }

    private static Override Setting(Scalar key, Node value) => new(key.Value, "", key.Value) { Written = value };

    private static string TextOf(Node node) => node switch
    {
        Scalar scalar => Quote.OneLine(scalar.Value),
        Sequence list => $"[{string.Join(", ", list.Items.Select(TextOf))}]",
        Mapping map => $"{{{string.Join(", ", map.Entries.Select(e => $"{e.Key.Value}: {TextOf(e.Value)}"))}}}",
        _ => "",
    };
}
