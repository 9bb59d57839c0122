using Flms.Agent;
using Flms.Agent.Classes;
using Flms.Agent.Host;
using Flms.Agent.Libvirt;
using Flms.Agent.Linux;
using Flms.Lab.Input;
using Flms.Lab.Settings;

namespace Flms.Cli.Verbs.Agents;

/// <summary>Reads the agent's configuration: YAML, as docs/agent.md describes it.</summary>
internal static class AgentConfig
{
    private static readonly Setting Mode = Of(nameof(AgentSettings.Mode));
    private static readonly Setting Period = Of(nameof(AgentSettings.Period));
    private static readonly Setting Rescan = Of(nameof(AgentSettings.Rescan));

    private static readonly Setting Vms = Key("vms", SettingKind.Structure,
        "What VMs are, whatever is measured: a list; the first that matches counts.");

    private static readonly Setting Classes = Key("classes", SettingKind.Structure,
        "From which figures on a vCPU is taken for what.");

    private static readonly Setting Flms = Key("flms", SettingKind.Structure,
        "FLMS's settings, as a scenario has them.");

    private static readonly Setting Plan = Key("plan", SettingKind.Structure, "Slices and lending.");

    private static readonly Setting Pace = Key("pace", SettingKind.Structure,
        "How fast a running agent may change things.");

    private static readonly Setting Control = Key("control", SettingKind.Structure,
        "Where a running agent can be asked, and by whom.");

    private static readonly Setting Metrics = Key("metrics", SettingKind.Structure, "Where metrics are published.");

    private static readonly Setting ExcludedCpus = Key("exclude_cpus", SettingKind.Text,
        "CPUs that FLMS keeps its hands off, as in 0,8-11.");

    private static readonly Setting Libvirt = Key("libvirt", SettingKind.Text,
        "Whom to ask of the VMs that libvirt runs: auto, off, or a URI.");

    private static readonly Setting Match = Key("match", SettingKind.Text,
        "A name; * stands for any letters and ? for one.") with
    { Required = true };

    private static readonly Setting Class = Key("class", SettingKind.Text, VmWord.Forms);

    private static readonly Setting Qmp = Key("qmp", SettingKind.Text,
        "The socket of a QEMU monitor that is the agent's alone; {name} stands for the VM's name.");

    private static readonly Setting[] Root =
        [Mode, Period, Rescan, Libvirt, Vms, ExcludedCpus, Classes, Plan, Pace, Control, Metrics, Flms];

    /// <summary>Every key there is, for its manual.</summary>
    public static IReadOnlyList<Setting> Keys => Root;

    /// <summary>The keys of a VM's rule.</summary>
    public static IReadOnlyList<Setting> RuleKeys => [Match, Class];

    /// <summary>Reads files, each over what those before it say; every problem has its file, line and
    /// column.</summary>
    /// <param name="paths">The files, in order. Rules of VMs in a later one come before those of the earlier.</param>
    public static Reading<AgentSettings> Read(IReadOnlyList<string> paths)
    {
        var settings = new AgentSettings();
        List<Problem> problems = [], warnings = [];
        foreach (var path in paths)
        {
            var reading = ReadFile(path, settings);
            settings = reading.Value ?? settings;
            problems.AddRange(reading.Problems);
            warnings.AddRange(reading.Warnings);
        }
        return new(problems.Count == 0 ? settings : null, problems, warnings);
    }

