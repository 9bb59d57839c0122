using System.Text;
using System.Text.RegularExpressions;
using Flms.Lab.Input;
using Flms.Lab.Scenarios;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Sim.Devices;
using Flms.Sim.Guests;
using Flms.Sim.Network;

namespace Flms.Lab.Settings;

/// <summary>Writes the tables of settings into the documentation, between marks, from the code.</summary>
/// <remarks>
/// A block begins with <c>&lt;!-- generated:KIND NAME --&gt;</c> and ends with <c>&lt;!-- /generated --&gt;</c>. Kinds:
/// <c>options SCHEDULER</c>; <c>presets SCHEDULER</c> (what each preset changes); <c>parameters SCHEDULER</c> (of a
/// domain); <c>workload NAME</c>; <c>workloads</c>; <c>costs</c>; <c>keys MAP</c> with MAP one of root, machine, pcpu,
/// scheduler, domain, workload, operation; <c>schedulers</c>; <c>devices NAME</c> with NAME one of machine-network,
/// machine-disk, network, disk, driver, guest.
/// </remarks>
public static partial class DocsGenerator
{
    private const string End = "<!-- /generated -->";

    [GeneratedRegex(@"<!-- generated:(?<kind>[a-z]+)(?: (?<name>[a-z0-9-]+))? -->")]
    private static partial Regex Begin();

    /// <summary>The text with every block made anew.</summary>
    /// <param name="text">A Markdown document.</param>
    /// <param name="file">What messages call it.</param>
    /// <returns>Problems: a block that never ends, or is of no known kind or name.</returns>
    public static Reading<string> Rewrite(string text, string file)
    {
        var problems = new Problems();
        var result = new StringBuilder();
        var done = 0;
        foreach (Match begin in Begin().Matches(text))
        {
            if (begin.Index < done) continue;
            var line = text.AsSpan(0, begin.Index).Count('\n') + 1;
            var place = new Place(file, line, 1);
            var end = text.IndexOf(End, begin.Index, StringComparison.Ordinal);
            if (end < 0)
            {
                problems.Add(place, "this generated block has no end", $"write {End} below it");
                break;
            }
            var table = Block(begin.Groups["kind"].Value, begin.Groups["name"].Value);
            if (table == null)
                problems.Add(place, $"nothing is known of {Quote.Text(begin.Value)}",
                    "see DocsGenerator for the kinds");
            result.Append(text, done, begin.Index + begin.Length - done).Append('\n').Append(table);
            done = end;
        }
        result.Append(text, done, text.Length - done);
        return problems.Outcome(result.ToString);
    }

    // Null if there is nothing of that kind and name.
    private static string? Block(string kind, string name) => (kind, SchedulerCatalog.Find(name)) switch
    {
        ("options", { } entry) => Options(entry),
        ("presets", { } entry) => Presets(entry),
        ("parameters", { } entry) => entry.DomainParameters == null ? "None.\n"
            : Table(OptionCatalog.Of(entry.DomainParameters)),
        ("workload", _) => OptionCatalog.Workloads.FirstOrDefault(w => w.Name == name).Defaults is { } workload
            ? Table(OptionCatalog.Of(workload)) : null,
        ("workloads", _) => string.Concat(OptionCatalog.Workloads.Select(w =>
            $"\n### `{w.Name}`\n\n{Table(OptionCatalog.Of(w.Defaults))}")) + "\n",
        ("costs", _) => Costs(),
        ("devices", _) => Devices(name) is { } devices ? Table(OptionCatalog.Of(devices)) : null,
        ("keys", _) => Keys(name) is { } keys ? Table(keys) : null,
        ("schedulers", _) => Schedulers(),
        _ => null,
    };

    // What a scheduler takes over from another stands on the other's page, but for the defaults that differ.
    private static string Options(SchedulerEntry entry)
    {
        var type = entry.Defaults.GetType();
        var settings = OptionCatalog.Of(entry.Defaults);
        var parent = SchedulerCatalog.All.FirstOrDefault(e => e.Defaults.GetType() == type.BaseType);
        if (parent == null) return Table(settings);
        var parents = OptionCatalog.Of(parent.Defaults);
        var differ = from s in settings
                     from other in parents
                     where s.Name == other.Name && s.Default != other.Default
                     select $"`{s.Name}: {s.Default}`";
        var except = string.Join(", ", differ);
        return Table([.. settings.Where(s => s.Property!.DeclaringType == type)])
            + $"\nAnd every setting of [{parent.Name}]({parent.Name}.md#parameters), with the same defaults"
            + (except == "" ? ".\n" : $" but {except}.\n");
    }

