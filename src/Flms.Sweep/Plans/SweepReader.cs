using Flms.Lab;
using Flms.Lab.Input;
using Flms.Lab.Scenarios;
using Flms.Lab.Settings;

namespace Flms.Sweep.Plans;

/// <summary>Reads sweep files: YAML, as docs/sweep.md describes it.</summary>
/// <remarks>The scenario is parsed once and checked with every combination of values before anything runs; every
/// problem comes back with its file, line and column.</remarks>
public static class SweepReader
{
    /// <summary>Reads a file, and the scenario that it names.</summary>
    /// <param name="path">As the user named it.</param>
    public static Reading<SweepPlan> ReadFile(string path)
    {
        var problems = new Problems();
        var node = ScenarioReader.Parse(path, problems);
        if (node != null && node is not Mapping)
            problems.Add(node.Place, $"the file is {node.Form}, not a sweep", "begin it with keys like \"scenario:\"");
        if (node is not Mapping root) return problems.Outcome<SweepPlan>(() => null);
        if (root["domains"] != null && root["scenario"] == null)
            problems.Add(root.Place, "this is a scenario, not a sweep",
                "write a file that names it with scenario: and says what varies; see docs/sweep.md");
        if (problems.Any) return problems.Outcome<SweepPlan>(() => null);
        return new Assembly(path, new(root, SweepKeys.Root, "the sweep", root.Place, problems), problems).Read();
    }

    /// <summary>One sweep file as it is being read.</summary>
    private sealed class Assembly(string file, Section top, Problems problems)
    {
        // Of a sweep, problems are told as often as they are different.
        private readonly HashSet<Problem> _told = [];

        public Reading<SweepPlan> Read()
        {
            var reader = new AxisReader(problems);
            var shared = reader.Settings(top[SweepKeys.Set], "set");
            if (top[SweepKeys.Schedulers] is { } schedulers)
                shared.Insert(0, new("schedulers", "", "schedulers") { Written = AsList(schedulers) });
            var axes = reader.Read(top[SweepKeys.Axes]);
            var seeds = ReadSeeds();
            var given = top.Read(SweepKeys.Replications, 0);
            if (seeds != null && given > 0)
                problems.Add(top.PlaceOf(SweepKeys.Replications), "there are seeds and replications",
                    "keep one of the two: each seed is one replication");
            var document = problems.Any ? null : Take(ScenarioReader.ReadDocument(ScenarioPath()));
            var plain = document == null ? null : Take(document.With(new() { Overrides = shared }));
            if (plain == null) return problems.Outcome<SweepPlan>(() => null);
            var runs = seeds?.Count ?? (given > 0 ? given : plain.Replications);
            var setups = new List<VariantSetup>();
            var rows = new List<VariantRow>();
            for (var s = 0; s < plain.Schedulers.Count && !problems.Full; s++)
                AddVariants(document!, shared, axes, plain.Schedulers, s, runs, setups, rows);
            return problems.Outcome(() => new SweepPlan(Table(plain, axes, rows, setups, seeds, runs), setups));
        }

        private string ScenarioPath() =>
            Path.Combine(Path.GetDirectoryName(file) ?? "", top.Read(SweepKeys.Scenario, ""));

        private static Sequence AsList(Node node)
        {
            if (node is Sequence list) return list;
            var one = new Sequence(node.Place);
            one.Items.Add(node);
            return one;
        }

        private List<int>? ReadSeeds()
        {
            if (top[SweepKeys.Seeds] == null) return null;
            var seeds = new List<int>();
            foreach (var item in top.Items(SweepKeys.Seeds))
            {
                if (OptionBinder.Read(item, ScenarioKeys.Seed, problems) is not int seed) continue;
                if (seeds.Contains(seed)) problems.Add(item.Place, $"the seed {seed} is here twice", "remove one");
                seeds.Add(seed);
            }
            if (seeds.Count == 0 && !problems.Any)
                problems.Add(top.PlaceOf(SweepKeys.Seeds), "there are no seeds", "write them like [1, 2, 3]");
            return seeds;
        }

