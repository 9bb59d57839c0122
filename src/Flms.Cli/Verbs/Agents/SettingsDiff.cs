using Flms.Agent;
using Flms.Agent.Linux;
using Flms.Lab.Settings;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Says what differs between two configurations, a line a setting.</summary>
internal static class SettingsDiff
{
    /// <summary>As in <c>period: 1s -> 2s</c>.</summary>
    public static IReadOnlyList<string> Of(AgentSettings before, AgentSettings after)
    {
        List<string> lines =
        [
            .. Of("", before, after),
            .. Of("classes.", before.Classes, after.Classes),
            .. Of("plan.", before.Plan, after.Plan),
            .. Of("pace.", before.Pace, after.Pace),
            .. Of("flms.", before.Flms, after.Flms),
            .. Of("control.", before.Control, after.Control).Select(l => l + " (from the next start on)"),
            .. Of("metrics.", before.Metrics, after.Metrics).Select(l => l + " (from the next start on)"),
        ];
        var (old, now) = (Rules(before), Rules(after));
        if (old != now) lines.Add($"vms: {Or(old)} -> {Or(now)}");
        (old, now) = (CpuList.Of(before.ExcludedCpus), CpuList.Of(after.ExcludedCpus));
        if (old != now) lines.Add($"exclude_cpus: {Or(old)} -> {Or(now)}");
        return lines;
    }

    private static IEnumerable<string> Of(string path, object before, object after) =>
        from pair in OptionCatalog.Of(before).Zip(OptionCatalog.Of(after))
        where pair.First.Default != pair.Second.Default
        select $"{path}{pair.First.Name}: {Or(pair.First.Default)} -> {Or(pair.Second.Default)}";

    private static string Rules(AgentSettings settings) =>
        string.Join(", ", settings.Vms.Select(rule => $"{rule.Pattern} {rule.Word}"));

    private static string Or(string text) => text == "" ? "nothing" : text;
}
