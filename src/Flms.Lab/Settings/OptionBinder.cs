using System.Reflection;
using Flms.Lab.Input;

namespace Flms.Lab.Settings;

/// <summary>Gives the properties of an options record the values that a user wrote.</summary>
internal static class OptionBinder
{
    /// <summary>A copy of <paramref name="defaults"/> with the values of <paramref name="node"/>.</summary>
    /// <param name="node">A map of settings; null or nothing for none.</param>
    /// <param name="defaults">A record; not changed.</param>
    /// <param name="of">What is set, as messages name it: <c>scheduler flms</c>.</param>
    /// <param name="problems">Where everything that cannot be taken is noted.</param>
    public static T Bind<T>(Node? node, T defaults, string of, Problems problems) where T : class
    {
        if (node is null or Scalar { IsNull: true }) return defaults;
        if (node is not Mapping map)
        {
            problems.Add(node.Place, $"{node.Form} stands where the settings of {of} should be",
                "write a map, like { name: value }");
            return defaults;
        }
        var settings = OptionCatalog.Of(defaults.GetType());
        var copy = Copy(defaults);
        foreach (var (key, value) in map.Entries)
        {
            var setting = settings.FirstOrDefault(s => s.Name == key.Value);
            if (setting == null)
            {
                problems.Add(key.Place, $"{of} has no setting {Quote.Text(key.Value)}",
                    settings.Count == 0 ? "it has none at all: remove it"
                    : Nearest.Advice(key.Value, [.. settings.Select(s => s.Name)]));
                continue;
            }
            if (Read(value, setting, problems) is { } read) setting.Property!.SetValue(copy, read);
        }
        return copy;
    }

    /// <summary>Reads one value; null if a problem was noted.</summary>
    public static object? Read(Node node, Setting setting, Problems problems)
    {
        if (node is not Scalar { IsNull: false } scalar)
        {
            problems.Add(node.Place, $"{setting.Name} is {node.Form}, not one value", setting.Advice());
            return null;
        }
        if (setting.TryRead(scalar.Value, out var value, out var what, out var advice)) return value;
        problems.Add(node.Place, what, advice);
        return null;
    }

    private static T Copy<T>(T record) where T : class
    {
        var clone = record.GetType().GetMethod("<Clone>$", BindingFlags.Public | BindingFlags.Instance)
            ?? throw new NotSupportedException($"{record.GetType()} is not a record");
        return (T)clone.Invoke(record, null)!;
    }
}