    private static IReadOnlyList<Setting>? Keys(string map) => map switch
    {
        "root" => ScenarioKeys.Root,
        "machine" => ScenarioKeys.OfMachine,
        "pcpu" => ScenarioKeys.OfPcpu,
        "scheduler" => ScenarioKeys.OfScheduler,
        "domain" => ScenarioKeys.OfEachDomain,
        "workload" => ScenarioKeys.OfEachWorkload,
        "operation" => ScenarioKeys.OfOperation,
        _ => null,
    };

    private static object? Devices(string name) => name switch
    {
        "machine-network" => new NetworkSetup(),
        "network" => new InterfaceSetup(),
        "driver" => new DriverSetup(),
        "guest" => new GuestOptions(),
        "machine-disk" => new DiskSetup(),
        "disk" => new BlockSetup(),
        _ => null,
    };

    private static string Table(IReadOnlyList<Setting> settings)
    {
        if (settings.Count == 0) return "None.\n";
        var sources = settings.Any(s => s.Source != "");
        var table = new StringBuilder();
        table.Append("| setting | value | default | what it does |").Append(sources ? " source |" : "").Append('\n')
            .Append("|---|---|---|---|").Append(sources ? "---|" : "").Append('\n');
        foreach (var s in settings)
        {
            table.Append($"| `{s.Name}` | {Cell(ValueOf(s))} | {DefaultOf(s)} | {Cell(s.Summary)} |");
            if (sources) table.Append($" {Cell(s.Source)} |");
            table.Append('\n');
        }
        return table.ToString();
    }

    private static string ValueOf(Setting s)
    {
        if (s.Kind == SettingKind.Choice) return string.Join(", ", s.Choices.Select(c => $"`{c}`"));
        var value = s.Kind == SettingKind.Structure ? "list or map" : s.KindName;
        if (s.Unit != "") value += $" ({s.Unit})";
        return s.Range == "" ? value : $"{value}, {s.Range}";
    }

    private static string DefaultOf(Setting s) =>
        s.Required ? "must be given" : s.Default == "" ? "" : $"`{s.Default}`";

    private static string Cell(string text) => text.Replace("|", "\\|").Replace('\n', ' ');

    private static string Presets(SchedulerEntry entry)
    {
        if (entry.Presets.Count == 0) return "None.\n";
        var defaults = OptionCatalog.Of(entry.Defaults);
        var table = new StringBuilder("| preset | what it changes |\n|---|---|\n");
        foreach (var (name, options) in entry.Presets)
        {
            var changes = OptionCatalog.Of(options).Zip(defaults)
                .Where(pair => pair.First.Default != pair.Second.Default)
                .Select(pair => $"`{pair.First.Name}: {pair.First.Default}`").ToList();
            var what = changes.Count == 0 ? "nothing: these are the defaults" : string.Join(", ", changes);
            table.Append($"| `{name}` | {what} |\n");
        }
        return table.ToString();
    }

    private static string Costs()
    {
        var harness = OptionCatalog.Of(CostModel.Harness);
        var none = OptionCatalog.Of(CostModel.None);
        var table = new StringBuilder(
            "| setting | value | `typical` | `harness` | `none` | what it is | source of `typical` |\n"
            + "|---|---|---|---|---|---|---|\n");
        foreach (var (s, i) in OptionCatalog.Of(CostModel.Typical).Select((s, i) => (s, i)))
            table.Append(
                $"| `{s.Name}` | {Cell(ValueOf(s))} | `{s.Default}` | `{harness[i].Default}` | `{none[i].Default}` "
                + $"| {Cell(s.Summary)} | {Cell(s.Source)} |\n");
        return table.ToString();
    }

    private static string Schedulers()
    {
        var table = new StringBuilder("| name | presets | what it is |\n|---|---|---|\n");
        foreach (var e in SchedulerCatalog.All)
        {
            var presets = string.Join(", ", e.Presets.Select(p => $"`{p.Name}`"));
            table.Append($"| `{e.Name}` | {presets} | {Cell(e.Summary)} |\n");
        }
        return table.ToString();
    }
}
