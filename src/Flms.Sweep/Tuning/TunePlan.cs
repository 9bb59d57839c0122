using Flms.Lab;
using Flms.Lab.Input;
using Flms.Lab.Scenarios;
using Flms.Lab.Settings;
using Flms.Sweep.Plans;

namespace Flms.Sweep.Tuning;

/// <summary>The points of a search: a plan that grows with what is tried.</summary>
internal sealed class TunePlan
{
    private readonly List<(Scenario Scenario, IReadOnlyList<string> Values, IReadOnlyList<int> Seeds)> _loads = [];
    private readonly PlanTable _origin;
    private readonly List<int> _loadAxes;
    private readonly List<VariantSetup> _setups = [];
    private readonly List<(TuneCandidate Candidate, int Load)> _variants = [];
    private readonly Dictionary<(TuneCandidate Candidate, int Load), int> _numbers = [];
    private readonly Dictionary<(int Variant, int Replication), PlanPoint> _points = [];
    private readonly List<PlanPoint> _inOrder = [];
    private readonly List<string> _texts = [];

    /// <summary>Takes the loads of a sweep.</summary>
    /// <param name="plan">The sweep.</param>
    /// <param name="scheduler">The label of one of its schedulers.</param>
    public TunePlan(SweepPlan plan, string scheduler)
    {
        _origin = plan.Table;
        _loadAxes = [.. Enumerable.Range(0, _origin.Axes.Count)
            .Where(a => !_origin.SettingAxes.Contains(_origin.Axes[a]))];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var v = 0; v < _origin.Variants.Count; v++)
        {
            if (_origin.Variants[v].Scheduler != scheduler) continue;
            var values = _loadAxes.Select(a => _origin.Variants[v].Values[a]).ToList();
            if (!seen.Add(string.Join('\n', values))) continue;
            Start ??= plan.Setups[v].Scheduler;
            _loads.Add((plan.Setups[v].Scenario, values,
                [.. _origin.Points.Where(p => p.Variant == v).OrderBy(p => p.Replication).Select(p => p.Seed)]));
        }
        if (Start == null) throw new ArgumentException($"the sweep has no scheduler {scheduler}");
    }

    /// <summary>The scheduler as the search begins with it.</summary>
    public SchedulerChoice Start { get; }

    /// <summary>How many loads there are.</summary>
    public int Loads => _loads.Count;

    /// <summary>Points so far.</summary>
    public int Points => _inOrder.Count;

    /// <summary>Is it a combination that the policy takes?</summary>
    public bool CanBe(TuneCandidate candidate) => ChoiceOf(candidate) != null;

    /// <summary>The point of a candidate; it is part of the plan from now on.</summary>
    public PlanPoint Point(TuneCandidate candidate, int load, int replication)
    {
        if (!_numbers.TryGetValue((candidate, load), out var variant))
        {
            variant = _setups.Count;
            _numbers[(candidate, load)] = variant;
            _variants.Add((candidate, load));
            _setups.Add(new(_loads[load].Scenario, ChoiceOf(candidate)!));
            _texts.Add(Canonical.Hash(Canonical.Text(_setups[variant].Scenario, _setups[variant].Scheduler)));
        }
        if (_points.TryGetValue((variant, replication), out var known)) return known;
        var (scenario, _, seeds) = _loads[load];
        var seed = replication < seeds.Count ? seeds[replication] : Experiment.SeedOf(scenario.Seed, replication);
        var point = new PlanPoint(_inOrder.Count, variant, replication, seed,
            Canonical.Hash($"{_texts[variant]} {seed}"));
        _inOrder.Add(point);
        return _points[(variant, replication)] = point;
    }

    /// <summary>All points so far.</summary>
    public SweepPlan Plan => new(Table, [.. _setups]);

    /// <summary>All points so far, with the settings that were tried as axes.</summary>
    public PlanTable Table
    {
        get
        {
            var tried = _variants.SelectMany(v => v.Candidate.Values.Select(x => x.Name)).Distinct()
                .Order(StringComparer.Ordinal).ToList();
            var settings = tried.Select(name => $"{Start.Label}.{name}").ToList();
            return new()
            {
                Name = $"{_origin.Name}: tuning {Start.Label}",
                Summary = _origin.Summary,
                Version = _origin.Version,
                Axes = [.. settings, .. _loadAxes.Select(a => _origin.Axes[a])],
                SettingAxes = settings,
                Objectives = _origin.Objectives,
                Variants = [.. _variants.Select((v, i) => Row(v.Candidate, v.Load, i, tried))],
                Points = [.. _inOrder],
            };
        }
    }

    private VariantRow Row(TuneCandidate candidate, int load, int variant, List<string> tried)
    {
        var values = candidate.Values.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);
        return new(_setups[variant].Scheduler.Label, candidate.Key,
            [.. tried.Select(name => values.GetValueOrDefault(name, "")), .. _loads[load].Values]);
    }

    // Null if the policy does not take the settings together.
    private SchedulerChoice? ChoiceOf(TuneCandidate candidate)
    {
        var place = new Place("tuning");
        var map = new Mapping(place);
        foreach (var (name, value) in candidate.Values)
            map.Set(new(place, name, false), new Scalar(place, value, false));
        var problems = new Problems();
        var options = OptionBinder.Bind(map, Start.Options, Start.Label, problems);
        return problems.Any || options.Problem() != null ? null : Start with { Options = options };
    }
}
