using System.Diagnostics;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Sweep.Clusters;

/// <summary>A task that ended again and again without its results.</summary>
/// <param name="Number">Which.</param>
/// <param name="Missing">How many of its points have no result.</param>
/// <param name="Log">What it wrote; null if it wrote nothing.</param>
/// <param name="LastLine">The last line of that; may be empty.</param>
public sealed record LostTask(int Number, int Missing, string? Log, string LastLine);

/// <summary>What a run on a cluster came to.</summary>
/// <param name="Sweep">What was run.</param>
/// <param name="Missing">How many points have no result yet, failed ones among them.</param>
/// <param name="Jobs">The jobs that are under way; empty unless it was not to wait.</param>
/// <param name="Lost">Tasks that were given up.</param>
public sealed record ClusterOutcome(SweepOutcome Sweep, int Missing, IReadOnlyList<string> Jobs,
    IReadOnlyList<LostTask> Lost);

/// <summary>Runs what is missing of a sweep on a cluster, and gathers it in one file.</summary>
/// <remarks>
/// <para>The points that are missing are cut into tasks. Each writes its results as pieces into a folder beside the
/// file; here they are put into the file as they come. Whether a task is done is read from its results alone. The
/// cluster is asked only which tasks are still alive: of the others, those that lack results are submitted
/// again, later each time. So it does not matter if the cluster forgets a task, runs it twice, or says that it failed
/// when it did not.</para>
/// <para>Everything that must be known to go on lies on the disk. Whoever waits can be stopped or killed, and the same
/// call goes on: it finds the tasks that are under way.</para>
/// </remarks>
/// <param name="plan">What to run.</param>
/// <param name="file">The file of results.</param>
/// <param name="cluster">Where tasks run.</param>
public sealed class ClusterRun(SweepPlan plan, string file, ICluster cluster)
{
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(15);
    private readonly HashSet<string> _gathered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (bool Policy, string Message)> _faults = new(StringComparer.Ordinal);
    private HashSet<string> _done = [];

    /// <summary>The command line of a task, up to where results go and which part is run.</summary>
    public required Func<Submission, IReadOnlyList<string>> Words { get; init; }

    /// <summary>How many tasks to submit; 0, the default, for as many as take <see cref="TaskSeconds"/> each.</summary>
    public int Tasks { get; init; }

    /// <summary>What a task should take at least, by an estimate. Default: 60 s.</summary>
    public double TaskSeconds { get; init; } = 60;

    /// <summary>How many points a task runs at once. Default: 1.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>How often a task is submitted again that ended without finishing a point. Default: 3.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>How long to wait before the first time; then twice as long each time. Default: 2 s.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a cluster may not answer before it is given up. Default: 15 minutes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a task that runs may give no sign of life (they give one every 10 s) before it is stopped and
    /// submitted again. Default: 10 minutes.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long to wait before it asks again, at first; later up to 15 s. Default: 0.5 s.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Wait until it is complete? Otherwise it returns when everything is submitted. Default: yes.</summary>
    public bool Waits { get; init; } = true;

    /// <summary>Told how much of what was missing is finished, 0 to 1. Default: nobody.</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>Told in a line what happens. Default: nobody.</summary>
    public Action<string>? Tell { get; init; }

    /// <summary>Runs it. To be called once.</summary>
    /// <param name="cancellation">Stops the waiting; tasks go on.</param>
    /// <exception cref="ClusterFault">The cluster is not there, refuses, or has not answered for long.</exception>
    /// <exception cref="StoreFault">A file cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public ClusterOutcome Run(CancellationToken cancellation = default)
    {
        using var alone = Lock();
        using var store = SweepStore.OpenToWrite(file, plan.Table);
        var before = store.Done();
        _done = [.. before];
        var old = Submission.All(file);
        foreach (var submission in old) Gather(store, submission);
        // Only of tasks that are alive is it known that a point that failed was tried by them.
        _faults.Clear();
        (IReadOnlyList<LostTask> Lost, IReadOnlyList<string> Jobs) followed = ([], []);
        if (Missing() > 0 && (GoesOn(old.LastOrDefault()) ?? Begin(store, cancellation)) is { } current)
            followed = Follow(store, current, cancellation);
        var missing = Missing();
        if (missing == 0) CleanUp();
        var failed = plan.Table.Points.Where(p => !_done.Contains(p.Hash) && _faults.ContainsKey(p.Hash))
            .Select(p => new FailedPoint(p, _faults[p.Hash].Policy, _faults[p.Hash].Message)).ToList();
        var hashes = plan.Table.Points.Select(p => p.Hash).Distinct().Where(_done.Contains);
        return new(new(plan.Table.Points.Count, plan.Table.Points.Count(p => before.Contains(p.Hash)),
            hashes.Count(h => !before.Contains(h)), failed), missing, followed.Jobs, followed.Lost);
    }

