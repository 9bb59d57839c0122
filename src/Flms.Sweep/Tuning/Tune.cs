using Flms.Lab.Measures;
using Flms.Lab.Scenarios;
using Flms.Lab.Settings;
using Flms.Sim;
using Flms.Sweep.Plans;
using Flms.Sweep.Results;

namespace Flms.Sweep.Tuning;

/// <summary>Settings that were tried.</summary>
/// <param name="Values">The settings that the search changed, as name and value.</param>
/// <param name="Runs">How many runs they were judged by.</param>
/// <param name="Score">The mean over those runs of the objective over that of the settings that the search began with;
/// null if a run failed or measured nothing.</param>
public sealed record TuneTrial(IReadOnlyList<(string Name, string Value)> Values, int Runs, double? Score);

/// <summary>What a search found.</summary>
/// <param name="Best">The best settings; without any value, those that the search began with.</param>
/// <param name="Ratio">The objective under them over that under those it began with, run by run with the same random
/// numbers, on runs that they were not chosen by.</param>
/// <param name="Before">The objective under the settings that the search began with, on the same runs.</param>
/// <param name="After">The objective under the best settings, on the same runs.</param>
/// <param name="Runs">Runs that were asked for in all.</param>
/// <param name="Trials">Everything that was tried, the best first.</param>
public sealed record TuneResult(IReadOnlyList<(string Name, string Value)> Best, Estimate Ratio, Estimate Before,
    Estimate After, int Runs, IReadOnlyList<TuneTrial> Trials);

/// <summary>Searches a policy's settings for an objective, within a number of runs.</summary>
/// <remarks>
/// <para>Theory of operation: successive halving (Jamieson and Talwalkar, 2016). Many settings are drawn and judged by
/// few runs; the better third goes on with three times as many, until few are left. Half of the budget draws from
/// everywhere, the other half near the best that was found. A setting is judged by the ratio of the objective to that
/// of the settings that the search began with, in the same load with the same random numbers, so that heavy loads do
/// not outweigh light ones.</para>
/// <para>The winner of many is partly lucky: in the end it is judged again, by runs that it was not chosen by.</para>
/// <para>Rejected: a model of the objective (Gaussian processes): a library that we do not have, for a few dozen
/// trials; coordinate search: settings of schedulers depend on one another. Nothing here is drawn but from the seed,
/// and results are kept by their content: a search that was stopped goes on where it was.</para>
/// </remarks>
public sealed class Tune
{
    /// <summary>The fewest runs that a search makes sense with.</summary>
    public const int LeastBudget = 20;

    private const int Eta = 3;
    private const int LeastWidth = 9;

    private readonly TunePlan _plan;
    private readonly List<TuneOption> _options;
    private readonly bool _maximise;
    private readonly int _replications;

    /// <summary>Makes ready to search.</summary>
    /// <param name="plan">The loads and replications to judge by; the settings of the first value of each axis are
    /// where the search begins.</param>
    /// <param name="scheduler">The label of the scheduler to tune; the plan has it.</param>
    /// <param name="options">The names of the settings that may change; empty for all that can be drawn.</param>
    /// <param name="maximise">Is more better? Otherwise less is.</param>
    public Tune(SweepPlan plan, string scheduler, IReadOnlyList<string> options, bool maximise)
    {
        _maximise = maximise;
        _plan = new(plan, scheduler);
        _replications = plan.Table.Points.Max(p => p.Replication) + 1;
        _options =
        [
            .. OptionCatalog.Of(_plan.Start.Options).Where(s => options.Count == 0 || options.Contains(s.Name))
                .Select(TuneOption.Of).OfType<TuneOption>(),
        ];
    }

    /// <summary>The names of the settings that the search changes; empty if none can be drawn.</summary>
    public IReadOnlyList<string> Options => [.. _options.Select(o => o.Setting.Name)];

    /// <summary>How many runs all replications of all loads take, once.</summary>
    public int RunsOfAll => _plan.Loads * _replications;

