using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Settings;
using Flms.Schedulers;
using Flms.Sim;

namespace Flms.Lab.Scenarios;

/// <summary>What the command line says in place of the file.</summary>
public sealed record ReadOptions
{
    /// <summary>Values in place of the file's, applied in order. Default: none.</summary>
    public IReadOnlyList<Override> Overrides { get; init; } = [];

    /// <summary>The schedulers in place of the file's, as in <c>credit,flms:paper</c> or <c>all</c>; null, the default,
    /// for the file's. A label of the file stands for the file's settings.</summary>
    public string? Schedulers { get; init; }
}

/// <summary>Reads scenario files: YAML, as docs/scenario.md describes it.</summary>
/// <remarks>No exception is thrown for anything that a file may contain: every problem comes back with its line and
/// column, all of them at once.</remarks>
public static class ScenarioReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">As the user named it.</param>
    /// <param name="options">What the command line says; null for nothing.</param>
    public static Reading<Scenario> ReadFile(string path, ReadOptions? options = null)
    {
        var problems = new Problems();
        return FromNode(Parse(path, problems), path, options ?? new(), problems);
    }

    /// <summary>Reads a file once, to make scenarios with different values from it.</summary>
    /// <param name="path">As the user named it.</param>
    public static Reading<ScenarioDocument> ReadDocument(string path)
    {
        var problems = new Problems();
        var root = Parse(path, problems);
        return problems.Outcome(() => new ScenarioDocument(path, root!));
    }

    /// <summary>The document that a file holds; null if a problem was added.</summary>
    internal static Node? Parse(string path, Problems problems)
    {
        var bytes = Load(path, problems);
        return bytes == null ? null : YamlText.ReadBytes(bytes, path, problems);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The YAML.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">What the command line says; null for nothing.</param>
    public static Reading<Scenario> Read(string text, string name, ReadOptions? options = null)
    {
        var problems = new Problems();
        return FromNode(YamlText.Read(text, name, problems), name, options ?? new(), problems);
    }

    /// <summary>Reads a list of schedulers as the command line has it, without a scenario: for replays.</summary>
    /// <param name="list">As in <c>credit,flms:paper</c> or <c>all</c>.</param>
    /// <param name="overrides">Only those of schedulers, as in <c>flms.sp_slice</c>, are allowed.</param>
    public static Reading<IReadOnlyList<SchedulerChoice>> ReadSchedulers(string list, IReadOnlyList<Override> overrides)
    {
        var problems = new Problems();
        var root = new Mapping(new("--schedulers"));
        UseSchedulers(root, list);
        Overrides.Apply(root, overrides, problems);
        foreach (var (key, _) in root.Entries)
            if (key.Value != "schedulers")
                problems.Add(key.Place, $"there is no {key.Value} here", "only settings of schedulers can be set");
        var choices = ReadChoices(root, problems);
        return problems.Outcome<IReadOnlyList<SchedulerChoice>>(() => choices);
    }

    private static byte[]? Load(string path, Problems problems)
    {
        try
        {
            var file = new FileInfo(path);
            if (Directory.Exists(path)) problems.Add(new(path), "this is a directory", "name a scenario file in it");
            else if (!file.Exists) problems.Add(new(path), "there is no such file", "check the path");
            else if (file.Length > YamlText.MaxBytes) TooLong(path, $"the file has {file.Length / 1_000_000} MB",
                problems);
            return problems.Any ? null : ReadUpTo(path, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            problems.Add(new(path), $"the file cannot be read: {e.Message.TrimEnd('.')}",
                "check the path and its permissions");
            return null;
        }
    }

    // A device has no length and may never end.
    private static byte[]? ReadUpTo(string path, Problems problems)
    {
        using var file = File.OpenRead(path);
        using var bytes = new MemoryStream();
        var buffer = new byte[65_536];
        for (var n = file.Read(buffer); n > 0; n = file.Read(buffer))
        {
            bytes.Write(buffer, 0, n);
            if (bytes.Length <= YamlText.MaxBytes) continue;
            TooLong(path, "the file does not end", problems);
            return null;
        }
        return bytes.ToArray();
    }

    private static void TooLong(string path, string what, Problems problems) => problems.Add(new(path), what,
        $"a scenario has at most {YamlText.MaxBytes / 1_000_000} MB; is this a recording? then use flms replay");

    internal static Reading<Scenario> FromNode(Node? node, string file, ReadOptions options, Problems problems)
    {
        if (node is not Mapping root)
        {
            if (!problems.Any)
                problems.Add(node!.Place, $"the file is {node.Form}, not a scenario",
                    "begin it with keys like \"domains:\"");
            return problems.Outcome<Scenario>(() => null);
        }
        if (root["schedulers"] is null or Scalar { IsNull: true })
            UseSchedulers(root, string.Join(',', SchedulerReader.Usual));
        if (options.Schedulers != null) UseSchedulers(root, options.Schedulers);
        if (root["schedulers"] is Scalar one)
            root.Set(new(one.Place, "schedulers", false), new Sequence(one.Place) { Items = { one } });
        Overrides.Apply(root, options.Overrides, problems);
        var scenario = Assemble(root, file, problems);
        return problems.Outcome(() => scenario);
    }

    // Puts the command line's schedulers in place of the file's; an item of the file keeps its settings.
    private static void UseSchedulers(Mapping root, string names)
    {
        var place = root["schedulers"] == null ? root.Place : new Place($"--schedulers {names}");
        var before = root["schedulers"] as Sequence;
        var list = new Sequence(place);
        foreach (var name in names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var kept = before?.Items.FirstOrDefault(i => LabelOf(i) == name);
            list.Items.Add(kept ?? new Scalar(place, name, false));
        }
        root.Set(new(place, "schedulers", false), list);
    }

    private static string? LabelOf(Node item)
    {
        if (item is not Mapping map) return null;
        if (map["label"] is Scalar label) return label.Value;
        if (map["use"] is not Scalar use) return null;
        return map["preset"] is Scalar preset ? $"{use.Value}:{preset.Value}" : use.Value;
    }

    private static List<SchedulerChoice> ReadChoices(Mapping root, Problems problems)
    {
        if (root["schedulers"] is not Sequence { Items.Count: > 0 } list)
        {
            problems.Add(root["schedulers"]?.Place ?? root.Place, "schedulers is not a list of at least one",
                "write it like [credit, flms]");
            return [];
        }
        return new SchedulerReader(problems).Read(list.Items);
    }

    private static Scenario Assemble(Mapping root, string file, Problems problems)
    {
        var top = new Section(root, ScenarioKeys.Root, "the scenario", root.Place, problems);
        var (topology, costs, devices) = new MachineReader(problems).Read(top[ScenarioKeys.Machine], root.Place);
        var duration = top.Read(ScenarioKeys.Duration, 10.Seconds);
        var warmup = top.Read(ScenarioKeys.Warmup, Duration.Zero);
        var end = Instant.Zero + warmup + duration;
        if (end > EventQueue.Horizon)
            problems.Add(top.PlaceOf(ScenarioKeys.Duration), $"warm-up and duration together are {end}",
                $"one run can hold at most {ScenarioKeys.LongestRun}: shorten it, or use replications");
        var reader = new DomainReader(topology, problems);
        var domains = reader.Read(top[ScenarioKeys.Domains]);
        var operations = new OperationReader(topology, domains, reader, problems)
            .Read(top[ScenarioKeys.Operations], end);
        var scenario = new Scenario
        {
            Name = ReadName(top, file, problems),
            Summary = top.Read(ScenarioKeys.Summary, "").Trim(),
            File = file,
            Seed = top.Read(ScenarioKeys.Seed, 1),
            Duration = duration,
            Warmup = warmup,
            Replications = top.Read(ScenarioKeys.Replications, 1),
            Topology = topology,
            Costs = costs,
            Network = devices.Network,
            Disk = devices.Disk,
            Schedulers = ReadChoices(root, problems),
            Domains = domains,
            Operations = operations,
        };
        if (!problems.Any) NoteRefusals(scenario, reader, problems);
        return scenario;
    }

    // A policy's admission control is asked here, so that a refusal is a problem of the scenario, with its place in the
    // file, and not a surprise in the middle of a run.
    private static void NoteRefusals(Scenario scenario, DomainReader domains, Problems problems)
    {
        foreach (var choice in scenario.Schedulers)
        {
            if (choice.Entry.Refusal == null) continue;
            Refusal? refusal = null;
            _ = new Machine(scenario.Machine(scenario.Seed), host =>
            {
                refusal = choice.Entry.Refusal(host, choice.Options);
                return choice.Create(host);
            });
            if (refusal == null) continue;
            problems.Add(domains.PlaceOf(refusal.Domain.Index), $"scheduler {choice.Label} has no room for domain "
                + $"{scenario.Domains[refusal.Domain.Index].Name}: {refusal.Reason}",
                "ask for less, give it other pCPUs, or run without admission");
        }
    }

    private static string ReadName(Section top, string file, Problems problems)
    {
        var name = top.Read(ScenarioKeys.Name, Path.GetFileNameWithoutExtension(file));
        if (name.Length is 0 or > 100 || name.Any(char.IsControl))
            problems.Add(top.PlaceOf(ScenarioKeys.Name), "a name has 1 to 100 characters in one line", "shorten it");
        return name;
    }
}
