using Flms.Core;
using Flms.Lab.Measures;
using Flms.Lab.Scenarios;

namespace Flms.Lab;

/// <summary>What an experiment measured.</summary>
/// <param name="Scenario">What the experiment is called.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Replications">How often each scheduler ran.</param>
/// <param name="Warmup">How long each run went before measuring began.</param>
/// <param name="Duration">How long was measured in each run.</param>
/// <param name="Results">For each scheduler, in the order of the experiment.</param>
public sealed record ExperimentResult(string Scenario, int Seed, int Replications, Duration Warmup, Duration Duration,
    IReadOnlyList<SchedulerResult> Results);

/// <summary>What was measured under one scheduler.</summary>
/// <param name="Scheduler">The scheduler and its settings.</param>
/// <param name="Measures">Domain by domain in the scenario's order, then the host; the same names in the same order for
/// all schedulers of an experiment.</param>
/// <param name="Events">Simulated events while measuring, of all replications.</param>
public sealed record SchedulerResult(SchedulerChoice Scheduler, IReadOnlyList<Measure> Measures, long Events)
{
    /// <summary>The measure of that name; null if there is none.</summary>
    public Measure? this[string name] => Measures.FirstOrDefault(m => m.Name == name);
}
