using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Settings;
using Flms.Schedulers;
using Flms.Sim;
using Flms.Sim.Workloads;

namespace Flms.Lab.Scenarios;

/// <summary>Reads the virtual machines and what they do.</summary>
internal sealed class DomainReader(Topology topology, Problems problems)
{
    private readonly List<DomainSetup> _domains = [];
    private readonly List<Place> _places = [];
    private readonly Dictionary<string, List<int>> _byName = new(StringComparer.Ordinal);
    private readonly List<(Place Place, string To)> _peers = [];
    private long _vcpus;
    private long _workloads;

    /// <summary>Reads the items of <c>domains</c>.</summary>
    public IReadOnlyList<DomainSetup> Read(Node? node)
    {
        if (node is not Sequence list)
        {
            if (node != null)
                problems.Add(node.Place, $"domains is {node.Form}, not a list", "begin each with \"- name:\"");
            return _domains;
        }
        if (list.Items.Count == 0) problems.Add(list.Place, "there are no domains", "write at least one");
        foreach (var item in list.Items)
        {
            if (problems.Full) break;
            ReadOne(item);
        }
        foreach (var (place, to) in _peers)
            if (!_domains.Exists(d => d.Name == to && d.Workloads.Any(w => w is EchoSetup)))
                problems.Add(place, $"peer_ping goes to {Quote.Text(to)}, which is no domain with an echo",
                    "name one, and give it the workload echo");
        DeviceReader.Check(_domains, PlaceOf, problems);
        return _domains;
    }

    /// <summary>The places of the domains of that name, or of that <c>count</c> group; empty for none.</summary>
    public IReadOnlyList<int> Find(string name) => _byName.TryGetValue(name, out var found) ? found : [];

    /// <summary>Where the domain of that number was written.</summary>
    public Place PlaceOf(int domain) => _places[domain];

    /// <summary>Every name that <see cref="Find"/> knows.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    private void ReadOne(Node item)
    {
        var section = new Section(item, ScenarioKeys.OfEachDomain, "a domain", item.Place, problems);
        var name = ReadName(section);
        var count = section.Read(ScenarioKeys.Count, 0);
        var vcpus = section.Read(ScenarioKeys.Vcpus, 1);
        var cap = section.Read(ScenarioKeys.Cap, 0);
        if (cap > vcpus * 100)
            problems.Add(section.PlaceOf(ScenarioKeys.Cap), $"cap is {cap}, more than {vcpus} vCPUs can use",
                $"write at most {vcpus * 100}, or 0 for no cap");
        var memory = section.Read(ScenarioKeys.MemoryNode, -1);
        if (memory >= topology.Nodes)
            problems.Add(section.PlaceOf(ScenarioKeys.MemoryNode), $"memory_node is {memory}, which does not exist",
                OnlyUpTo("this machine", "node", topology.Nodes));
        var (all, each) = ReadAffinity(section, vcpus);
        var kind = section.Read(ScenarioKeys.Class, DomainKind.Unmarked);
        var guest = GuestReader.Read(section, vcpus, kind, problems);
        var domain = new DomainSetup
        {
            Name = name,
            Vcpus = vcpus,
            Weight = section.Read(ScenarioKeys.Weight, 256),
            Cap = cap,
            Kind = kind,
            Affinity = all,
            VcpuAffinity = each,
            SoftAffinity = section[ScenarioKeys.SoftAffinity] is { } soft
                ? PcpuList.Read(soft, "soft_affinity", topology.Count, problems) : null,
            MemoryNode = memory,
            LlcReferences = section.Read(ScenarioKeys.LlcReferences, 0),
            LlcMissRatio = section.Read(ScenarioKeys.LlcMissRatio, new Fraction(0, 1)),
            StartsAt = new(section.Read(ScenarioKeys.StartsAt, Duration.Zero).Ns),
            Parameters = ReadParameters(section[ScenarioKeys.Parameters]),
            Guest = guest,
            Workloads = ReadWorkloads(section.Items(ScenarioKeys.Workloads), vcpus, guest != null),
        };
        if (domain.Workloads.Count == 0 && domain.Kind != DomainKind.Service && !section.Has(ScenarioKeys.Driver))
            problems.Warn(section.Place, $"domain {name} has no workloads", "it will never run");
        AddAll(DeviceReader.Read(section, domain, problems), count, section);
    }

    private string ReadName(Section section)
    {
        var name = section.Read(ScenarioKeys.DomainName, "");
        if (section[ScenarioKeys.DomainName] == null || name.Length is > 0 and <= 60
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
                && name is not ("host" or "idle")) return name;
        problems.Add(section.PlaceOf(ScenarioKeys.DomainName), $"a domain cannot be called {Quote.Text(name)}",
            "take 1 to 60 letters, digits, hyphens and underscores; not host, not idle");
        return name;
    }

