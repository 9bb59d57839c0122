using Flms.Sweep.Results;

namespace Flms.Sweep.Clusters;

/// <summary>Which tasks run by what the cluster says, and give no sign of life.</summary>
/// <remarks>A controller that was killed may remember that it started a task which no node runs, and take it for
/// running for hours. Such tasks are to be stopped and submitted again; one that was silent and worked after all does
/// no harm.</remarks>
/// <param name="patience">How long a task may be silent.</param>
internal sealed class Silences(TimeSpan patience)
{
    private readonly Dictionary<(string Job, int Number), (string? Sign, TimeSpan Since)> _heard = [];
    private readonly HashSet<(string Job, int Number)> _dead = [];

    /// <summary>Takes tasks that have been silent for too long out of a list.</summary>
    /// <param name="submission">Whose they are.</param>
    /// <param name="live">What the cluster says.</param>
    /// <param name="now">The time.</param>
    /// <returns>Those of them that were not known to be silent before.</returns>
    public IReadOnlyList<(string Job, LiveTask Task)> Remove(Submission submission,
        List<(string Job, LiveTask Task)> live, TimeSpan now)
    {
        // The names of jobs come again where a controller has forgotten some.
        var listed = live.Where(l => l.Task.State == TaskState.Runs).Select(l => (l.Job, l.Task.Number)).ToHashSet();
        _dead.IntersectWith(listed);
        foreach (var gone in _heard.Keys.Where(k => !listed.Contains(k)).ToList()) _heard.Remove(gone);
        var found = new List<(string Job, LiveTask Task)>();
        foreach (var (job, task) in live.Where(l => listed.Contains((l.Job, l.Task.Number))))
        {
            var sign = SignOfLife.Last(submission.Pieces, new(task.Number, submission.Tasks));
            if (!_heard.TryGetValue((job, task.Number), out var heard) || heard.Sign != sign)
                _heard[(job, task.Number)] = (sign, now);
            else if (now - heard.Since > patience && _dead.Add((job, task.Number))) found.Add((job, task));
        }
        live.RemoveAll(l => _dead.Contains((l.Job, l.Task.Number)));
        return found;
    }
}
