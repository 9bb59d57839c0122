using Flms.Core;
using Flms.Sim;

namespace Flms.Lab.Measures;

/// <summary>One machine from its beginning to its measures, on the calling thread.</summary>
internal static class MeasuredRun
{
    /// <summary>In how many steps the measured time is run: after each, others hear how far it is.</summary>
    public const int Steps = 20;

    /// <summary>Runs a machine that has not started, and reads off what it measured after the warm-up.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="warmup">How long it runs before measuring begins.</param>
    /// <param name="duration">How long is measured.</param>
    /// <param name="cancellation">Stops it early, between two steps.</param>
    /// <param name="stepped">Told the number of each step when it is over, from 1; null to tell nobody.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static RunMeasures Of(Machine machine, Duration warmup, Duration duration, CancellationToken cancellation,
        Action<int>? stepped = null)
    {
        if (warmup > Duration.Zero)
        {
            machine.Run(Instant.Zero + warmup);
            machine.ResetStatistics();
        }
        for (var step = 1; step <= Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var end = new Duration((long)((Int128)duration.Ns * step / Steps));
            machine.Run(Instant.Zero + warmup + end);
            stepped?.Invoke(step);
        }
        return RunMeasures.Of(machine);
    }
}
