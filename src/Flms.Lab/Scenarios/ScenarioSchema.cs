using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Flms.Lab.Settings;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Sim.Devices;
using Flms.Sim.Guests;
using Flms.Sim.Network;

namespace Flms.Lab.Scenarios;

/// <summary>The JSON Schema (draft 2020-12) of scenario files, for editors: made from the same settings as the
/// reader.</summary>
public static class ScenarioSchema
{
    private const string DurationPattern = "^ *-?[0-9]*\\.?[0-9]+ *(ns|us|µs|ms|s|min|h) *$";
    private const string FractionPattern = "^-?[0-9]+(\\.[0-9]+|/[0-9]+)?$";
    private const string PcpusPattern = "^(all|[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)$";

    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        IndentSize = 1,     // deep, and a file of the repository: two would make it half as large again
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema as a file has it, with a line end; the same bytes each time.</summary>
    public static string Write()
    {
        var definitions = new JsonObject();
        var schema = Keys(ScenarioKeys.Root, Structure);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "flms scenario");
        schema.Insert(2, "description",
            "A machine, its virtual machines, and the schedulers to compare; see docs/scenario.md.");
        definitions["duration"] = AnyOf(new JsonObject { ["type"] = "string", ["pattern"] = DurationPattern },
            new JsonObject { ["const"] = 0 });
        definitions["fraction"] = AnyOf(new JsonObject { ["type"] = "number" },
            new JsonObject { ["type"] = "string", ["pattern"] = FractionPattern });
        definitions["machine"] = Keys(ScenarioKeys.OfMachine, s => Device(s, new NetworkSetup(), new DiskSetup()));
        definitions["pcpu"] = Keys(ScenarioKeys.OfPcpu, Structure);
        definitions["costs"] = Costs();
        definitions["scheduler"] = Scheduler(definitions);
        definitions["domain"] = Keys(ScenarioKeys.OfEachDomain,
            s => Device(s, new InterfaceSetup(), new BlockSetup()));
        definitions["parameters"] = Parameters();
        definitions["workload"] = Workload();
        definitions["operation"] = Operation();
        schema["$defs"] = definitions;
        return schema.ToJsonString(Format) + "\n";
    }

    // What a key that is a list or map of its own looks like.
    private static JsonObject Structure(Setting key) => key.Name switch
    {
        "machine" or "costs" or "parameters" => Reference(key.Name),
        "schedulers" => OneOrMore(Reference("scheduler")),
        "domains" => ListOf(Reference("domain"), 1),
        "operations" => ListOf(Reference("operation"), 0),
        "pcpus" => ListOf(Reference("pcpu"), 1),
        "workloads" => OneOrMore(Reference("workload"), 0),
        _ => throw new NotSupportedException($"the schema does not know how {key.Name} looks"),
    };

    // The machine's network and a domain's have the same name, and other settings; so have the disks.
    private static JsonObject Device(Setting key, object network, object disk) => key.Name switch
    {
        "network" => Settings(network),
        "disk" => Settings(disk),
        "driver" => Settings(new DriverSetup()),
        "guest" => Settings(new GuestOptions()),
        _ => Structure(key),
    };

    private static JsonObject Settings(object defaults) =>
        AnyOf(Keys(OptionCatalog.Of(defaults), Structure), new JsonObject { ["type"] = "null" });

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/$defs/{name}" };

    private static JsonObject ListOf(JsonObject item, int least) =>
        new() { ["type"] = "array", ["items"] = item, ["minItems"] = least };

    private static JsonObject AnyOf(params JsonNode[] forms) => new() { ["anyOf"] = new JsonArray(forms) };

    private static JsonObject OneOrMore(JsonObject item, int least = 1) =>
        AnyOf((JsonObject)item.DeepClone(), ListOf(item, least));

    private static JsonObject Keys(IReadOnlyList<Setting> settings, Func<Setting, JsonObject> structure)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var s in settings)
        {
            var one = s.Kind == SettingKind.Structure ? structure(s) : Value(s);
            one.Insert(0, "description", Describe(s));
            properties[s.Name] = one;
            if (s.Required) required.Add(s.Name);
        }
        var map = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        if (required.Count > 0) map["required"] = required;
        return map;
    }

    private static string Describe(Setting s)
    {
        var text = s.Summary;
        if (s.Unit != "") text += $" Unit: {s.Unit}.";
        if (s.Kind is SettingKind.Duration or SettingKind.Fraction && s.Range != "") text += $" Range: {s.Range}.";
        if (s.Default != "") text += $" Default: {s.Default}.";
        return s.Source == "" ? text : $"{text} Source: {s.Source}.";
    }

    private static JsonObject Value(Setting s)
    {
        switch (s.Kind)
        {
            case SettingKind.Whole:
                var whole = new JsonObject { ["type"] = "integer" };
                if (s.Min != "") whole["minimum"] = int.Parse(s.Min, CultureInfo.InvariantCulture);
                if (s.Max != "") whole["maximum"] = int.Parse(s.Max, CultureInfo.InvariantCulture);
                return whole;
            case SettingKind.YesNo:
                // An operation like `pause` may stand alone.
                return new() { ["type"] = s.Default == "" ? new JsonArray("boolean", "null") : "boolean" };
            case SettingKind.Duration:
                return Reference("duration");
            case SettingKind.Fraction:
                return Reference("fraction");
            case SettingKind.Choice:
                return new() { ["enum"] = new JsonArray([.. s.Choices.Select(c => (JsonNode)c)]) };
            case SettingKind.Pcpus:
                var set = AnyOf(new JsonObject { ["type"] = "string", ["pattern"] = PcpusPattern },
                    new JsonObject { ["type"] = "integer", ["minimum"] = 0 });
                return s == ScenarioKeys.Affinity ? OneOrMore(set) : set;
            default:
                return new() { ["type"] = "string" };
        }
    }

    private static JsonObject Costs()
    {
        var map = Keys([ScenarioKeys.CostsBase, .. OptionCatalog.Of(CostModel.Typical)], Structure);
        return AnyOf(Value(ScenarioKeys.CostsBase), map);
    }

    private static JsonObject Scheduler(JsonObject definitions)
    {
        var forms = new List<JsonNode>();
        var names = new JsonArray("all");
        foreach (var entry in SchedulerCatalog.All)
        {
            string[] mine = [entry.Name, .. entry.Presets.Select(p => $"{entry.Name}:{p.Name}")];
            foreach (var name in mine) names.Add(name);
            var map = Keys(ScenarioKeys.OfScheduler, _ => Options(entry, definitions));
            map["properties"]!["use"] = new JsonObject
            {
                ["description"] = entry.Summary,
                ["enum"] = new JsonArray([.. mine.Select(n => (JsonNode)n)]),
            };
            if (entry.Presets.Count > 0)
                map["properties"]!["preset"]!["enum"] = new JsonArray([.. entry.Presets.Select(p => (JsonNode)p.Name)]);
            forms.Add(map);
        }
        return AnyOf([new JsonObject { ["enum"] = names }, .. forms]);
    }

    // What schedulers take over from another, with the same default, is said once: a definition of its own.
    private static JsonObject Options(SchedulerEntry entry, JsonObject definitions)
    {
        var settings = OptionCatalog.Of(entry.Defaults);
        var map = Keys(settings, Structure);
        var type = entry.Defaults.GetType();
        var shared = SchedulerCatalog.All.Any(e => e.Defaults.GetType().BaseType == type) ? entry
            : SchedulerCatalog.All.FirstOrDefault(e => e.Defaults.GetType() == type.BaseType);
        if (shared == null) return map;
        foreach (var theirs in OptionCatalog.Of(shared.Defaults))
        {
            if (!settings.Any(s => s.Name == theirs.Name && s.Default == theirs.Default)) continue;
            var name = $"{shared.Name}-{theirs.Name}";
            definitions[name] ??= map["properties"]![theirs.Name]!.DeepClone();
            map["properties"]![theirs.Name] = Reference(name);
        }
        return map;
    }

    private static JsonObject Parameters()
    {
        var properties = new JsonObject();
        foreach (var entry in SchedulerCatalog.All)
            if (entry.DomainParameters != null)
                properties[entry.Name] = Keys(OptionCatalog.Of(entry.DomainParameters), Structure);
        return new() { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
    }

    private static JsonObject Workload()
    {
        var names = new JsonArray();
        var properties = new JsonObject();
        foreach (var (name, defaults) in OptionCatalog.Workloads)
        {
            names.Add(name);
            properties[name] = AnyOf(Keys([.. OptionCatalog.Of(defaults), .. ScenarioKeys.OfEachWorkload], Structure),
                new JsonObject { ["type"] = "null" });
        }
        return AnyOf(new JsonObject { ["enum"] = names }, new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["minProperties"] = 1,
            ["maxProperties"] = 1,
            ["properties"] = properties,
        });
    }

    private static JsonObject Operation()
    {
        var operation = Keys(ScenarioKeys.OfOperation, Structure);
        operation["minProperties"] = 3;
        operation["maxProperties"] = 3;
        return operation;
    }
}