    /// <summary>Searches.</summary>
    /// <param name="file">Where results are kept; see <see cref="SweepStore"/>.</param>
    /// <param name="objective">What is to be made small, or great.</param>
    /// <param name="budget">The most runs, <see cref="LeastBudget"/> or more.</param>
    /// <param name="seed">From which settings are drawn.</param>
    /// <param name="threads">Runs at once; 0 for one on each core. The outcome does not depend on it.</param>
    /// <param name="progress">Told how much of the budget is spent, 0 to 1; null for nobody.</param>
    /// <param name="cancellation">Stops it early.</param>
    /// <exception cref="StoreFault">The file cannot be used.</exception>
    public TuneResult Run(string file, Formula objective, int budget, int seed, int threads, Action<double>? progress,
        CancellationToken cancellation)
    {
        using var store = SweepStore.OpenToWrite(file, _plan.Table);
        var judge = new TuneJudge(_plan, store, objective, threads, cancellation);
        // A quarter, at most, is kept for judging the winner by runs that it was not chosen by.
        var check = Math.Clamp(budget / 8 / _plan.Loads, 1, _replications);
        var search = budget - 2 * check * _plan.Loads;
        var random = RandomStream.For((ulong)seed, 1);
        var best = TuneCandidate.Start;
        for (var half = 0; half < 2; half++)
        {
            var centre = best;
            var left = (search - judge.Runs) / (2 - half);
            best = Halve(judge, left, best, half == 0
                ? () => Draw(random, o => o.Any(random))
                : () => Draw(random, o => Near(o, centre, random)), progress, budget);
        }
        var (before, after) = judge.Afresh(TuneCandidate.Start, best, _replications, check);
        progress?.Invoke(1);
        return Result(judge, best, before, after);
    }

    private TuneResult Result(TuneJudge judge, TuneCandidate best, List<double?> before, List<double?> after)
    {
        var pairs = before.Zip(after).Where(p => p.First is > 0 && p.Second != null)
            .Select(p => p.Second!.Value / p.First!.Value).ToList();
        Estimate Of(IEnumerable<double?> values)
        {
            var known = values.OfType<double>().ToList();
            return new(Statistic.Mean(known), Statistic.Ci95(known));
        }
        var trials = judge.Judged.Where(c => c != TuneCandidate.Start)
            .Select(c => new TuneTrial(c.Values, judge.RunsOf(c), judge.Score(c)));
        return new(best.Values, Of(pairs.Select(p => (double?)p)), Of(before), Of(after), judge.Runs,
            [.. trials.OrderByDescending(t => t.Runs).ThenBy(t => Rank(t.Score))]);
    }

    // Rungs of 1, 3, 9, ... replications; each keeps the better third of the one before.
    private TuneCandidate Halve(TuneJudge judge, int budget, TuneCandidate best, Func<TuneCandidate> draw,
        Action<double>? progress, int whole)
    {
        var rungs = new List<int>();
        for (var r = 1; ; r *= Eta)
        {
            rungs.Add(Math.Min(r, _replications));
            if (r >= _replications) break;
        }
        // Many that are judged roughly find more than a few that are judged well.
        while (rungs.Count > 1 && Cost(LeastWidth, rungs) > budget) rungs.RemoveAt(rungs.Count - 1);
        var width = 1;
        while (Cost(width + 1, rungs) <= budget) width++;
        if (Cost(width, rungs) > budget) return best;
        var field = new List<TuneCandidate>();
        // Options may leave fewer different settings than there is room for.
        for (var tries = 0; field.Count < width && tries < 20 * width; tries++)
        {
            var candidate = draw();
            if (_plan.CanBe(candidate) && !field.Contains(candidate) && candidate != best) field.Add(candidate);
        }
        field.Add(best);
        foreach (var rung in rungs)
        {
            judge.Run([TuneCandidate.Start, .. field], rung);
            progress?.Invoke(Math.Min(1.0, (double)judge.Runs / whole));
            // The sort is stable: among equals what was drawn first.
            field = [.. field.OrderBy(c => Rank(judge.Score(c)))];
            if (rung != rungs[^1]) field = field[..Math.Max(1, (field.Count + Eta - 1) / Eta)];
        }
        // What the search began with is kept if nothing beats it.
        return Rank(judge.Score(field[0])) < Rank(judge.Score(TuneCandidate.Start)) ? field[0] : TuneCandidate.Start;
    }

    // With the best so far and what the search began with beside them.
    private int Cost(int width, List<int> rungs)
    {
        var (runs, left, before) = (0, width + 1, 0);
        foreach (var rung in rungs)
        {
            runs += (left + 1) * (rung - before) * _plan.Loads;
            (before, left) = (rung, Math.Max(1, (left + Eta - 1) / Eta));
        }
        return runs;
    }

    // What measured nothing is worse than anything.
    private double Rank(double? score) => score is not { } s ? double.MaxValue : _maximise ? -s : s;

    // One setting at least, each with even odds.
    private TuneCandidate Draw(RandomStream random, Func<TuneOption, string> value)
    {
        var must = random.Next(0, _options.Count);
        var values = new List<(string, string)>();
        for (var i = 0; i < _options.Count; i++)
        {
            var text = value(_options[i]);
            if (i == must || random.Next() < 0.5) values.Add((_options[i].Setting.Name, text));
        }
        return new(values);
    }

    private static string Near(TuneOption option, TuneCandidate centre, RandomStream random)
    {
        var now = centre.Values.FirstOrDefault(v => v.Name == option.Setting.Name).Value ?? option.Setting.Default;
        return option.Near(now, random);
    }
}
