using Flms.Core;
using Flms.Schedulers;

namespace Flms.Lab.Scenarios;

/// <summary>A policy with its settings, as it takes part in a comparison.</summary>
/// <param name="Label">What results call it; unique in a comparison.</param>
/// <param name="Entry">The policy.</param>
/// <param name="Preset">The preset that the settings began from; empty for the policy's defaults.</param>
/// <param name="Options">Its settings.</param>
public sealed record SchedulerChoice(string Label, SchedulerEntry Entry, string Preset, SchedulerOptions Options)
{
    /// <summary>Makes the policy for a host.</summary>
    public Scheduler Create(ISchedHost host) => Entry.Create(host, Options);

    /// <summary>A policy with the settings that it has if nothing is said.</summary>
    public static SchedulerChoice Of(SchedulerEntry entry) => new(entry.Name, entry, "", entry.Defaults);
}
