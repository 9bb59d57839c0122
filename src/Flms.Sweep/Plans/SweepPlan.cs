using Flms.Lab.Scenarios;

namespace Flms.Sweep.Plans;

/// <summary>What a variant runs.</summary>
/// <param name="Scenario">The scenario with the values of the axes in it.</param>
/// <param name="Scheduler">The policy with its settings.</param>
public sealed record VariantSetup(Scenario Scenario, SchedulerChoice Scheduler);

/// <summary>A sweep, ready to run.</summary>
/// <param name="Table">Its points.</param>
/// <param name="Setups">For each variant of the table, what it runs.</param>
public sealed record SweepPlan(PlanTable Table, IReadOnlyList<VariantSetup> Setups);
