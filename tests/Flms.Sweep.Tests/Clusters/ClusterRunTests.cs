using Flms.Core;
using Flms.Schedulers;
using Flms.Sweep.Clusters;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Sweep.Tests.Clusters;

public sealed class ClusterRunTests : SweepFolder
{
    private const string Spec = """
        scenario: scenario.yaml
        axes: { domains.batch.count: [1, 2] }
        replications: 5
        """;

    private readonly List<string> _told = [];

    [Fact]
    public void Tasks_that_run_once_give_the_bytes_of_a_run_here()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan);
        var outcome = On(cluster, plan);
        Assert.Equal((20, 0, 20, 0), (outcome.Sweep.Points, outcome.Sweep.Kept, outcome.Sweep.Ran, outcome.Missing));
        Assert.Equal([0, 1, 2], Assert.Single(cluster.Submitted));
        IsComplete(plan);
    }

    [Fact]
    public void What_the_file_has_already_is_not_submitted()
    {
        var plan = Plan(Spec);
        Run(plan, "a.db", shard: new(0, 2));
        var cluster = new FakeCluster(plan);
        Assert.Equal(10, On(cluster, plan).Sweep.Kept);
        Assert.Equal(20, On(cluster, plan).Sweep.Kept);
        IsComplete(plan);
        Assert.Single(cluster.Submitted);
    }

    [Fact]
    public void A_task_that_ends_without_results_is_submitted_again_alone()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan) { Spoil = (task, start) => task == 1 && start < 3 ? _ => { } : null };
        Assert.Equal(0, On(cluster, plan).Missing);
        Assert.Equal([[0, 1, 2], [1], [1]], cluster.Submitted);
        Assert.Equal(2, _told.Count(l => l == "task 1 ended without all of its results, and wrote no log"));
        IsComplete(plan);
    }

    [Fact]
    public void A_task_that_the_cluster_only_believes_to_run_is_stopped_and_submitted_again()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan) { IsGhost = (task, start) => task == 1 && start == 1 };
        Assert.Equal(0, On(cluster, plan, silence: TimeSpan.Zero).Missing);
        Assert.Equal([[0, 1, 2], [1]], cluster.Submitted);
        Assert.Contains(("1", "1"), cluster.Cancelled);
        Assert.Contains("1 task of job 1 gave no sign of life for 0 minutes", _told);
        IsComplete(plan);
    }

    [Fact]
    public void A_task_that_gives_signs_of_life_is_waited_for()
    {
        var plan = Plan(Spec);
        var looks = 0;
        FakeCluster? cluster = null;
        cluster = new(plan)
        {
            IsGhost = (task, _) => task == 1,
            Asked = () =>
            {
                if (cluster!.Submitted.Count == 0) return;
                var last = Submission.All(PathOf("a.db"))[^1];
                new SignOfLife(last.Pieces, new(1, 3)).Dispose();
                if (++looks == 9) cluster.Work(last, 1);
            },
        };
        Assert.Equal(0, On(cluster, plan, silence: TimeSpan.Zero).Missing);
        Assert.Single(cluster.Submitted);
        IsComplete(plan);
    }

    [Fact]
    public void A_cluster_that_gives_the_same_name_twice_is_not_asked_for_the_job_before()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan) { OneName = "7", Spoil = (_, start) => start < 3 ? _ => { } : null };
        Assert.Equal(0, On(cluster, plan).Missing);
        Assert.Equal(cluster.Submitted.Count, cluster.Names.Distinct().Count());
        IsComplete(plan);
    }

    [Fact]
    public void A_task_that_runs_twice_counts_once()
    {
        var plan = Plan(Spec);
        FakeCluster? cluster = null;
        cluster = new(plan)
        {
            Spoil = (task, _) => submission =>
            {
                cluster!.Work(submission, task);
                // Another process that does not see the first one's piece.
                var first = submission.Pieces.Pieces(new Shard(task, 3))[0];
                File.Move(first, first + ".hidden");
                cluster.Work(submission, task);
                File.Move(first + ".hidden", Path.ChangeExtension(first, ".again.piece"));
            },
        };
        Assert.Equal(20, On(cluster, plan).Sweep.Ran);
        IsComplete(plan);
    }

    [Fact]
    public void Two_that_disagree_about_a_point_are_a_bug_that_is_told()
    {
        var plan = Plan(Spec);
        var lied = Plan(Spec.Replace("[1, 2]", "[3, 4]", StringComparison.Ordinal));
        // Other setups under the names of these points.
        lied = plan with { Setups = lied.Setups };
        FakeCluster? cluster = null;
        cluster = new(plan)
        {
            Spoil = (task, _) => submission =>
            {
                cluster!.Work(submission, task);
                var first = submission.Pieces.Pieces(new Shard(task, 3))[0];
                File.Move(first, first + ".hidden");
                cluster.Work(submission, task, lied);
                File.Move(first + ".hidden", Path.ChangeExtension(first, ".again.piece"));
            },
        };
        var fault = Assert.Throws<StoreFault>(() => On(cluster, plan));
        Assert.Contains("has other results than in", fault.Message);
    }

    [Fact]
    public void A_task_that_never_finishes_a_point_is_given_up_and_the_rest_is_kept()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan) { Spoil = (task, _) => task == 2 ? Say : null };
        var outcome = On(cluster, plan);
        Assert.Equal([[0, 1, 2], [2], [2]], cluster.Submitted);
        var lost = Assert.Single(outcome.Lost);
        Assert.Equal((2, 7, "no more"), (lost.Number, lost.Missing, lost.LastLine));
        Assert.EndsWith("logs/7_2.log", lost.Log);
        Assert.Equal((13, 7), (outcome.Sweep.Ran, outcome.Missing));
        Assert.Equal(0, On(new FakeCluster(plan), plan).Missing);
        IsComplete(plan);

        static void Say(Submission submission)
        {
            Directory.CreateDirectory(Path.Combine(submission.Folder, "logs"));
            File.WriteAllText(Path.Combine(submission.Folder, "logs", "7_2.log"), "so it is:\nno more\n\n");
        }
    }

    [Fact]
    public void A_point_that_fails_is_told_and_is_not_tried_again_by_the_same_run()
    {
        var plan = Plan(Spec);
        var setups = plan.Setups.ToList();
        var entry = new SchedulerEntry("broken", "Does nothing right.", "a test",
            setups[0].Scheduler.Entry.Defaults, [], null, (_, _) => throw new PolicyFault("L1", "it forgot a vCPU"));
        setups[0] = setups[0] with { Scheduler = setups[0].Scheduler with { Entry = entry } };
        var broken = plan with { Setups = setups };
        var cluster = new FakeCluster(broken);
        var outcome = On(cluster, broken);
        Assert.Single(cluster.Submitted);
        Assert.Equal([0, 1, 2, 3, 4], outcome.Sweep.Failed.Select(f => f.Point.Number));
        Assert.Equal((15, 5, 0), (outcome.Sweep.Ran, outcome.Missing, outcome.Lost.Count));
        Assert.Equal(5, On(new FakeCluster(plan), plan).Sweep.Ran);
        IsComplete(plan);
    }

    [Fact]
    public void Whoever_comes_later_goes_on_with_the_tasks_that_are_under_way()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan);
        var left = On(cluster, plan, waits: false);
        Assert.Equal(["1"], left.Jobs);
        Assert.True(left.Missing > 0);
        Assert.Equal(0, On(cluster, plan).Missing);
        Assert.Single(cluster.Submitted);
        Assert.Contains("going on with job 1", _told);
        IsComplete(plan);
    }

    [Fact]
    public void Tasks_whose_job_was_not_written_down_before_the_kill_are_gone_on_with_too()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan);
        On(cluster, plan, waits: false);
        var state = PathOf("a.db.tasks/1/submission.json");
        File.WriteAllText(state, File.ReadAllText(state).Replace("\"1\"", "", StringComparison.Ordinal));
        Assert.Empty(Submission.All(PathOf("a.db"))[^1].Jobs);
        cluster.Forgotten.Add(cluster.Names[0]);
        Assert.Equal(0, On(cluster, plan).Missing);
        Assert.Single(cluster.Submitted);
        IsComplete(plan);
    }

    [Fact]
    public void Tasks_of_the_sweep_as_it_was_are_not_taken_for_those_of_the_sweep_as_it_is()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan);
        On(cluster, plan, waits: false);
        var changed = Plan(Spec.Replace("[1, 2]", "[2, 3]", StringComparison.Ordinal));
        var fault = Assert.Throws<ClusterFault>(() => On(cluster, changed));
        Assert.Contains("job 1 still runs the sweep as it was before you changed it; wait for it, or stop it (stop 1)",
            fault.Message);
    }

    [Fact]
    public void A_cluster_that_does_not_answer_for_a_while_is_waited_for()
    {
        var plan = Plan(Spec);
        var asked = 0;
        var cluster = new FakeCluster(plan)
        {
            Asked = () =>
            {
                if (++asked is 4 or 6) throw new ClusterFault("nobody there", isAway: true);
            },
        };
        Assert.Equal(0, On(cluster, plan).Missing);
        Assert.Single(_told, l => l == "nobody there; waiting for it");
        IsComplete(plan);
    }

    [Fact]
    public void A_cluster_that_is_not_there_is_told_at_once_and_leaves_nothing_behind()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan) { Asked = () => throw new ClusterFault("no such thing") };
        Assert.Equal("no such thing", Assert.Throws<ClusterFault>(() => On(cluster, plan)).Message);
    }

    [Fact]
    public void Tasks_are_no_more_than_the_cluster_takes_nor_than_there_are_points()
    {
        Assert.Equal(100, TaskSize.Count(10_000, 0.6, 60, 1, 1000));
        Assert.Equal(25, TaskSize.Count(10_000, 0.6, 60, 4, 1000));
        Assert.Equal(10, TaskSize.Count(10_000, 0.6, 60, 1, 10));
        Assert.Equal(1, TaskSize.Count(10_000, 0.001, 60, 1, 1000));
        Assert.Equal(3, TaskSize.Count(3, 500, 60, 1, 1000));
    }

    [Fact]
    public void Without_a_number_of_tasks_a_few_points_are_run_here_and_kept()
    {
        var plan = Plan(Spec);
        var cluster = new FakeCluster(plan);
        // All of them are over before it is known how long one takes.
        Assert.Equal(20, On(cluster, plan, tasks: 0).Sweep.Ran);
        Assert.Empty(cluster.Submitted);
        IsComplete(plan);
    }

    private ClusterOutcome On(FakeCluster cluster, SweepPlan plan, bool waits = true, int tasks = 3,
        TimeSpan? silence = null) =>
        new ClusterRun(plan, PathOf("a.db"), cluster)
        {
            Words = _ => [],
            Tasks = tasks,
            Retries = 2,
            Backoff = TimeSpan.Zero,
            Pause = TimeSpan.Zero,
            Waits = waits,
            Silence = silence ?? TimeSpan.FromMinutes(10),
            Tell = _told.Add,
        }.Run();

    private void IsComplete(SweepPlan plan)
    {
        Run(plan, "here.db");
        Assert.Equal(Csv("here.db"), Csv("a.db"));
        Assert.False(Directory.Exists(PathOf("a.db.tasks")), "a sweep that is complete is one plain file");
        Assert.False(File.Exists(PathOf("a.db.tasks.lock")));
    }
}
