using Flms.Core;
using Flms.Lab;
using Flms.Lab.Measures;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Sweep.Plans;
using Flms.Sweep.Points;
using Flms.Sweep.Results;

namespace Flms.Sweep.Tests;

public sealed class SweepRunTests : SweepFolder
{
    private const string Spec = """
        scenario: scenario.yaml
        axes: { domains.batch.count: [1, 2, 3] }
        replications: 5
        """;

    [Fact]
    public void A_point_measures_what_compare_measures()
    {
        var plan = Plan("scenario: scenario.yaml\nschedulers: [credit]\n");
        Run(plan, "a.db");
        using var files = SweepFiles.Open([PathOf("a.db")]);
        var result = files.Read(plan.Table.Points[0])!;
        var compared = Experiment.Of(plan.Setups[0].Scenario).Run().Results[0];
        Assert.Equal(compared.Measures.Select(m => (m.Name, m.IsDistribution, m.Mean)),
            result.Figures.Select(f => (f.Measure, f.IsDistribution, f.Mean)));
        Assert.Equal(compared.Measures.Where(m => m.IsDistribution).Select(m => (m.P50, m.P90, m.P99, m.Max, m.N)),
            result.Figures.Where(f => f.IsDistribution).Select(f => (f.P50, f.P90, f.P99, f.Max, f.N)));
        Assert.Equal(compared.Events, result.Events);
    }