    private static Reading<AgentSettings> ReadFile(string path, AgentSettings before)
    {
        var problems = new Problems();
        try
        {
            return Read(File.ReadAllText(path), path, before, problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(new(path), e is FileNotFoundException or DirectoryNotFoundException ? "no such file"
                : Quote.OneLine(e.Message), "check the path and its permissions");
            return problems.Outcome<AgentSettings>(() => null);
        }
    }

    private static Reading<AgentSettings> Read(string text, string name, AgentSettings defaults, Problems problems)
    {
        var node = SaysNothing(text) ? null : YamlText.Read(text, name, problems);
        if (problems.Any) return problems.Outcome<AgentSettings>(() => null);
        var top = new Section(node, Root, "the configuration", new(name, 1, 1), problems);
        var settings = defaults with
        {
            Mode = top.Read(Mode, defaults.Mode),
            Period = top.Read(Period, defaults.Period),
            Rescan = top.Read(Rescan, defaults.Rescan),
            Libvirt = LibvirtOf(top, defaults.Libvirt, problems),
            Vms = [.. top.Items(Vms).Select(item => Rule(item, problems)).OfType<VmRule>(), .. defaults.Vms],
            Classes = OptionBinder.Bind(top[Classes], defaults.Classes, "classes", problems),
            Plan = OptionBinder.Bind(top[Plan], defaults.Plan, "plan", problems),
            Pace = OptionBinder.Bind(top[Pace], defaults.Pace, "pace", problems),
            Control = OptionBinder.Bind(top[Control], defaults.Control, "control", problems),
            Metrics = OptionBinder.Bind(top[Metrics], defaults.Metrics, "metrics", problems),
            ExcludedCpus = top.Has(ExcludedCpus) ? Cpus(top, problems) : defaults.ExcludedCpus,
            Flms = OptionBinder.Bind(top[Flms], defaults.Flms, "flms", problems),
        };
        if (!problems.Any && settings.Flms.Problem() is { } problem)
            problems.Add(top.PlaceOf(Flms), problem.Split("; ")[0], problem.Split("; ")[^1]);
        return problems.Outcome(() => settings);
    }

    // As the file is that a package installs: comments only.
    private static bool SaysNothing(string text) =>
        text.Split('\n').All(line => line.TrimStart() is "" or ['#', ..]);

    private static List<int> Cpus(Section top, Problems problems)
    {
        var text = top.Read(ExcludedCpus, "");
        if (CpuList.TryParse(text, HostCpus.Most, out var cpus)) return cpus;
        problems.Add(top.PlaceOf(ExcludedCpus), $"{Quote.Text(text)} is no list of CPUs", "write one as in 0,8-11");
        return [];
    }

    private static string LibvirtOf(Section top, string before, Problems problems)
    {
        var text = top.Read(Libvirt, before);
        // Of this machine only: other kinds of URI would start programs, or ask another host about its VMs.
        if (text is LibvirtWatch.Auto or LibvirtWatch.Off || text.StartsWith("qemu:///", StringComparison.Ordinal)
            || text.StartsWith("qemu+unix:///", StringComparison.Ordinal)) return text;
        problems.Add(top.PlaceOf(Libvirt), $"{Quote.Text(text)} is no libvirt of this machine",
            "write auto, off, or a URI as in qemu:///system");
        return LibvirtWatch.Auto;
    }

    private static VmRule? Rule(Node node, Problems problems)
    {
        var section = new Section(node, [Match, Class, Qmp], "a VM's rule", node.Place, problems);
        var text = section.Read(Class, "");
        var pattern = section.Read(Match, "");
        var monitor = section.Read(Qmp, "");
        if (pattern == "") return null;
        VmWord? word = null;
        if (text == "" && monitor == "")
            problems.Add(node.Place, "the rule says nothing of the VMs", $"add class: {VmWord.Forms}");
        else if (text != "" && !VmWord.TryParse(text, out word))
            problems.Add(section.PlaceOf(Class), $"{Quote.Text(text)} is no class", $"write {VmWord.Forms}");
        if (monitor != "" && !monitor.StartsWith('/'))
            problems.Add(section.PlaceOf(Qmp), $"{Quote.Text(monitor)} is no socket's path",
                "write it from / on, as in /run/vms/{name}.qmp");
        return new(pattern, word, monitor == "" ? null : monitor);
    }

    private static Setting Of(string property) =>
        OptionCatalog.Of(typeof(AgentSettings)).Single(s => s.Property!.Name == property);

    private static Setting Key(string name, SettingKind kind, string summary) =>
        new() { Name = name, Kind = kind, Summary = summary };
}
