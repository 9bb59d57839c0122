using Flms.Sweep.Results;

namespace Flms.Sweep.Tuning;

/// <summary>Runs what is to be tried, and says how good it was.</summary>
internal sealed class TuneJudge(
    TunePlan plan, SweepStore store, Formula objective, int threads, CancellationToken cancellation)
{
    private readonly Dictionary<(TuneCandidate Candidate, int Load, int Replication), double?> _values = [];
    private readonly Dictionary<TuneCandidate, int> _replications = [];
    private readonly List<TuneCandidate> _judged = [];

    /// <summary>Runs that were asked for so far.</summary>
    public int Runs => plan.Points;

    /// <summary>Everything that was tried, in order.</summary>
    public IReadOnlyList<TuneCandidate> Judged => _judged;

    /// <summary>How many runs a candidate was judged by.</summary>
    public int RunsOf(TuneCandidate candidate) => _replications.GetValueOrDefault(candidate) * plan.Loads;

    /// <summary>Runs the first replications of candidates under every load, those that are missing.</summary>
    public void Run(IReadOnlyList<TuneCandidate> candidates, int replications)
    {
        foreach (var candidate in candidates)
        {
            if (!_replications.ContainsKey(candidate)) _judged.Add(candidate);
            _replications[candidate] = Math.Max(replications, _replications.GetValueOrDefault(candidate));
        }
        Measure(candidates, 0, replications);
    }

    /// <summary>The mean of the ratios to what the search began with; null if a run failed or measured
    /// nothing.</summary>
    public double? Score(TuneCandidate candidate)
    {
        var (sum, n) = (0.0, 0);
        for (var r = 0; r < _replications[candidate]; r++)
            for (var load = 0; load < plan.Loads; load++)
            {
                if (_values[(candidate, load, r)] is not { } value) return null;
                if (_values[(TuneCandidate.Start, load, r)] is not > 0) continue;
                (sum, n) = (sum + value / _values[(TuneCandidate.Start, load, r)]!.Value, n + 1);
            }
        return n == 0 ? null : sum / n;
    }

    /// <summary>The values of two candidates on replications that neither was chosen by.</summary>
    public (List<double?> One, List<double?> Other) Afresh(TuneCandidate one, TuneCandidate other, int first, int count)
    {
        Measure([one, other], first, count);
        return (Values(one), Values(other));

        List<double?> Values(TuneCandidate candidate) =>
        [
            .. from r in Enumerable.Range(first, count)
               from load in Enumerable.Range(0, plan.Loads)
               select _values[(candidate, load, r)],
        ];
    }

    private void Measure(IReadOnlyList<TuneCandidate> candidates, int first, int count)
    {
        var points = (from c in candidates
                      from r in Enumerable.Range(first, count)
                      from load in Enumerable.Range(0, plan.Loads)
                      where !_values.ContainsKey((c, load, r))
                      select (Key: (c, load, r), Point: plan.Point(c, load, r))).ToList();
        store.Replan(plan.Table);
        new SweepRun(plan.Plan, store) { Threads = threads }.Run(cancellation);
        // A run that failed has no result, and so no value.
        foreach (var (key, point) in points)
            _values[key] = store.Read(point.Hash) is { } result ? objective.Of(result) : null;
    }
}
