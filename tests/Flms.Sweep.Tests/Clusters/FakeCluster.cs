using Flms.Sweep.Clusters;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Sweep.Tests.Clusters;

/// <summary>A cluster that runs a task when it is asked about it, in this process, as badly as a test wants.</summary>
internal sealed class FakeCluster(SweepPlan plan) : ICluster
{
    private readonly Dictionary<string, Queue<int>> _jobs = [];
    private readonly HashSet<(string Job, int Number)> _ghosts = [];

    /// <summary>Every task that was submitted, job by job.</summary>
    public List<IReadOnlyList<int>> Submitted { get; } = [];

    /// <summary>What the jobs were to be called.</summary>
    public List<string> Names { get; } = [];

    /// <summary>What was cancelled.</summary>
    public List<(string Job, string Tasks)> Cancelled { get; } = [];

    /// <summary>Told the task and how often it has been started; what it does instead of its work, or null.</summary>
    public Func<int, int, Action<Submission>?> Spoil { get; init; } = (_, _) => null;

    /// <summary>Told the task and how often it has been started: does the cluster only believe that it runs?</summary>
    public Func<int, int, bool> IsGhost { get; init; } = (_, _) => false;

    /// <summary>What every job is called. Default: its number.</summary>
    public string? OneName { get; init; }

    /// <summary>Called before each question.</summary>
    public Action Asked { get; init; } = () => { };

    public int MostTasks { get; init; } = 1000;

    private Dictionary<int, int> Starts { get; } = [];

    public (string Look, string Stop) CommandsFor(string job) => ($"look {job}", $"stop {job}");

    public string Submit(ClusterTasks tasks, IReadOnlyList<int> numbers)
    {
        Asked();
        var job = OneName ?? $"{Submitted.Count + 1}";
        Names.Add(tasks.Name);
        Submitted.Add(numbers);
        if (!_jobs.TryGetValue(job, out var queue)) _jobs[job] = queue = [];
        foreach (var number in numbers) queue.Enqueue(number);
        Folder = tasks.Folder;
        return job;
    }

    public string? Find(ClusterTasks tasks) => Forgotten.Remove(tasks.Name) ? $"{Submitted.Count}" : null;

    /// <summary>The names of jobs whose submission nobody wrote down.</summary>
    public HashSet<string> Forgotten { get; } = [];

    public IReadOnlyList<LiveTask> Look(string job)
    {
        Asked();
        if (!_jobs.TryGetValue(job, out var queue)) return [];
        LiveTask[] live =
        [
            .. queue.Select((n, i) => new LiveTask(n, i == 0 ? TaskState.Runs : TaskState.Waits, "")),
            .. _ghosts.Where(g => g.Job == job).Select(g => new LiveTask(g.Number, TaskState.Runs, "")),
        ];
        if (queue.TryDequeue(out var number)) Start(job, number);
        return live;
    }

    public void Cancel(string job, IReadOnlyList<int>? numbers = null)
    {
        Cancelled.Add((job, numbers == null ? "all" : string.Join(',', numbers)));
        if (numbers == null) _jobs[job].Clear();
        else _ghosts.RemoveWhere(g => g.Job == job && numbers.Contains(g.Number));
    }

    private string Folder { get; set; } = "";

    private void Start(string job, int number)
    {
        Starts[number] = Starts.GetValueOrDefault(number) + 1;
        if (IsGhost(number, Starts[number]))
        {
            _ghosts.Add((job, number));
            return;
        }
        var submission = Submission.All(Path.GetDirectoryName(Folder)![..^".tasks".Length])[^1];
        if (Spoil(number, Starts[number]) is { } spoiled) spoiled(submission);
        else Work(submission, number);
    }

    /// <summary>What a task does.</summary>
    public void Work(Submission submission, int number, SweepPlan? other = null)
    {
        using var results = new PieceWriter(submission.Pieces, new(number, submission.Tasks));
        new SweepRun(other ?? plan, results)
        {
            Threads = 1,
            Shard = new(number, submission.Tasks),
            Only = submission.ReadTodo(),
        }.Run();
    }
}