        // Every combination of the values of the axes that concern the scheduler; the last axis varies fastest.
        private void AddVariants(ScenarioDocument document, List<Override> shared, List<Axis> axes,
            IReadOnlyList<SchedulerChoice> all, int s, int runs, List<VariantSetup> setups, List<VariantRow> rows)
        {
            var concerned = axes.Select(a => a.Concerns(all[s], all)).ToList();
            // In floating point the product cannot overflow.
            var count = axes.Where((_, a) => concerned[a]).Aggregate(1.0, (product, a) => product * a.Values.Count);
            if ((rows.Count + count) * runs > SweepKeys.MaxPoints)
            {
                problems.Add(top.Place, $"there are more than {SweepKeys.MaxPoints} points",
                    "vary less, or cut it into several sweeps");
                return;
            }
            var chosen = new int[axes.Count];
            do
            {
                if (problems.Full) return;
                var values = axes.Select((axis, a) => concerned[a] ? axis.Values[chosen[a]] : null).ToList();
                List<Override> settings = [.. shared, .. values.OfType<AxisValue>().SelectMany(v => v.Settings)];
                if (Take(document.With(new() { Overrides = settings })) is not { } scenario) continue;
                var scheduler = scenario.Schedulers[s];
                setups.Add(new(scenario, scheduler));
                rows.Add(new(scheduler.Label, Changed(scheduler), [.. values.Select(v => v?.Text ?? "")]));
            }
            while (Next(chosen, axes, concerned));
        }

        private static bool Next(int[] chosen, List<Axis> axes, List<bool> concerned)
        {
            for (var a = axes.Count - 1; a >= 0; a--)
            {
                if (!concerned[a]) continue;
                if (++chosen[a] < axes[a].Values.Count) return true;
                chosen[a] = 0;
            }
            return false;
        }

        private T? Take<T>(Reading<T> reading) where T : class
        {
            foreach (var problem in reading.Problems)
                if (_told.Add(problem)) problems.Add(problem.Place, problem.What, problem.Advice);
            foreach (var warning in reading.Warnings)
                if (_told.Add(warning)) problems.Warn(warning.Place, warning.What, warning.Advice);
            return reading.Value;
        }

        private PlanTable Table(Scenario plain, List<Axis> axes, List<VariantRow> rows, List<VariantSetup> setups,
            List<int>? seeds, int runs)
        {
            var points = new List<PlanPoint>(rows.Count * runs);
            for (var v = 0; v < setups.Count; v++)
            {
                var text = Canonical.Hash(Canonical.Text(setups[v].Scenario, setups[v].Scheduler));
                for (var r = 0; r < runs; r++)
                {
                    var seed = seeds?[r] ?? Experiment.SeedOf(setups[v].Scenario.Seed, r);
                    points.Add(new(points.Count, v, r, seed, Canonical.Hash($"{text} {seed}")));
                }
            }
            return new()
            {
                Name = top.Read(SweepKeys.Name, Path.GetFileNameWithoutExtension(file)),
                Summary = top.Read(SweepKeys.Summary, plain.Summary).Trim(),
                Version = SweepVersion.Text,
                Axes = [.. axes.Select(a => a.Name)],
                SettingAxes = [.. axes.Where(a => a.IsSetting).Select(a => a.Name)],
                Objectives = ReadObjectives(plain),
                Variants = rows,
                Points = points,
            };
        }

        private Objectives ReadObjectives(Scenario plain)
        {
            var section = new Section(top[SweepKeys.Goals], SweepKeys.OfObjectives, "objectives", top.Place, problems);
            var guess = ObjectiveGuess.For(plain);
            return new(section.Read(SweepKeys.Latency, guess.Latency),
                section.Read(SweepKeys.Throughput, guess.Throughput), section.Read(SweepKeys.Fairness, guess.Fairness));
        }

        private static string Changed(SchedulerChoice choice) => string.Join(", ",
            OptionCatalog.Of(choice.Options).Zip(OptionCatalog.Of(choice.Entry.Defaults))
                .Where(pair => pair.First.Default != pair.Second.Default)
                .Select(pair => $"{pair.First.Name}={pair.First.Default}"));
    }
}
