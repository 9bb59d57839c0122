using Flms.Lab.Input;
using Flms.Lab.Scenarios;

namespace Flms.Sweep.Plans;

/// <summary>One thing that varies.</summary>
/// <param name="Name">The path that it sets, or a name of the user's own.</param>
/// <param name="Place">Where it is written.</param>
/// <param name="Values">What it takes on, in the order of writing.</param>
internal sealed record Axis(string Name, Place Place, IReadOnlyList<AxisValue> Values)
{
    /// <summary>Does it set nothing but settings of schedulers?</summary>
    public bool IsSetting => Values.All(v => v.Settings.Count > 0 && v.Settings.All(s => SchedulerOf(s.Path) != null));

    /// <summary>Does it change anything for that scheduler? One that sets only another's settings does not.</summary>
    public bool Concerns(SchedulerChoice scheduler, IReadOnlyList<SchedulerChoice> all) =>
        Values.Any(v => v.Settings.Any(s => Concerns(s.Path, scheduler, all)));

    // As --set finds them: by label if any has it, else by the policy's name, with or without its preset.
    private static bool Concerns(string path, SchedulerChoice scheduler, IReadOnlyList<SchedulerChoice> all)
    {
        if (SchedulerOf(path) is not { } named) return true;
        if (all.Any(c => c.Label == named)) return scheduler.Label == named;
        return scheduler.Entry.Name == named || $"{scheduler.Entry.Name}:{scheduler.Preset}" == named;
    }

    // Null if it is no scheduler's path.
    private static string? SchedulerOf(string path)
    {
        var parts = path.Split('.');
        return parts[0] == "schedulers" && parts.Length > 1 ? parts[1]
            : ScenarioKeys.Root.Any(k => k.Name == parts[0]) ? null
            : parts[0];
    }
}

/// <summary>One value of an axis.</summary>
/// <param name="Text">What listings call it.</param>
/// <param name="Settings">What it sets.</param>
internal sealed record AxisValue(string Text, IReadOnlyList<Override> Settings);
