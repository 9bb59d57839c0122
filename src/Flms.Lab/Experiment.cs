using Flms.Core;
using Flms.Lab.Scenarios;
using Flms.Sim;

namespace Flms.Lab;

/// <summary>A run of one scheduler, once: what watchers are told before it begins.</summary>
/// <param name="Scheduler">Which scheduler.</param>
/// <param name="SchedulerIndex">Its place in the experiment's list.</param>
/// <param name="Replication">From 0.</param>
/// <param name="Seed">The seed of this run: with it and one replication, the run can be made again.</param>
/// <param name="Machine">The host, not yet started.</param>
public sealed record RunStart(
    SchedulerChoice Scheduler, int SchedulerIndex, int Replication, int Seed, Machine Machine);

/// <summary>How far an experiment has come.</summary>
/// <param name="Finished">Runs that have ended.</param>
/// <param name="Total">Runs in all: schedulers times replications.</param>
/// <param name="Fraction">Simulated time over all of it, 0 to 1.</param>
public readonly record struct ExperimentProgress(int Finished, int Total, double Fraction);

/// <summary>A machine and its guests, run under several schedulers, several times: from a scenario or a
/// recording.</summary>
public sealed record Experiment
{
    /// <summary>What it is called: the scenario's name, or the recording's.</summary>
    public required string Name { get; init; }

    /// <summary>The policies that are compared; at least one. Differences are taken to the first.</summary>
    public required IReadOnlyList<SchedulerChoice> Schedulers { get; init; }

    /// <summary>Makes the host of one replication from its seed. Called on several threads at once.</summary>
    public required Func<int, MachineSetup> Machine { get; init; }

    /// <summary>Changes the host for one of the policies; null, the default, if all run on the same. Called on several
    /// threads at once.</summary>
    public Func<SchedulerChoice, MachineSetup, MachineSetup>? MachineUnder { get; init; }

    /// <summary>From which the seeds of the replications are made.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How often each scheduler runs; at least 1.</summary>
    public int Replications { get; init; } = 1;

    /// <summary>How long each machine runs before measuring begins.</summary>
    public Duration Warmup { get; init; } = Duration.Zero;

    /// <summary>How long is measured, after the warm-up.</summary>
    public required Duration Duration { get; init; }

    /// <summary>Runs at once; 0, the default, for one on each core. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Those who watch a run; called before it begins, on the thread that runs it. Default: nobody.</summary>
    public Func<RunStart, IReadOnlyList<IWatcher>>? Watchers { get; init; }

    /// <summary>Told now and then how far it has come, one call at a time, in ascending order. Default:
    /// nobody.</summary>
    public Action<ExperimentProgress>? Progress { get; init; }

    /// <summary>The experiment that a scenario asks for.</summary>
    public static Experiment Of(Scenario scenario) => new()
    {
        Name = scenario.Name,
        Schedulers = scenario.Schedulers,
        Machine = scenario.Machine,
        Seed = scenario.Seed,
        Replications = scenario.Replications,
        Warmup = scenario.Warmup,
        Duration = scenario.Duration,
    };

    /// <summary>The seed of one replication: the same for all schedulers, so that their guests ask for the same
    /// work.</summary>
    /// <param name="seed">The experiment's.</param>
    /// <param name="replication">From 0; the first has the experiment's own seed, so that any run can be made again
    /// alone.</param>
    public static int SeedOf(int seed, int replication) => replication == 0 ? seed
        : (int)(RandomStream.Mix(RandomStream.Mix((ulong)seed) ^ (ulong)replication) >> 33);

    /// <summary>Runs everything, on all cores.</summary>
    /// <param name="cancellation">Stops it early.</param>
    /// <exception cref="RunFault">A run failed: a policy broke the contract, or there is a bug.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ExperimentResult Run(CancellationToken cancellation = default) =>
        new ExperimentRun(this, cancellation).Run();
}

/// <summary>A run failed. Says all that is needed to make it happen again.</summary>
public sealed class RunFault : Exception
{
    internal RunFault(string experiment, SchedulerChoice scheduler, int replication, int seed, Instant at,
        Exception inner)
        : base($"{experiment}: scheduler {scheduler.Label}, replication {replication}, at {at}: {inner.Message}; it "
            + $"happens again with --schedulers {scheduler.Label} --seed {seed} --replications 1", inner) =>
        (Scheduler, Replication, Seed, At) = (scheduler, replication, seed, at);

    /// <summary>Under which scheduler.</summary>
    public SchedulerChoice Scheduler { get; }

    /// <summary>In which replication, from 0.</summary>
    public int Replication { get; }

    /// <summary>The seed of that replication.</summary>
    public int Seed { get; }

    /// <summary>The simulated time at which it failed.</summary>
    public Instant At { get; }

    /// <summary>Did the policy break the contract? Otherwise it is a bug of the product.</summary>
    public bool IsPolicyFault => InnerException is PolicyFault;
}
