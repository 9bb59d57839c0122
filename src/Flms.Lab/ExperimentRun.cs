using Flms.Core;
using Flms.Lab.Measures;
using Flms.Lab.Scenarios;
using Flms.Sim;

namespace Flms.Lab;

/// <summary>One execution of an <see cref="Experiment"/>.</summary>
/// <remarks>
/// Every run is one machine on one thread. What it measured is stored by its number, and distributions are added as
/// whole numbers, so neither the number of threads nor their order can change a result.
/// </remarks>
internal sealed class ExperimentRun(Experiment experiment, CancellationToken cancellation)
{
    private readonly int _total = experiment.Schedulers.Count * experiment.Replications;
    private readonly RunMeasures?[] _measures = new RunMeasures?[experiment.Schedulers.Count * experiment.Replications];
    private readonly RunFault?[] _faults = new RunFault?[experiment.Schedulers.Count * experiment.Replications];
    private readonly Lock _progress = new();
    private int _finished;
    private int _steps;

    public ExperimentResult Run()
    {
        if (_total == 0) throw new ArgumentException("an experiment has at least one scheduler and one replication");
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellation,
            MaxDegreeOfParallelism = experiment.Threads > 0 ? experiment.Threads : Environment.ProcessorCount,
        };
        Parallel.For(0, _total, parallel, RunOne);
        foreach (var fault in _faults)
            if (fault != null) throw fault;
        var results = new List<SchedulerResult>();
        for (var s = 0; s < experiment.Schedulers.Count; s++)
        {
            var runs = new List<RunMeasures>();
            for (var r = 0; r < experiment.Replications; r++) runs.Add(_measures[r * experiment.Schedulers.Count + s]!);
            results.Add(new(experiment.Schedulers[s], Summary.Of(runs), runs.Sum(r => r.Events)));
        }
        return new(experiment.Name, experiment.Seed, experiment.Replications, experiment.Warmup, experiment.Duration,
            Comparison.ToFirst(results));
    }

    // Replications are the outer loop, so that a cancelled or failed experiment has seen every scheduler early.
    private void RunOne(int i, ParallelLoopState loop)
    {
        var s = i % experiment.Schedulers.Count;
        var replication = i / experiment.Schedulers.Count;
        var choice = experiment.Schedulers[s];
        var seed = Experiment.SeedOf(experiment.Seed, replication);
        Machine? machine = null;
        try
        {
            var setup = experiment.Machine(seed);
            machine = new Machine(experiment.MachineUnder?.Invoke(choice, setup) ?? setup, choice.Create);
            var start = new RunStart(choice, s, replication, seed, machine);
            foreach (var w in experiment.Watchers?.Invoke(start) ?? []) machine.Watch(w);
            _measures[i] = MeasuredRun.Of(machine, experiment.Warmup, experiment.Duration, cancellation,
                step => Report(step == MeasuredRun.Steps));
        }
        catch (Exception e) when (e is not OperationCanceledException and not IOException)
        {
            _faults[i] = new(experiment.Name, choice, replication, seed, machine?.Now ?? Instant.Zero, e);
            // Runs with lower numbers go on, so that the fault that is told is always the same one.
            loop.Break();
        }
    }

    private void Report(bool finished)
    {
        if (experiment.Progress == null) return;
        lock (_progress)
        {
            _steps++;
            if (finished) _finished++;
            experiment.Progress(new(_finished, _total, (double)_steps / ((long)_total * MeasuredRun.Steps)));
        }
    }
}
