using Flms.Sweep.Plans;

namespace Flms.Sweep.Clusters;

/// <summary>What is known of each task of a submission: what it lacks, how often it was tried, when it may be tried
/// again.</summary>
internal sealed class TaskParts
{
    private readonly Submission _submission;
    private readonly TimeSpan _backoff;
    private readonly Part[] _parts;
    private readonly int _retries;
    private readonly int _points;

    public TaskParts(PlanTable plan, Submission submission, int retries, TimeSpan backoff)
    {
        (_submission, _retries, _backoff) = (submission, retries, backoff);
        var todo = submission.ReadTodo();
        _parts = new Part[submission.Tasks];
        for (var i = 0; i < _parts.Length; i++)
        {
            _parts[i] = new() { Hashes = [.. plan.Part(new(i, submission.Tasks), todo).Select(p => p.Hash)] };
            _points += _parts[i].Hashes.Count;
            _parts[i].Missing = _parts[i].LastMissing = _parts[i].Hashes.Count;
        }
    }

    /// <summary>How much of all points needs no more work, 0 to 1.</summary>
    public double Finished => _points == 0 ? 1 : 1 - (double)_parts.Sum(p => p.Missing) / _points;

    /// <summary>Needs no task more work?</summary>
    public bool AllDone => Array.TrueForAll(_parts, p => p.Missing == 0);

    /// <summary>Is no task alive or to be tried again?</summary>
    public bool AllEnded => Array.TrueForAll(_parts, p => p.Missing == 0 || (!p.Alive && IsSpent(p)));

    /// <summary>Takes note of what is finished and what is alive.</summary>
    /// <param name="isFinished">Needs a point no more work? It has a result, or its run fails always.</param>
    /// <param name="alive">The tasks that have not ended.</param>
    public void See(Predicate<string> isFinished, IEnumerable<int> alive)
    {
        foreach (var part in _parts)
        {
            part.Hashes.RemoveAll(isFinished);
            part.Missing = part.Hashes.Count;
            part.Alive = false;
        }
        foreach (var number in alive) _parts[number].Alive = true;
    }

    /// <summary>The tasks to submit now, ascending.</summary>
    public IReadOnlyList<int> Ready(TimeSpan now)
    {
        var ready = new List<int>();
        for (var i = 0; i < _parts.Length; i++)
        {
            var part = _parts[i];
            if (part.Missing == 0 || part.Alive) continue;
            // One that got on may go on for ever: each time there is less left.
            if (part.Missing < part.LastMissing) part.Tries = Math.Min(part.Tries, 1);
            part.LastMissing = part.Missing;
            if (IsSpent(part)) continue;
            part.NotBefore ??= part.Tries == 0 ? now : now + _backoff * (1L << (part.Tries - 1));
            if (part.NotBefore <= now) ready.Add(i);
        }
        return ready;
    }

    /// <summary>Takes note that tasks were submitted.</summary>
    /// <returns>Those of them that had been tried before.</returns>
    public IReadOnlyList<int> Submitted(IReadOnlyList<int> numbers)
    {
        var again = new List<int>();
        foreach (var number in numbers)
        {
            var part = _parts[number];
            if (part.Tries++ > 0) again.Add(number);
            (part.NotBefore, part.Alive) = (null, true);
        }
        return again;
    }

    /// <summary>Those of the tasks alive that have had nothing left to do since the last time.</summary>
    public IReadOnlyList<int> Needless(IEnumerable<int> alive)
    {
        var needless = new List<int>();
        foreach (var number in alive.Order())
            if (_parts[number].Missing == 0 && ++_parts[number].SeenNeedless == 2) needless.Add(number);
        return needless;
    }

    /// <summary>The tasks that lack results.</summary>
    public IReadOnlyList<LostTask> Lost()
    {
        var lost = new List<LostTask>();
        for (var i = 0; i < _parts.Length; i++)
            if (_parts[i].Missing > 0)
            {
                var (log, line) = LogOf(i);
                lost.Add(new(i, _parts[i].Missing, log, line));
            }
        return lost;
    }

    /// <summary>What a task wrote last.</summary>
    public (string? Log, string LastLine) LogOf(int number)
    {
        try
        {
            var logs = new DirectoryInfo(Path.Combine(_submission.Folder, "logs"));
            var last = logs.GetFiles($"*_{number}.log").MaxBy(f => f.LastWriteTimeUtc);
            return last == null ? (null, "")
                : (last.FullName, File.ReadLines(last.FullName).LastOrDefault(l => l.Trim() != "")?.Trim() ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, "");
        }
    }

    private bool IsSpent(Part part) => part.Tries > _retries;

    private sealed class Part
    {
        public required List<string> Hashes { get; init; }
        public int Missing { get; set; }
        public int LastMissing { get; set; }
        public int Tries { get; set; }
        public bool Alive { get; set; }
        public TimeSpan? NotBefore { get; set; }
        public int SeenNeedless { get; set; }
    }
}
