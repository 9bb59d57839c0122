using System.Globalization;
using Flms.Lab.Input;

namespace Flms.Lab.Scenarios;

/// <summary>Puts values of the command line into the document, before it is checked.</summary>
internal static class Overrides
{
    /// <summary>Changes the document.</summary>
    public static void Apply(Mapping root, IReadOnlyList<Override> overrides, Problems problems)
    {
        foreach (var o in overrides)
        {
            var place = o.Written?.Place ?? new Place(o.Origin);
            var value = o.Written?.Copy() ?? YamlText.ReadValue(o.Value, place, problems);
            if (value == null) continue;
            var path = o.Path.Split('.');
            if (path.Any(p => p.Length == 0))
            {
                problems.Add(place, "the path has an empty part", "write it like domains.web.weight=512");
                continue;
            }
            // flms.sp_slice is short for schedulers.flms.options.sp_slice.
            if (path.Length > 1 && !ScenarioKeys.Root.Any(k => k.Name == path[0]) && IsScheduler(root, path[0]))
                path = ["schedulers", path[0], "options", .. path[1..]];
            Put(root, null, path, value, place, problems);
        }
    }

    private static bool IsScheduler(Mapping root, string name) =>
        root["schedulers"] is Sequence list && Find(list, name).Count > 0;

    private static void Put(
        Mapping map, string? mapName, ReadOnlySpan<string> path, Node value, Place place, Problems problems)
    {
        var name = path[0];
        var key = new Scalar(place, name, false);
        if (path.Length == 1)
        {
            map.Set(key, value);
            return;
        }
        switch (map[path[0]])
        {
            case Sequence list:
                PutIntoList(list, path, value, place, problems);
                return;
            case Mapping inner:
                Put(inner, path[0], path[1..], value, place, problems);
                return;
            case null when mapName == null && !ScenarioKeys.Root.Any(k => k.Name == name):
                problems.Add(place, $"there is no {name} here", $"begin with {Roots(map)}");
                return;
            case null when mapName == null && path[0] is "domains" or "schedulers" or "operations":
                problems.Add(place, $"the scenario has no {path[0]}", "write them in the file first");
                return;
            case null or Scalar { IsNull: true }:
                PutIntoNew(map, key, new Mapping(place), path, value, place, problems);
                return;
            case Scalar scalar when path[0] == "costs":
                var costs = new Mapping(place);
                costs.Set(new(place, "base", false), scalar);
                PutIntoNew(map, key, costs, path, value, place, problems);
                return;
            case var other:
                problems.Add(place, $"{path[0]} is {other.Form}: it has no {path[1]}", "shorten the path");
                return;
        }
    }

    private static void PutIntoNew(Mapping map, Scalar key, Mapping inner, ReadOnlySpan<string> path, Node value,
        Place place, Problems problems)
    {
        map.Set(key, inner);
        Put(inner, key.Value, path[1..], value, place, problems);
    }

    // path[0] is the list, path[1] one of its items, by its name or its number.
    private static void PutIntoList(
        Sequence list, ReadOnlySpan<string> path, Node value, Place place, Problems problems)
    {
        var found = Find(list, path[1]);
        if (found.Count == 0)
        {
            var names = list.Items.SelectMany(Names).Distinct().ToList();
            problems.Add(place, $"{path[0]} has no {Quote.Text(path[1])}",
                names.Count == 0 ? "count its items from 0" : Nearest.Advice(path[1], names));
            return;
        }
        foreach (var i in found)
        {
            if (path.Length == 2) list.Items[i] = value;
            else if (path[0] == "workloads") PutIntoWorkload(list, i, path[1..], value, place, problems);
            else Put(Opened(list, i, "use"), path[1], path[2..], value, place, problems);
        }
    }

    // A workload is its name, alone or as the one key of its settings.
    private static void PutIntoWorkload(
        Sequence list, int i, ReadOnlySpan<string> path, Node value, Place place, Problems problems)
    {
        if (list.Items[i] is Scalar name)
        {
            var map = new Mapping(name.Place);
            map.Set(name, new Mapping(name.Place));
            list.Items[i] = map;
        }
        if (list.Items[i] is not Mapping { Entries: [var only] } workload)
        {
            problems.Add(place, "that workload cannot be changed", "correct it in the file first");
            return;
        }
        if (only.Value is Scalar { IsNull: true }) workload.Set(only.Key, new Mapping(only.Key.Place));
        if (workload[only.Key.Value] is Mapping settings)
            Put(settings, only.Key.Value, path[1..], value, place, problems);
        else
            problems.Add(place, $"{only.Key.Value} is {only.Value.Form}: it has no settings", "correct the file first");
    }

    private static Mapping Opened(Sequence list, int i, string key)
    {
        if (list.Items[i] is Mapping map) return map;
        var opened = new Mapping(list.Items[i].Place);
        opened.Set(new(list.Items[i].Place, key, false), list.Items[i]);
        list.Items[i] = opened;
        return opened;
    }

    // The items of that name: by label if any has it, else by what they are, else by number.
    private static List<int> Find(Sequence list, string name)
    {
        var byName = new List<int>();
        var byUse = new List<int>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            var names = Names(list.Items[i]).ToList();
            if (names.Count > 0 && names[0] == name) byName.Add(i);
            else if (names.Contains(name)) byUse.Add(i);
        }
        if (byName.Count > 0) return byName;
        if (byUse.Count > 0) return byUse;
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n < list.Items.Count
            ? [n] : [];
    }

    // The most particular first: label, name, policy with preset, policy, workload.
    private static IEnumerable<string> Names(Node item)
    {
        if (item is Scalar s)
        {
            yield return s.Value;
            yield return s.Value.Split(':')[0];
        }
        if (item is not Mapping map) yield break;
        foreach (var key in (string[])["label", "name", "use"])
            if (map[key] is Scalar value)
            {
                yield return value.Value;
                yield return value.Value.Split(':')[0];
            }
        if (map.Entries.Count == 1 && map["use"] == null && map["name"] == null) yield return map.Entries[0].Key.Value;
    }

    private static string Roots(Mapping root)
    {
        var names = ScenarioKeys.Root.Select(k => k.Name).ToList();
        if (root["schedulers"] is Sequence list) names.AddRange(list.Items.SelectMany(Names));
        return Quote.Or(names.Distinct());
    }
}
