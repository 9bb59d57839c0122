using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Settings;
using Flms.Sim;

namespace Flms.Lab.Scenarios;

/// <summary>Reads what an operator does while the scenario runs.</summary>
internal sealed class OperationReader(Topology topology, IReadOnlyList<DomainSetup> domains, DomainReader names,
    Problems problems)
{
    private static readonly IReadOnlyList<Setting> Verbs =
        [.. ScenarioKeys.OfOperation.Where(k => k != ScenarioKeys.At && k != ScenarioKeys.OfDomain)];

    /// <summary>Reads the items of <c>operations</c>, in order of time.</summary>
    /// <param name="node">The list; null for none.</param>
    /// <param name="end">When the run ends.</param>
    public IReadOnlyList<Operation> Read(Node? node, Instant end)
    {
        if (node == null) return [];
        if (node is not Sequence list)
        {
            problems.Add(node.Place, $"operations is {node.Form}, not a list", "begin each with \"- at:\"");
            return [];
        }
        var operations = new List<Operation>();
        foreach (var item in list.Items)
        {
            var section = new Section(item, ScenarioKeys.OfOperation, "an operation", item.Place, problems);
            var at = new Instant(section.Read(ScenarioKeys.At, Duration.Zero).Ns);
            if (at > end)
                problems.Warn(section.PlaceOf(ScenarioKeys.At), "this operation lies after the end of the run",
                    $"the run ends at {end}");
            var verbs = Verbs.Where(section.Has).ToList();
            if (verbs.Count != 1)
            {
                var what = verbs.Count == 0 ? "this operation does nothing"
                    : $"this operation does {verbs.Count} things";
                problems.Add(section.Place, what, $"give it exactly one of {Quote.Or(Verbs.Select(v => v.Name))}");
                continue;
            }
            foreach (var d in Domains(section))
                if (One(section, verbs[0], at, d) is { } operation) operations.Add(operation);
                else break;
        }
        return [.. operations.OrderBy(o => o.At)];
    }

    private IReadOnlyList<int> Domains(Section section)
    {
        var name = section.Read(ScenarioKeys.OfDomain, "");
        if (section[ScenarioKeys.OfDomain] == null) return [];
        var found = names.Find(name);
        if (found.Count == 0)
            problems.Add(section.PlaceOf(ScenarioKeys.OfDomain), $"there is no domain {Quote.Text(name)}",
                names.Names.Count is 0 or > 20 ? "name one of the domains" : Nearest.Advice(name, names.Names));
        return found;
    }

    // Null if a problem was noted.
    private Operation? One(Section section, Setting verb, Instant at, int domain)
    {
        if (verb.Kind == SettingKind.YesNo)
        {
            if (!section.Read(verb, true))
            {
                problems.Add(section.PlaceOf(verb), $"{verb.Name} is false",
                    $"write {verb.Name} alone, or remove the operation");
                return null;
            }
            var kind = verb == ScenarioKeys.Pause ? OperationKind.Pause
                : verb == ScenarioKeys.Resume ? OperationKind.Resume : OperationKind.Destroy;
            return new(at, kind, domain);
        }
        if (section[verb] is not { } node)
        {
            problems.Add(section.Place, $"{verb.Name} has no value", verb.Advice());
            return null;
        }
        if (verb == ScenarioKeys.SetAffinity)
            return PcpuList.Read(node, verb.Name, topology.Count, problems) is { } mask
                ? new(at, OperationKind.SetAffinity, domain, 0, mask) : null;
        if (OptionBinder.Read(node, verb, problems) is not { } value) return null;
        if (verb == ScenarioKeys.SetWeight) return new(at, OperationKind.SetWeight, domain, (int)value);
        if (verb == ScenarioKeys.SetClass) return new(at, OperationKind.SetKind, domain, (int)(DomainKind)value);
        var most = domains[domain].Vcpus * 100;
        if ((int)value <= most) return new(at, OperationKind.SetCap, domain, (int)value);
        problems.Add(node.Place, $"set_cap is {value}, more than {domains[domain].Vcpus} vCPUs can use",
            $"write at most {most}, or 0 for no cap");
        return null;
    }
}
