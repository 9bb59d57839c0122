using System.Text;
using Flms.Agent;
using Flms.Cli.Verbs.Agents;
using Flms.Lab.Settings;

namespace Flms.Cli.Manuals;

/// <summary>The keys of the agent's configuration: for its manual page, and as a file to begin with.</summary>
internal static class AgentKeys
{
    /// <summary>A few lines, as a user would write them.</summary>
    public static readonly string[] Example =
    [
        "mode: observe",
        "vms:",
        "  - match: \"web-*\"",
        "    class: latency",
        "  - match: \"backup\"",
        "    class: ignore",
        "exclude_cpus: \"0\"",
    ];

    /// <summary>Every key, with those below it.</summary>
    public static IReadOnlyList<(Setting Key, IReadOnlyList<Setting> Below)> All { get; } =
        [.. AgentConfig.Keys.Select(key => (WithDefault(key), Below(key)))];

    /// <summary>What a key does, with its range, unit and default.</summary>
    public static string Explain(Setting key)
    {
        var text = new StringBuilder(key.Summary);
        // A choice's words are told where its summary does not name them.
        if (key.Kind == SettingKind.Choice && key.Summary.Contains(key.Choices[^1], StringComparison.Ordinal)) { }
        else if (key.Range != "") text.Append($" {char.ToUpperInvariant(key.Range[0])}{key.Range[1..]}"
            + $"{(key.Unit == "" ? "" : $" {key.Unit}")}.");
        else if (key.Unit != "") text.Append($" In {key.Unit}.");
        if (key.Default != "") text.Append($" Default: {key.Default}.");
        return text.ToString();
    }

    /// <summary>A configuration that says nothing: every key is there with its default, and commented out.</summary>
    public static string File()
    {
        var text = new StringBuilder("""
            # The FLMS agent's configuration: flms-agent.yaml(5). Everything has a default; the lines below say it.
            # After a change: systemctl reload flms-agent. To check it: flms agent run --check-config.


            """);
        foreach (var (key, below) in All)
        {
            Comment(text, Explain(key), "");
            if (key.Name == "vms")
                foreach (var line in (string[])["vms:", "  - match: \"web-*\"", "    class: latency"])
                    text.Append($"#{line}\n");
            else if (below.Count == 0) text.Append($"#{key.Name}: {Value(key)}\n");
            else
            {
                text.Append($"#{key.Name}:\n");
                foreach (var row in below)
                {
                    Comment(text, Explain(row), "  ");
                    text.Append($"#  {row.Name}: {Value(row)}\n");
                }
            }
            text.Append('\n');
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string Value(Setting key) =>
        key.Default == "" || key.Kind == SettingKind.Text ? $"\"{key.Default}\"" : key.Default;

    // Comments on comments: two signs, so that a key can be uncommented by taking away one.
    private static void Comment(StringBuilder text, string words, string indent)
    {
        const int width = 110;
        var line = $"##{indent}";
        foreach (var word in words.Split(' '))
        {
            if (line.Length + 1 + word.Length > width)
            {
                text.Append(line).Append('\n');
                line = $"##{indent}";
            }
            line += $" {word}";
        }
        text.Append(line).Append('\n');
    }

    private static Setting WithDefault(Setting key) => ValueOf(key) is { } value && key.Kind != SettingKind.Structure
        && key.Default == "" && value is string or Enum ? key with { Default = OptionCatalog.Write(value) } : key;

    private static IReadOnlyList<Setting> Below(Setting key) =>
        key.Name == "vms" ? AgentConfig.RuleKeys
        : key.Kind == SettingKind.Structure && ValueOf(key) is { } record ? OptionCatalog.Of(record) : [];

    private static object? ValueOf(Setting key) => typeof(AgentSettings).GetProperties()
        .FirstOrDefault(p => OptionCatalog.Words(p.Name) == key.Name)?.GetValue(new AgentSettings());
}
