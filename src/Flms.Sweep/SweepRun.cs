using Flms.Sweep.Plans;
using Flms.Sweep.Points;
using Flms.Sweep.Results;

namespace Flms.Sweep;

/// <summary>Which part of the points a process runs: the sum of the digits of their places, to the base of the number
/// of parts, leaves this rest. So parts are equal in number to one, and alike in what they hold.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Of">How many parts there are, 1 or more.</param>
public readonly record struct Shard(int Index, int Of)
{
    /// <summary>All of it.</summary>
    public static readonly Shard Whole = new(0, 1);
}

/// <summary>A point that failed.</summary>
/// <param name="Point">Which.</param>
/// <param name="Policy">Did the policy break the contract?</param>
/// <param name="Message">What happened, in one line.</param>
public sealed record FailedPoint(PlanPoint Point, bool Policy, string Message);

/// <summary>What a run of a sweep did.</summary>
/// <param name="Points">Points of the part that was to be run.</param>
/// <param name="Kept">Those whose results were there already.</param>
/// <param name="Ran">Runs that were made. Points with equal content are run once.</param>
/// <param name="Failed">Those that failed, in the order of their numbers.</param>
public sealed record SweepOutcome(int Points, int Kept, int Ran, IReadOnlyList<FailedPoint> Failed);

/// <summary>Runs what is missing of a sweep, on all cores.</summary>
/// <remarks>
/// Each worker is a thread with a machine of its own; they share only the number of the next point and the file. A
/// worker keeps its result before it takes the next point, so that a process that is killed loses the points that
/// were being run, and no other. What a point measures depends on nothing but its content: neither the number of
/// workers nor their order can be seen in the results.
/// </remarks>
/// <param name="plan">What to run.</param>
/// <param name="results">Where the results go.</param>
public sealed class SweepRun(SweepPlan plan, IResults results)
{
    private readonly List<FailedPoint> _failed = [];
    private readonly Lock _told = new();
    private List<PlanPoint> _missing = [];
    private Exception? _stopped;
    private int _next = -1;
    private int _finished;

    /// <summary>Runs at once; 0, the default, for one on each core. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Which part of the points to run. Default: all.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>The points of which a part is run, by hash. Default: all of the plan.</summary>
    public IReadOnlySet<string>? Only { get; init; }

    /// <summary>Told how much of what was missing is finished, 0 to 1, one call at a time. Default: nobody.</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>Runs it. To be called once.</summary>
    /// <param name="cancellation">Stops it early; what is finished is kept.</param>
    /// <exception cref="StoreFault">A result could not be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public SweepOutcome Run(CancellationToken cancellation = default)
    {
        var done = results.Done();
        var mine = plan.Table.Part(Shard, Only);
        _missing = [.. mine.Where(p => !done.Contains(p.Hash)).DistinctBy(p => p.Hash)];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var wanted = Math.Min(Threads > 0 ? Threads : Environment.ProcessorCount, _missing.Count);
        var threads = new List<Thread>();
        for (var t = 0; t < wanted; t++)
        {
            var thread = new Thread(() => Work(stop)) { Name = $"sweep {t}", IsBackground = true };
            thread.Start();
            threads.Add(thread);
        }
        foreach (var thread in threads) thread.Join();
        cancellation.ThrowIfCancellationRequested();
        if (_stopped != null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_stopped);
        return new(mine.Count, mine.Count(p => done.Contains(p.Hash)), _finished,
            [.. _failed.OrderBy(f => f.Point.Number)]);
    }

    private void Work(CancellationTokenSource stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var i = Interlocked.Increment(ref _next);
                if (i >= _missing.Count) return;
                RunOne(_missing[i], stop.Token);
                lock (_told)
                {
                    _finished++;
                    Progress?.Invoke((double)_finished / _missing.Count);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever stopped it says why.
        }
        catch (Exception e)
        {
            // The file takes no more: the others need not go on.
            lock (_told) _stopped ??= e;
            stop.Cancel();
        }
    }

    private void RunOne(PlanPoint point, CancellationToken cancellation)
    {
        var (scenario, scheduler) = plan.Setups[point.Variant];
        try
        {
            results.Add(PointRun.Of(scenario, scheduler, point.Seed, point.Hash, cancellation));
        }
        catch (PointFault fault)
        {
            var where = plan.Table.Variants[point.Variant].Describe(plan.Table.Axes);
            var message = $"point {point.Number} ({where}; seed {point.Seed}), {fault.Message}";
            lock (_told) _failed.Add(new(point, fault.IsPolicyFault, message));
            results.AddFault(point.Hash, fault.IsPolicyFault, message);
        }
    }
}