    private void AddAll(DomainSetup domain, int count, Section section)
    {
        var copies = Math.Max(1, count);
        _vcpus += (long)copies * domain.Vcpus;
        foreach (var w in domain.Workloads)
            _workloads += (long)copies * Enumerable.Range(0, domain.Vcpus).Sum(v => w.CopiesOn(v, domain.Vcpus));
        if (_vcpus > ScenarioKeys.MaxVcpus || _workloads > ScenarioKeys.MaxVcpus)
        {
            problems.Add(section.Place,
                $"up to here there are {_vcpus} vCPUs with {_workloads} workloads",
                $"at most {ScenarioKeys.MaxVcpus} of each can be simulated");
            // Counted anew, so that the same is not said of every domain that follows.
            (_vcpus, _workloads) = (0, 0);
            return;
        }
        for (var i = 1; i <= copies; i++)
        {
            var name = count == 0 ? domain.Name : $"{domain.Name}{i}";
            if (domain.Name != "" && _byName.ContainsKey(name))
            {
                problems.Add(section.PlaceOf(ScenarioKeys.DomainName), $"two domains are called {name}",
                    "rename one of them");
                return;
            }
            _byName[name] = [_domains.Count];
            if (count > 0 && !_byName.TryAdd(domain.Name, [_domains.Count])) _byName[domain.Name].Add(_domains.Count);
            _domains.Add(domain with { Name = name });
            _places.Add(section.Place);
        }
    }

    private (CpuMask? All, IReadOnlyList<CpuMask>? Each) ReadAffinity(Section section, int vcpus)
    {
        switch (section[ScenarioKeys.Affinity])
        {
            case null:
                return (null, null);
            case Sequence list when list.Items.Count != vcpus:
                problems.Add(list.Place, $"affinity has {list.Items.Count} entries for {vcpus} vCPUs",
                    "write one set for all, or one for each vCPU");
                return (null, null);
            case Sequence list:
                var masks = new List<CpuMask>();
                foreach (var item in list.Items)
                    if (PcpuList.Read(item, "affinity", topology.Count, problems) is { } mask) masks.Add(mask);
                return (null, masks.Count == vcpus ? masks : null);
            case var node:
                return (PcpuList.Read(node, "affinity", topology.Count, problems), null);
        }
    }

    private List<object> ReadParameters(Node? node)
    {
        var parameters = new List<object>();
        if (node == null) return parameters;
        if (node is not Mapping map)
        {
            problems.Add(node.Place, $"parameters is {node.Form}, not a map", "write it like { credit: { ... } }");
            return parameters;
        }
        foreach (var (key, value) in map.Entries)
        {
            var known = SchedulerCatalog.All.Where(e => e.DomainParameters != null).Select(e => e.Name).ToList();
            if (SchedulerCatalog.Find(key.Value)?.DomainParameters is { } defaults)
                parameters.Add(Checked(OptionBinder.Bind(value, defaults, $"parameters of {key.Value}", problems),
                    key.Value, value.Place));
            else problems.Add(key.Place, $"a domain has no parameters for {Quote.Text(key.Value)}",
                known.Count == 0 ? "no scheduler takes any: remove them" : Nearest.Advice(key.Value, known));
        }
        return parameters;
    }

    private object Checked(object parameters, string scheduler, Place place)
    {
        if (parameters is IDomainParameters own && own.Problem() is { } wrong)
            problems.Add(place, $"parameters of {scheduler}: {wrong}", "change them");
        return parameters;
    }

    private List<WorkloadSetup> ReadWorkloads(IReadOnlyList<Node> items, int vcpus, bool hasKernel)
    {
        var workloads = new List<WorkloadSetup>();
        foreach (var item in items)
        {
            var name = item as Scalar;
            Node? settings = null;
            if (item is Mapping { Entries: [var only] }) (name, settings) = only;
            if (name == null || name.IsNull)
            {
                problems.Add(item.Place, "a workload is its name, alone or with settings",
                    "write it like \"- hog\" or \"- ping: { work: 30us }\"; indent the settings below the name");
                continue;
            }
            var found = OptionCatalog.Workloads.FirstOrDefault(w => w.Name == name.Value);
            if (found.Defaults == null)
            {
                problems.Add(name.Place, $"there is no workload {Quote.Text(name.Value)}",
                    Nearest.Advice(name.Value, [.. OptionCatalog.Workloads.Select(w => w.Name)]));
                continue;
            }
            var workload = OptionBinder.Bind(GuestReader.Without(settings), found.Defaults, found.Name, problems);
            workload = GuestReader.Apply(workload, settings, name, vcpus, hasKernel, problems);
            workloads.Add(Checked(workload, name, settings, vcpus));
        }
        return workloads;
    }

    private static string OnlyUpTo(string what, string part, int count) =>
        count == 1 ? $"{what} has only {part} 0" : $"{what} has {part}s 0 to {count - 1}";

    private WorkloadSetup Checked(WorkloadSetup workload, Scalar name, Node? settings, int vcpus)
    {
        var place = settings?.Place ?? name.Place;
        if (workload.HighestVcpu >= vcpus)
            problems.Add((settings as Mapping)?["vcpu"]?.Place ?? place,
                $"{name.Value} runs on vCPU {workload.HighestVcpu}, which does not exist",
                OnlyUpTo("this domain", "vCPU", vcpus));
        if (workload is PeerPingSetup { To: not "" } ping) _peers.Add((place, ping.To));
        if (workload.Problem() is { } wrong) problems.Add(place, $"{name.Value}: {wrong}", "change its settings");
        return workload;
    }
}
