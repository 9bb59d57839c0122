using Flms.Core;
using Flms.Lab;
using Flms.Lab.Measures;
using Flms.Lab.Scenarios;
using Flms.Lab.Settings;
using Flms.Report;
using Flms.Sim;

namespace Flms.Cli;

/// <summary>Turns what the lab measured into what a report shows.</summary>
internal static class ReportOf
{
    private const double MsPerNs = 1e-6;

    /// <summary>The report of an experiment.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="setup">The machine and its guests.</param>
    /// <param name="excerpts">For each scheduler what ran where, or null.</param>
    /// <param name="command">The command line that made it.</param>
    public static ReportData Experiment(
        ExperimentResult result, MachineSetup setup, IReadOnlyList<Excerpt?> excerpts, string command) => new()
        {
            Title = result.Scenario,
            Scenario = result.Scenario,
            Command = command,
            Seed = result.Seed,
            Replications = result.Replications,
            DurationS = result.Duration.Ns / 1e9,
            WarmupS = result.Warmup.Ns / 1e9,
            Machine = Words.Machine(setup.Topology),
            Version = Build.Version,
            Vms = [.. setup.Domains.Select(Vm)],
            Schedulers = [.. result.Results.Select(Scheduler)],
            Distributions = [.. result.Results.SelectMany(r => Distributions(r, setup))],
            CpuShares = [.. result.Results.SelectMany(r => Shares(r, setup))],
            Timelines =
            [
                .. excerpts.Select((e, s) => e?.Of(result.Results[s].Scheduler.Label)).OfType<TimelineExcerpt>(),
            ],
            Warnings = [.. Lost(result)],
            Assumptions = [.. Assumptions(setup)],
        };

    private static ReportVm Vm(DomainSetup domain) => new()
    {
        Name = domain.Name,
        Kind = domain.Kind == DomainKind.Unmarked ? "" : OptionCatalog.Write(domain.Kind),
        Vcpus = domain.Vcpus,
        Weight = domain.Weight,
        Cap = domain.Cap,
        Workload = Words.Workloads(domain),
    };

    private static ReportScheduler Scheduler(SchedulerResult result)
    {
        var measures = new SortedDictionary<string, ReportMeasure>(StringComparer.Ordinal);
        foreach (var measure in result.Measures) measures[measure.Name] = Measure(measure);
        return new() { Name = result.Scheduler.Label, Options = [.. Changed(result.Scheduler)], Measures = measures };
    }

    private static ReportMeasure Measure(Measure measure) => new()
    {
        Mean = measure.Mean ?? double.NaN,
        Ci95 = measure.Ci95 is { } interval ? [interval.Low, interval.High] : [],
        P50 = measure.P50 ?? double.NaN,
        P90 = measure.P90 ?? double.NaN,
        P99 = measure.P99 ?? double.NaN,
        Max = measure.Max ?? double.NaN,
        N = measure.N,
        VsFirst = measure.VsFirst is { } ratio
            ? new() { Mean = ratio.Mean, Ci95 = ratio.Ci95 is { } bounds ? [bounds.Low, bounds.High] : [] }
            : null,
        Unit = MeasureNames.UnitOf(measure.Name),
    };

    private static IEnumerable<ReportOption> Changed(SchedulerChoice choice) =>
        OptionCatalog.Of(choice.Options).Zip(OptionCatalog.Of(choice.Entry.Defaults))
            .Where(pair => pair.First.Default != pair.Second.Default)
            .Select(pair => new ReportOption { Name = pair.First.Name, Value = pair.First.Default });

    private static IEnumerable<LatencyDistribution> Distributions(SchedulerResult result, MachineSetup setup) =>
        from domain in setup.Domains
        from kind in (string[])[LatencyDistribution.RoundTrip, LatencyDistribution.Wait]
        let name = kind == LatencyDistribution.Wait ? domain.Name + MeasureNames.WaitSuffix
            : MeasureNames.RoundTripOf(result.Measures.Select(m => m.Name), domain.Name)
        let steps = name != null && result[name]?.Pooled is { Count: > 0 } pooled ? pooled.Steps() : null
        where steps != null
        select new LatencyDistribution
        {
            Scheduler = result.Scheduler.Label,
            Vm = domain.Name,
            Kind = kind,
            ValueMs = [.. steps.Select(s => s.Ns * MsPerNs)],
            Fraction = [.. steps.Select(s => s.Fraction)],
            N = result[name]!.N,
        };

    private static IEnumerable<CpuShare> Shares(SchedulerResult result, MachineSetup setup) =>
        from domain in setup.Domains
        let share = result[$"{domain.Name}.cpu_share"]
        where share is { Mean: not null }
        select new CpuShare
        {
            Scheduler = result.Scheduler.Label,
            Vm = domain.Name,
            Mean = 100 * (share.Mean ?? double.NaN),
            Ci95 = share.Ci95 is { } interval ? [100 * interval.Low, 100 * interval.High] : [],
        };

    // An answer that never came is in no latency: a reader must know.
    private static IEnumerable<string> Lost(ExperimentResult result) =>
        from one in result.Results
        from measure in one.Measures
        where measure.Quantity.EndsWith(".lost", StringComparison.Ordinal) && measure.Mean > 0
        let kind = measure.Quantity[..^".lost".Length]
        select $"{one.Scheduler.Label}: {Figures.Show(measure.Mean ?? 0)} {kind} requests of {measure.Subject} were "
            + "still unanswered at the end of a run (mean over the replications); its latencies do not hold them";

    private static IEnumerable<string> Assumptions(MachineSetup setup)
    {
        yield return "All schedulers see the same guests: in each replication they have the same random numbers.";
        foreach (var cost in OptionCatalog.Of(setup.Costs))
            yield return $"{cost.Name} = {cost.Default}: {cost.Summary} Source: {cost.Source.TrimEnd('.')}.";
        if (setup.Domains.Any(d => d.Kind != DomainKind.Unmarked))
            yield return "The kinds of VMs (latency, compute, mixed) are what the scenario says, not what they do.";
    }
}
