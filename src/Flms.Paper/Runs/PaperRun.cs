using Flms.Core;
using Flms.Lab;
using Flms.Lab.Scenarios;

namespace Flms.Paper.Runs;

/// <summary>Runs figures of the paper: every case of each, under every system, as often as asked for.</summary>
/// <remarks>Cases that several figures share are run once. Each case is an <see cref="Experiment"/>, so results depend
/// neither on the number of threads nor on which other figures are run.</remarks>
public sealed record PaperRun
{
    /// <summary>The figures, in the order in which they are shown; at least one.</summary>
    public required IReadOnlyList<PaperFigure> Figures { get; init; }

    /// <summary>The folder of the scenario files.</summary>
    public required string Folder { get; init; }

    /// <summary>How often each system runs each case, with other random numbers; at least 1. Default 10.</summary>
    public int Replications { get; init; } = 10;

    /// <summary>Runs at once; 0, the default, for one on each core.</summary>
    public int Threads { get; init; }

    /// <summary>The seed in place of the files'; null, the default, for theirs.</summary>
    public int? Seed { get; init; }

    /// <summary>How long is measured, in place of what the files say; null, the default, for that.</summary>
    public Duration? Length { get; init; }

    /// <summary>How long each machine runs before, in place of what the files say; null, the default, for
    /// that.</summary>
    public Duration? Warmup { get; init; }

    /// <summary>Told now and then what part is done, 0 to 1, one call at a time. Default: nobody.</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>Reads every scenario that the figures need.</summary>
    /// <exception cref="ScenarioFault">One of them cannot be used.</exception>
    public IReadOnlyList<PreparedCase> Prepare()
    {
        var prepared = new List<PreparedCase>();
        foreach (var at in Figures.SelectMany(f => f.Cases).SelectMany(Parts))
            if (!prepared.Exists(p => Same(p.Case, at))) prepared.Add(new(at, Read(at)));
        return prepared;
    }

    /// <summary>Runs everything.</summary>
    /// <param name="prepared">What <see cref="Prepare"/> gave.</param>
    /// <param name="cancellation">Stops it early.</param>
    /// <exception cref="RunFault">A run failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<FigureResult> Run(IReadOnlyList<PreparedCase> prepared, CancellationToken cancellation)
    {
        var total = prepared.Sum(p => p.Cost);
        var done = 0.0;
        var results = new Dictionary<PreparedCase, ExperimentResult>();
        foreach (var one in prepared)
        {
            var before = done;
            results[one] = (Experiment.Of(one.Scenario) with
            {
                Threads = Threads,
                Progress = p => Progress?.Invoke((before + one.Cost * p.Fraction) / total),
            }).Run(cancellation);
            done += one.Cost;
        }
        return
        [
            .. Figures.Select(f => Result(f, at => results[prepared.First(p => Same(p.Case, at))])),
        ];
    }

    /// <summary>Prepares and runs everything.</summary>
    /// <param name="cancellation">Stops it early.</param>
    public IReadOnlyList<FigureResult> Run(CancellationToken cancellation = default) => Run(Prepare(), cancellation);

    private static FigureResult Result(PaperFigure figure, Func<FigureCase, ExperimentResult> results)
    {
        var rows = new List<FigureRow>();
        foreach (var at in figure.Cases)
            foreach (var system in Together(at, results))
                rows.Add(new(at, system.Scheduler.Label, [.. figure.Quantities.Select(q => q.Of(system))],
                    [.. figure.Quantities.Select(q => figure.Published(system.Scheduler.Label, at, q))]));
        // Systems that need a case of their own stand among the others of the same place; the sort is stable.
        var places = figure.Cases.Select(c => (c.Group, c.X)).Distinct().ToList();
        return new(figure,
        [
            .. rows.OrderBy(r => places.IndexOf((r.Case.Group, r.Case.X))).ThenBy(r => Systems.Rank(r.System)),
        ]);
    }

    // What was measured beside is added under its file's name.
    private static IEnumerable<SchedulerResult> Together(FigureCase at, Func<FigureCase, ExperimentResult> results)
    {
        var parts = Parts(at).Select(p => (Prefix: $"{Path.GetFileNameWithoutExtension(p.File)}/",
            results(p).Results)).ToList();
        foreach (var system in parts[0].Results)
            yield return system with
            {
                Measures =
                [
                    .. system.Measures,
                    .. parts.Skip(1).SelectMany(p => p.Results.First(r => r.Scheduler.Label == system.Scheduler.Label)
                        .Measures.Select(m => m with { Name = p.Prefix + m.Name, Subject = p.Prefix + m.Subject })),
                ],
            };
    }

    private static IEnumerable<FigureCase> Parts(FigureCase at) =>
        at.Beside == null ? [at] : [at with { Beside = null }, at with { File = at.Beside, Beside = null }];

    private Scenario Read(FigureCase at)
    {
        var set = at.Set.Select(s => Override.Parse(s)!).ToList();
        set.Add(new("replications", $"{Replications}", $"--replications {Replications}"));
        if (Seed is { } seed) set.Add(new("seed", $"{seed}", $"--seed {seed}"));
        if (Length is { } length) set.Add(new("duration", $"{length.Ns}ns", $"--for {length}"));
        if (Warmup is { } warmup) set.Add(new("warmup", $"{warmup.Ns}ns", $"--warmup {warmup}"));
        var reading = ScenarioReader.ReadFile(Path.Combine(Folder, at.File),
            new() { Overrides = set, Schedulers = at.Schedulers });
        return reading.Value ?? throw new ScenarioFault(reading.Problems);
    }

    private static bool Same(FigureCase a, FigureCase b) =>
        a.File == b.File && a.Schedulers == b.Schedulers && a.Set.SequenceEqual(b.Set);
}

/// <summary>A case whose scenario has been read.</summary>
/// <param name="Case">The case.</param>
/// <param name="Scenario">What it runs.</param>
public sealed record PreparedCase(FigureCase Case, Scenario Scenario)
{
    /// <summary>About how long it takes, beside others: simulated pCPU time of all runs.</summary>
    internal double Cost => (double)(Scenario.Warmup + Scenario.Duration).Ns * Scenario.Topology.Count
        * Scenario.Schedulers.Count * Scenario.Replications;
}

/// <summary>A scenario of the paper cannot be used.</summary>
public sealed class ScenarioFault : Exception
{
    internal ScenarioFault(IReadOnlyList<Lab.Input.Problem> problems) : base(string.Join('\n', problems)) =>
        Problems = problems;

    /// <summary>What is wrong, each with its place.</summary>
    public IReadOnlyList<Lab.Input.Problem> Problems { get; }
}