    [Fact]
    public void The_results_are_the_same_bytes_with_any_number_of_workers()
    {
        var plan = Plan(Spec);
        Assert.Equal(new(30, 0, 30, []), Run(plan, "one.db"), Same);
        Assert.Equal(new(30, 0, 30, []), Run(plan, "four.db", threads: 4), Same);
        Assert.Equal(Csv("one.db"), Csv("four.db"));
        Assert.Equal(1 + 30, Csv("one.db").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        using (var one = SweepFiles.Open([PathOf("one.db")])) one.WriteTo(PathOf("one-merged.db"));
        using (var four = SweepFiles.Open([PathOf("four.db")])) four.WriteTo(PathOf("four-merged.db"));
        Assert.Equal(File.ReadAllBytes(PathOf("one-merged.db")), File.ReadAllBytes(PathOf("four-merged.db")));
    }

    [Fact]
    public void Parts_run_in_any_order_with_overlap_are_the_same_bytes_when_put_together()
    {
        var plan = Plan(Spec);
        Run(plan, "whole.db");
        Run(plan, "p2.db", shard: new(2, 3));
        Run(plan, "p0.db", shard: new(0, 3));
        Run(plan, "p1.db", shard: new(1, 3));
        Run(plan, "twice.db", shard: new(1, 2));
        Assert.Equal(Csv("whole.db"), Csv("p1.db", "twice.db", "p0.db", "p2.db"));
    }

    // Who deals out points in turns gives one part all of one scheduler, and it takes twice as long as the other.
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Parts_hold_as_much_of_each_scheduler_and_of_each_value(int parts)
    {
        var plan = Plan("""
            scenario: scenario.yaml
            axes: { domains.batch.count: [1, 2], duration: [100ms, 200ms], machine.cores: [1, 2] }
            replications: 1
            """);
        Assert.Equal(16, plan.Table.Points.Count);
        for (var i = 0; i < parts; i++)
        {
            var mine = plan.Table.Part(new(i, parts)).ConvertAll(p => plan.Table.Variants[p.Variant]);
            Assert.Equal(16 / parts, mine.Count);
            Assert.All(mine.GroupBy(v => v.Scheduler), g => Assert.Equal(8 / parts, g.Count()));
            for (var axis = 0; axis < 3; axis++)
                Assert.All(mine.GroupBy(v => v.Values[axis]), g => Assert.Equal(8 / parts, g.Count()));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Whoever_dies_loses_one_point_a_worker_and_no_more(int workers)
    {
        const int kept = 10;
        var plan = Plan(Spec);
        int computed;
        using (var store = SweepStore.OpenToWrite(PathOf("a.db"), plan.Table))
        {
            using var dying = new Dying(store, kept);
            var run = Task.Factory.StartNew(() => new SweepRun(plan, dying) { Threads = workers }.Run(),
                TaskCreationOptions.LongRunning);
            // Every worker has a point that it cannot hand in: from now on nothing is done.
            for (var i = 0; i < workers; i++) Assert.True(dying.Stuck.Wait(TimeSpan.FromMinutes(2)));
            computed = dying.Computed;
            dying.Die();
            Assert.Throws<AggregateException>(run.Wait);
        }
        Assert.Equal(kept + workers, computed);
        Assert.Equal(new(30, kept, 30 - kept, []), Run(plan, "a.db", workers), Same);
        Run(plan, "whole.db");
        Assert.Equal(Csv("whole.db"), Csv("a.db"));
    }

    [Fact]
    public void What_is_there_is_not_run_again()
    {
        var plan = Plan(Spec);
        Run(plan, "a.db", shard: new(0, 2));
        Assert.Equal(new(30, 15, 15, []), Run(plan, "a.db", threads: 2), Same);
        Assert.Equal(new(30, 30, 0, []), Run(plan, "a.db"), Same);
    }

    [Fact]
    public void A_sweep_that_was_changed_runs_only_what_is_new()
    {
        Run(Plan(Spec), "a.db");
        var more = Plan(Spec.Replace("[1, 2, 3]", "[1, 3, 4]", StringComparison.Ordinal));
        Assert.Equal(new(30, 20, 10, []), Run(more, "a.db"), Same);
        Run(more, "fresh.db");
        Assert.Equal(Csv("fresh.db"), Csv("a.db"));
    }

    [Fact]
    public void Points_with_equal_content_are_run_once_and_listed_each()
    {
        var plan = Plan("""
            scenario: scenario.yaml
            schedulers: [credit]
            axes: { load: { given: { }, said: { domains.batch.weight: 256 } } }
            """);
        Assert.Equal(new(2, 0, 1, []), Run(plan, "a.db"), Same);
        var lines = Csv("a.db").Split('\n');
        Assert.Equal(lines[1].Replace("0,credit,given", "1,credit,said", StringComparison.Ordinal), lines[2]);
    }

    [Fact]
    public void What_is_finished_when_it_is_stopped_stays()
    {
        var plan = Plan(Spec);
        using var stop = new CancellationTokenSource();
        using (var store = SweepStore.OpenToWrite(PathOf("a.db"), plan.Table))
        {
            var run = new SweepRun(plan, store) { Threads = 1, Progress = p => { if (p >= 0.5) stop.Cancel(); } };
            Assert.Throws<OperationCanceledException>(() => run.Run(stop.Token));
        }
        Assert.Equal(new(30, 15, 15, []), Run(plan, "a.db"), Same);
        Run(plan, "whole.db");
        Assert.Equal(Csv("whole.db"), Csv("a.db"));
    }

    [Fact]
    public void A_point_that_fails_is_told_and_tried_again_and_the_others_are_run()
    {
        var plan = Plan(Spec);
        var bad = Plan(Spec).Setups[0];
        var entry = new SchedulerEntry("broken", "Does nothing right.", "a test", bad.Scheduler.Entry.Defaults, [],
            null, (_, _) => throw new PolicyFault("L1", "it forgot a vCPU"));
        var setups = plan.Setups.ToList();
        setups[0] = bad with { Scheduler = bad.Scheduler with { Entry = entry } };
        var outcome = Run(plan with { Setups = setups }, "a.db", threads: 2);
        Assert.Equal((30, 5), (outcome.Ran, outcome.Failed.Count));
        Assert.Equal([0, 1, 2, 3, 4], outcome.Failed.Select(f => f.Point.Number));
        Assert.All(outcome.Failed, f => Assert.True(f.Policy));
        Assert.Contains("round-robin, domains.batch.count=1; seed 7", outcome.Failed[0].Message);
        using (var files = SweepFiles.Open([PathOf("a.db")]))
        {
            Assert.Equal(25, files.Done);
            Assert.Equal(5, files.Failed().Count);
        }
        Assert.Equal(new(30, 25, 5, []), Run(plan, "a.db"), Same);
        using var healed = SweepFiles.Open([PathOf("a.db")]);
        Assert.Empty(healed.Failed());
    }

    private static bool Same(SweepOutcome a, SweepOutcome b) =>
        (a.Points, a.Kept, a.Ran) == (b.Points, b.Kept, b.Ran) && a.Failed.Count == b.Failed.Count;

    // Takes so many results, and lets those who bring more wait until they are to die.
    private sealed class Dying(SweepStore store, int most) : IResults, IDisposable
    {
        private readonly ManualResetEventSlim _dead = new();
        private int _computed;

        public SemaphoreSlim Stuck { get; } = new(0);

        public int Computed => Volatile.Read(ref _computed);

        public HashSet<string> Done() => store.Done();

        public void Add(PointResult result)
        {
            if (Interlocked.Increment(ref _computed) <= most)
            {
                store.Add(result);
                return;
            }
            Stuck.Release();
            _dead.Wait();
            throw new IOException("dead");
        }

        public void AddFault(string hash, bool policy, string message) => throw new NotSupportedException();

        public void Die() => _dead.Set();

        public void Dispose()
        {
            _dead.Dispose();
            Stuck.Dispose();
        }
    }
}
