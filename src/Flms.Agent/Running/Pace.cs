using Flms.Agent.Discovery;
using Flms.Agent.Levers;
using Flms.Core;

namespace Flms.Agent.Running;

/// <summary>Keeps a running agent from changing a thread too often, or again and again in vain.</summary>
/// <remarks>A thread whose change failed rests for 2 periods of residency, then 4, up to 64.</remarks>
/// <param name="rules">The bounds.</param>
public sealed class Pace(PaceRules rules)
{
    /// <summary>The bounds.</summary>
    public PaceRules Rules { get; set; } = rules;

    private const int MostDoublings = 6;

    private readonly Dictionary<ThreadIdentity, (Instant Until, int Failures)> _resting = [];

    /// <summary>How many threads are remembered.</summary>
    public int Count => _resting.Count;

    /// <summary>May the thread be changed now?</summary>
    public bool Allows(ThreadIdentity thread, Instant now) =>
        !_resting.TryGetValue(thread, out var rest) || now >= rest.Until;

    /// <summary>A change of it has ended so.</summary>
    public void Ended(ThreadIdentity thread, LeverOutcome outcome, Instant now)
    {
        var failures = _resting.GetValueOrDefault(thread).Failures;
        if (outcome == LeverOutcome.Changed) _resting[thread] = (now + Rules.Residency, 0);
        else if (outcome == LeverOutcome.Gone) _resting.Remove(thread);
        else if (outcome == LeverOutcome.Failed)
        {
            failures = Math.Min(failures + 1, MostDoublings);
            var rest = Duration.Max(Rules.Residency, 1.Seconds) * (1L << failures);
            _resting[thread] = (now + rest, failures);
        }
    }

    /// <summary>Forgets threads that are not there any more.</summary>
    public void Keep(Func<ThreadIdentity, bool> lives)
    {
        foreach (var thread in _resting.Keys)
            if (!lives(thread)) _resting.Remove(thread);
    }
}
