using Flms.Core;
using Flms.Lab.Measures;
using Flms.Lab.Scenarios;
using Flms.Sim;

namespace Flms.Sweep.Points;

/// <summary>Runs one point: one machine, on the calling thread.</summary>
internal static class PointRun
{
    private const double NsPerMs = 1e6;

    /// <summary>Runs it from beginning to end.</summary>
    /// <param name="scenario">The machine, its guests, how long.</param>
    /// <param name="scheduler">The policy.</param>
    /// <param name="seed">The seed of this run.</param>
    /// <param name="hash">The point's content.</param>
    /// <param name="cancellation">Stops it early.</param>
    /// <exception cref="PointFault">The run failed.</exception>
    public static PointResult Of(Scenario scenario, SchedulerChoice scheduler, int seed, string hash,
        CancellationToken cancellation)
    {
        Machine? machine = null;
        try
        {
            machine = new Machine(scenario.Machine(seed), scheduler.Create);
            return Of(machine, scenario, hash, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new PointFault(machine?.Now ?? Instant.Zero, e);
        }
    }

    private static PointResult Of(Machine machine, Scenario scenario, string hash, CancellationToken cancellation)
    {
        var measures = MeasuredRun.Of(machine, scenario.Warmup, scenario.Duration, cancellation);
        var figures = new PointFigure[measures.All.Count];
        for (var i = 0; i < figures.Length; i++)
        {
            var (subject, quantity, samples, value) = measures.All[i];
            figures[i] = samples == null
                ? new($"{subject}.{quantity}", false, value, N: value == null ? 0 : 1)
                : Distribution($"{subject}.{quantity}", samples);
        }
        return new(hash, measures.Events, figures);
    }

    private static PointFigure Distribution(string name, Histogram samples) => samples.Count == 0
        ? new(name, true, null)
        : new(name, true, samples.Mean / NsPerMs, samples.Quantile(0.5) / NsPerMs, samples.Quantile(0.9) / NsPerMs,
            samples.Quantile(0.99) / NsPerMs, samples.Max / NsPerMs, samples.Count);
}