    // Two that gather into one file would both submit what is missing.
    private FileStream Lock()
    {
        FileStream? held = null;
        var path = $"{Submission.FolderOf(file)}.lock";
        WholeFile.Refusals(file, () =>
        {
            try
            {
                held = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                    FileOptions.DeleteOnClose);
            }
            catch (IOException) when (File.Exists(path))
            {
                throw new StoreFault($"{file} is in use: another flms waits for its tasks; let it, or stop it", true);
            }
        });
        return held!;
    }

    private int Missing() => plan.Table.Points.Count(p => !_done.Contains(p.Hash));

    // The tasks of one who was stopped or did not wait are gone on with while they are alive. Tasks of another plan
    // would compute what nobody asks for now.
    private Submission? GoesOn(Submission? last)
    {
        // Whoever submitted it may have been killed before it could write down that it did.
        if (last is { Jobs.Count: 0 } && cluster.Find(TasksOf(last)) is { } found) last = last.With(found);
        if (last == null || !last.Jobs.Any(j => cluster.Look(j).Count > 0)) return null;
        if (last.Plan != plan.Table.MakeId())
            throw new ClusterFault($"{file}: job {last.Jobs[^1]} still runs the sweep as it was before you changed it; "
                + $"wait for it, or stop it ({cluster.CommandsFor(last.Jobs[^1]).Stop})");
        foreach (var piece in last.Pieces.Pieces()) _gathered.Remove(piece);
        Tell?.Invoke($"going on with job {last.Jobs[^1]}");
        return last;
    }

    private Submission? Begin(SweepStore store, CancellationToken cancellation)
    {
        var most = cluster.MostTasks;
        var count = Math.Min(Tasks, most);
        if (Tasks == 0)
        {
            Tell?.Invoke("running a few points here, to see how long they take");
            var seconds = TaskSize.Measure(plan, store, cancellation);
            _done = store.Done();
            if (seconds == null) return null;
            count = TaskSize.Count(Missing(), seconds.Value, TaskSeconds, Cpus, most);
        }
        return Submission.Begin(file, plan.Table, plan.Table.Points.Where(p => !_done.Contains(p.Hash)),
            Math.Min(count, Missing()));
    }

    private (IReadOnlyList<LostTask>, IReadOnlyList<string>) Follow(SweepStore store, Submission submission,
        CancellationToken cancellation)
    {
        var parts = new TaskParts(plan.Table, submission, Retries, Backoff);
        var silences = new Silences(Silence);
        var clock = Stopwatch.StartNew();
        TimeSpan? awaySince = null;
        while (true)
        {
            List<(string Job, LiveTask Task)>? live = null;
            try
            {
                // The tasks first: one that ends in between has its results there when they are gathered.
                live = Look(submission, silences, clock.Elapsed);
                Gather(store, submission);
                parts.See(h => _done.Contains(h) || _faults.ContainsKey(h), live.Select(l => l.Task.Number));
                if (parts.Ready(clock.Elapsed) is { Count: > 0 } ready)
                {
                    submission = Submit(submission, ready, parts);
                    live = Look(submission, silences, clock.Elapsed);
                }
                Tidy(parts, live);
                awaySince = null;
            }
            catch (ClusterFault fault) when (fault.IsAway && submission.Jobs.Count > 0)
            {
                Gather(store, submission);
                awaySince ??= clock.Elapsed;
                if (clock.Elapsed - awaySince > Patience)
                    throw new ClusterFault($"{fault.Message}; tasks may still be running, the same command goes on "
                        + "from there");
                TellOnce($"{fault.Message}; waiting for it");
            }
            Progress?.Invoke(parts.Finished);
            if (parts.AllDone || Missing() == 0) return ([], []);
            if (live is { Count: 0 } && parts.AllEnded) return (parts.Lost(), []);
            if (!Waits && live is { Count: > 0 })
                return ([], [.. live.Select(l => l.Job).Distinct()]);
            Rest(clock.Elapsed, cancellation);
        }
    }

    private List<(string Job, LiveTask Task)> Look(Submission submission, Silences silences, TimeSpan now)
    {
        var live = submission.Jobs.Distinct().SelectMany(j => cluster.Look(j).Select(t => (Job: j, Task: t))).ToList();
        // What cannot be started goes, and is submitted again in its turn.
        foreach (var held in live.Where(l => l.Task.State == TaskState.Held).GroupBy(l => l.Job))
        {
            Tell?.Invoke($"{Count(held.Count())} of job {held.Key} could not be started: {held.First().Task.Reason}");
            cluster.Cancel(held.Key, [.. held.Select(h => h.Task.Number).Order()]);
        }
        live.RemoveAll(l => l.Task.State == TaskState.Held);
        foreach (var silent in silences.Remove(submission, live, now).GroupBy(l => l.Job))
        {
            Tell?.Invoke($"{Count(silent.Count())} of job {silent.Key} gave no sign of life for "
                + $"{Silence.TotalMinutes:0.#} minutes");
            cluster.Cancel(silent.Key, [.. silent.Select(s => s.Task.Number).Order()]);
        }
        if (live.Count > 0 && live.TrueForAll(l => l.Task.State == TaskState.Waits)
            && live.Find(l => l.Task.Reason is not ("" or "Resources" or "Priority" or "BeginTime")) is
            { Task.Reason: { } reason })
            TellOnce($"all tasks wait: {reason}");
        return live;
    }

    private Submission Submit(Submission submission, IReadOnlyList<int> ready, TaskParts parts)
    {
        var tasks = TasksOf(submission);
        string job;
        try
        {
            // Was it submitted, and whoever did it was killed before it could be written down?
            job = cluster.Find(tasks) ?? cluster.Submit(tasks, ready);
        }
        catch (ClusterFault fault) when (fault.IsAway && submission.Jobs.Count == 0)
        {
            throw new ClusterFault($"{fault.Message}; nothing was submitted");
        }
        foreach (var number in parts.Submitted(ready))
            Tell?.Invoke($"task {number} ended without all of its results{Describe(parts.LogOf(number))}");
        Tell?.Invoke($"submitted {Count(ready.Count)} as job {job}");
        return submission.With(job);
    }

    // The next job of it.
    private ClusterTasks TasksOf(Submission submission) => new($"{submission.Name}.{submission.Jobs.Count}",
        Words(submission), submission.Tasks, Cpus, submission.Folder);

    // A cluster that lost its memory may take a task for running that ended long ago.
    private void Tidy(TaskParts parts, List<(string Job, LiveTask Task)> live)
    {
        foreach (var job in live.GroupBy(l => l.Job))
            if (parts.Needless(job.Select(l => l.Task.Number)) is { Count: > 0 } needless)
                cluster.Cancel(job.Key, needless);
    }

    private void Gather(SweepStore store, Submission submission)
    {
        var before = _gathered.Count;
        foreach (var piece in submission.Pieces.Pieces().Order(StringComparer.Ordinal))
            if (_gathered.Add(piece))
                foreach (var (hash, fault) in store.AddPiece(piece)) _faults[hash] = fault;
        if (_gathered.Count > before) _done = store.Done();
    }

    private void CleanUp()
    {
        var folder = Submission.FolderOf(file);
        try
        {
            foreach (var job in Submission.All(file).SelectMany(s => s.Jobs).Distinct())
                if (cluster.Look(job).Count > 0) cluster.Cancel(job);
        }
        catch (ClusterFault)
        {
            // What still runs finds nothing left to do, or writes where nobody looks.
        }
        if (Directory.Exists(folder)) WholeFile.Refusals(folder, () => Directory.Delete(folder, recursive: true));
    }

    private void Rest(TimeSpan elapsed, CancellationToken cancellation)
    {
        // Who has waited an hour can wait seconds more, and the cluster has others to answer.
        var later = TimeSpan.FromTicks(Math.Min(elapsed.Ticks / 20, MostPause.Ticks));
        if (Pause > TimeSpan.Zero) cancellation.WaitHandle.WaitOne(later > Pause ? later : Pause);
        cancellation.ThrowIfCancellationRequested();
    }

    private void TellOnce(string line)
    {
        if (_told.Add(line)) Tell?.Invoke(line);
    }

    private static string Describe((string? Log, string LastLine) log) => log.Log == null ? ", and wrote no log"
        : $": {(log.LastLine == "" ? "it said nothing" : log.LastLine)} ({log.Log})";

    private static string Count(int count) => count == 1 ? "1 task" : $"{count} tasks";
}
