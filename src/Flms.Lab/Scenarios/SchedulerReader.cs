using Flms.Lab.Input;
using Flms.Lab.Settings;
using Flms.Schedulers;

namespace Flms.Lab.Scenarios;

/// <summary>Reads which policies take part, with which settings.</summary>
internal sealed class SchedulerReader(Problems problems)
{
    /// <summary>What a scenario compares if it does not say.</summary>
    public static readonly IReadOnlyList<string> Usual = ["credit", "flms"];

    /// <summary>Reads the items of a scenario's list.</summary>
    public List<SchedulerChoice> Read(IReadOnlyList<Node> items)
    {
        var choices = new List<SchedulerChoice>();
        foreach (var item in items)
        {
            if (item is Scalar { Value: "all" })
            {
                foreach (var entry in SchedulerCatalog.All) Add(choices, SchedulerChoice.Of(entry), item.Place);
                continue;
            }
            // One scheduler is called as YAML calls nothing: in this place it is a name.
            var choice = item is Scalar { IsNull: false } or Scalar { Value: "null" }
                ? Find(((Scalar)item).Value, null, item.Place) : FromMap(item);
            if (choice != null) Add(choices, choice, item.Place);
        }
        return choices;
    }

    private void Add(List<SchedulerChoice> choices, SchedulerChoice choice, Place place)
    {
        if (choices.Any(c => c.Label == choice.Label))
            problems.Add(place, $"two schedulers are called {Quote.Text(choice.Label)}",
                "give one of them another label");
        else choices.Add(choice);
    }

    private SchedulerChoice? FromMap(Node item)
    {
        if (item is Scalar { IsNull: true })
            problems.Add(item.Place, "nothing stands where a scheduler should be", "write its name, or remove it");
        if (item is Mapping map && map["use"] is Scalar { Value: "null", Quoted: false } called)
            map.Set(new(called.Place, "use", quoted: true), new Scalar(called.Place, called.Value, quoted: true));
        var section = new Section(item, ScenarioKeys.OfScheduler, "a scheduler", item.Place, problems);
        var use = section.Read(ScenarioKeys.Use, "");
        if (use == "") return null;
        var preset = section.Read<string?>(ScenarioKeys.Preset, null);
        if (Find(use, preset, section.PlaceOf(ScenarioKeys.Use)) is not { } choice) return null;
        var label = section.Read(ScenarioKeys.Label, choice.Label);
        if (label.Length is 0 or > 60 || label.Any(char.IsControl))
            problems.Add(section.PlaceOf(ScenarioKeys.Label), "a label has 1 to 60 characters", "shorten it");
        var options = OptionBinder.Bind(section[ScenarioKeys.Options], choice.Options, $"scheduler {choice.Label}",
            problems);
        if (!problems.Any && options.Problem() is { } wrong)
            problems.Add(section.PlaceOf(ScenarioKeys.Options), $"scheduler {choice.Label}: {wrong}",
                "change its options");
        return choice with { Label = label, Options = options };
    }

    private SchedulerChoice? Find(string reference, string? preset, Place place)
    {
        var parts = reference.Split(':', 2);
        if (SchedulerCatalog.Find(parts[0]) is not { } entry)
        {
            problems.Add(place, $"there is no scheduler {Quote.Text(parts[0])}",
                Nearest.Advice(parts[0], [.. SchedulerCatalog.All.Select(e => e.Name)]));
            return null;
        }
        preset ??= parts.Length > 1 ? parts[1] : null;
        if (preset == null) return SchedulerChoice.Of(entry);
        foreach (var (name, options) in entry.Presets)
            if (name == preset) return new($"{entry.Name}:{preset}", entry, preset, options);
        problems.Add(place, $"{entry.Name} has no preset {Quote.Text(preset)}", entry.Presets.Count == 0
            ? $"write {entry.Name} alone" : Nearest.Advice(preset, [.. entry.Presets.Select(p => p.Name)]));
        return null;
    }
}
