using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;
using Flms.Core;
using Flms.Sim;

namespace Flms.Lab.Settings;

/// <summary>Lists what can be set on an options record: of a policy, a workload, a domain, the cost model.</summary>
/// <remarks>Everything comes from the properties' <see cref="OptionAttribute"/> and their initial values.</remarks>
public static class OptionCatalog
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<Setting>> Known = new();

    /// <summary>The workloads by name, in alphabetical order, each with its settings as they are if nothing is
    /// said.</summary>
    public static IReadOnlyList<(string Name, WorkloadSetup Defaults)> Workloads { get; } = FindWorkloads();

    /// <summary>What can be set on a record, in the order of its properties; defaults as in
    /// <paramref name="example"/>.</summary>
    /// <param name="example">A record whose values are the defaults, such as a preset.</param>
    public static IReadOnlyList<Setting> Of(object example) =>
        [.. Of(example.GetType()).Select(s => s with { Default = Write(s.Property!.GetValue(example)) })];

    /// <summary>What can be set on a record of that type.</summary>
    /// <param name="type">A record with a constructor without parameters.</param>
    public static IReadOnlyList<Setting> Of(Type type) => Known.GetOrAdd(type, Describe);

    /// <summary>A value as a user would write it.</summary>
    public static string Write(object? value) => value switch
    {
        null => "",
        bool b => b ? "true" : "false",
        Duration { Ns: 0 } => "0",
        Enum e => Words(e.ToString(), '-'),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>A name of the code as a user writes it: <c>SpSlice</c> as <c>sp_slice</c>.</summary>
    /// <param name="name">In PascalCase.</param>
    /// <param name="between">What stands between the words.</param>
    public static string Words(string name, char between = '_')
    {
        var words = new StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var begins = char.IsUpper(name[i]) && i > 0
                && (!char.IsUpper(name[i - 1]) || i + 1 < name.Length && char.IsLower(name[i + 1]));
            if (begins) words.Append(between);
            words.Append(char.ToLowerInvariant(name[i]));
        }
        return words.ToString();
    }

    private static List<Setting> Describe(Type type)
    {
        var example = Activator.CreateInstance(type) ?? throw new ArgumentException($"{type} has no values");
        var settings = new List<Setting>();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            if (property.GetCustomAttribute<OptionAttribute>() is { } option)
                settings.Add(From(property, option, example));
        if (example is WorkloadSetup && !settings.Exists(s => s.Name == "vcpu"))
            settings.Add(From(type.GetProperty(nameof(WorkloadSetup.Vcpu))!,
                new("The vCPU that it runs on; without it, one copy runs on each vCPU.", "") { Min = "0" }, example));
        return settings;
    }

    private static Setting From(PropertyInfo property, OptionAttribute option, object example)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return new()
        {
            Name = Words(property.Name),
            Kind = type == typeof(Duration) ? SettingKind.Duration
                : type == typeof(Fraction) ? SettingKind.Fraction
                : type == typeof(int) ? SettingKind.Whole
                : type == typeof(bool) ? SettingKind.YesNo
                : type.IsEnum ? SettingKind.Choice
                : type == typeof(string) ? SettingKind.Text
                : throw new NotSupportedException(
                    $"{property.DeclaringType}.{property.Name}: no option has type {type}"),
            Summary = option.Summary,
            Source = option.Source,
            Unit = option.Unit,
            Min = option.Min,
            Max = option.Max,
            Choices = type.IsEnum ? [.. Enum.GetNames(type).Select(n => Words(n, '-'))] : [],
            EnumType = type.IsEnum ? type : null,
            Default = Write(property.GetValue(example)),
            Property = property,
        };
    }

    private static List<(string, WorkloadSetup)> FindWorkloads()
    {
        const string suffix = "Setup";
        return
        [
            .. from type in typeof(WorkloadSetup).Assembly.GetExportedTypes()
               where type.IsSubclassOf(typeof(WorkloadSetup)) && type.Name.EndsWith(suffix, StringComparison.Ordinal)
               where type.GetConstructor([]) != null && Of(type).Count > 0
               let name = Words(type.Name[..^suffix.Length])
               orderby name
               select (name, (WorkloadSetup)Activator.CreateInstance(type)!),
        ];
    }
}
