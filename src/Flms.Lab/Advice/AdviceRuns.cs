using Flms.Core;
using Flms.Lab.Scenarios;
using Flms.Sim;

namespace Flms.Lab.Advice;

/// <summary>Runs candidates on a recording's machine, many at once, and keeps what each VM met.</summary>
internal sealed class AdviceRuns(
    string name, MachineSetup machine, Duration length, AdviceOptions options, CancellationToken cancellation)
{
    private readonly Lock _progress = new();
    private long _done;
    private long _planned;

    /// <summary>So many runs will come in all, as far as is known.</summary>
    public void Plan(int runs) => _planned = Math.Max(_done, 0) + runs * (long)Measures.MeasuredRun.Steps;

    /// <summary>What each VM met in each run, in the order asked for.</summary>
    /// <param name="runs">Candidate and replication of each.</param>
    /// <exception cref="RunFault">A run failed: a policy broke the contract, or there is a bug.</exception>
    public VmFigures[][] Run(IReadOnlyList<(AdviceCandidate Candidate, int Replication)> runs)
    {
        var figures = new VmFigures[runs.Count][];
        var faults = new RunFault?[runs.Count];
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellation,
            MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
        };
        Parallel.For(0, runs.Count, parallel, (i, loop) =>
        {
            var (candidate, replication) = runs[i];
            Machine? host = null;
            try
            {
                host = new(Setup(candidate, replication), candidate.Choice.Create);
                Measures.MeasuredRun.Of(host, Duration.Zero, length, cancellation, _ => Step());
                figures[i] = VmFigures.Of(host);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                faults[i] = new(name, candidate.Choice, replication, replication + 1, host?.Now ?? Instant.Zero, e);
                loop.Break();
            }
        });
        foreach (var fault in faults)
            if (fault != null) throw fault;
        return figures;
    }

    // The host that a candidate runs on.
    private MachineSetup Setup(AdviceCandidate candidate, int replication)
    {
        var setup = Shifts.Of(machine, length, replication);
        return candidate.Alter?.Invoke(setup) ?? setup;
    }

    private void Step()
    {
        if (options.Progress == null) return;
        lock (_progress)
        {
            _done++;
            options.Progress(Math.Min(1, _done / (double)Math.Max(1, _planned)));
        }
    }
}
