using System.Globalization;
using System.Reflection;
using System.Text;
using Flms.Core;

namespace Flms.Cli;

/// <summary>One setting of an options record, as users see it.</summary>
/// <param name="Name">In snake case.</param>
/// <param name="Type"><c>duration</c>, <c>fraction</c>, <c>integer</c>, <c>boolean</c> or <c>choice</c>.</param>
/// <param name="Unit">The unit of a plain number; empty where the type has its own.</param>
/// <param name="Default">Its value if nothing is said, as the user would write it.</param>
/// <param name="Min">The least value; empty for none.</param>
/// <param name="Max">The greatest value; empty for none.</param>
/// <param name="Source">Where the default comes from.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Choices">The words that may be said; empty if it is no choice.</param>
internal sealed record Setting(
    string Name, string Type, string Unit, string Default, string Min, string Max, string Source, string Summary,
    IReadOnlyList<string> Choices)
{
    /// <summary>All settings of a record, in the order in which it declares them.</summary>
    public static IReadOnlyList<Setting> Of(object options)
    {
        var settings = new List<Setting>();
        foreach (var property in options.GetType().GetProperties().OrderBy(p => p.MetadataToken))
        {
            if (property.GetCustomAttribute<OptionAttribute>() is not { } option) continue;
            var value = property.GetValue(options);
            settings.Add(new(Snake(property.Name), TypeName(property.PropertyType), option.Unit, Written(value),
                option.Min, option.Max, option.Source.TrimEnd('.'), option.Summary,
                property.PropertyType.IsEnum ? [.. Enum.GetNames(property.PropertyType).Select(Word)] : []));
        }
        return settings;
    }

    private static string TypeName(Type type) =>
        type == typeof(Duration) ? "duration"
        : type == typeof(Fraction) ? "fraction"
        : type == typeof(bool) ? "boolean"
        : type.IsEnum ? "choice"
        : "integer";

    private static string Written(object? value) => value switch
    {
        bool b => b ? "true" : "false",
        Enum e => Word(e.ToString()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    // As scenarios write them: per-pcpu.
    private static string Word(string name) => Snake(name).Replace('_', '-');

    // SpSlice -> sp_slice; a digit starts no word.
    private static string Snake(string name)
    {
        var snake = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && snake.Length > 0) snake.Append('_');
            snake.Append(char.ToLowerInvariant(c));
        }
        return snake.ToString();
    }
}
