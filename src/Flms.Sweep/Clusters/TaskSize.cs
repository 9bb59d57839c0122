using System.Diagnostics;
using Flms.Sweep.Plans;
using Flms.Sweep.Points;
using Flms.Sweep.Results;

namespace Flms.Sweep.Clusters;

/// <summary>Into how many tasks points are cut, so that none is over before it was worth starting.</summary>
/// <remarks>A cluster needs about a second to start a task, a point takes milliseconds: 100 points as 100 tasks took
/// 112 s on one machine, as two tasks 0.7 s.</remarks>
internal static class TaskSize
{
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Runs a few points here, from all over the plan, and keeps what they measure.</summary>
    /// <returns>Seconds a point; null if nothing is missing then.</returns>
    public static double? Measure(SweepPlan plan, SweepStore store, CancellationToken cancellation)
    {
        var done = store.Done();
        var missing = plan.Table.Points.Where(p => !done.Contains(p.Hash)).DistinctBy(p => p.Hash).ToList();
        var clock = Stopwatch.StartNew();
        double all = 0, last = 0;
        int count = 0, measured = 0;
        // By the golden section: however many there is time for, they are spread evenly.
        var stride = (long)(missing.Count * 0.618);
        while (Gcd(++stride, missing.Count) > 1) { }
        for (var i = 0; i < missing.Count && clock.Elapsed < Enough; i++)
        {
            var before = clock.Elapsed;
            if (!RunOne(plan, store, missing[(int)(i * stride % missing.Count)], cancellation))
                return Longest.TotalSeconds;
            measured++;
            last = (clock.Elapsed - before).TotalSeconds;
            // The first ones also pay for the compiler.
            if (before >= Warm) (all, count) = (all + last, count + 1);
        }
        if (measured == missing.Count) return null;
        return count > 0 ? all / count : last;
    }

    /// <summary>How many tasks.</summary>
    /// <param name="points">To run.</param>
    /// <param name="pointSeconds">What one takes.</param>
    /// <param name="taskSeconds">What a task should take at least.</param>
    /// <param name="cpus">How many points a task runs at once.</param>
    /// <param name="most">How many there may be.</param>
    public static int Count(int points, double pointSeconds, double taskSeconds, int cpus, int most) =>
        (int)Math.Clamp(Math.Floor(points * pointSeconds / (taskSeconds * cpus)), 1, Math.Min(points, most));

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);

    private static bool RunOne(SweepPlan plan, SweepStore store, PlanPoint point, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(Longest);
        var (scenario, scheduler) = plan.Setups[point.Variant];
        try
        {
            store.Add(PointRun.Of(scenario, scheduler, point.Seed, point.Hash, stop.Token));
        }
        catch (PointFault)
        {
            // Its task will say so.
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
        return true;
    }
}
