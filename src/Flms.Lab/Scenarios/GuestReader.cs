using Flms.Core;
using Flms.Lab.Input;
using Flms.Lab.Settings;
using Flms.Sim;
using Flms.Sim.Guests;

namespace Flms.Lab.Scenarios;

/// <summary>Reads the guest kernel of a domain, and what every entry of its workloads can say to it.</summary>
internal static class GuestReader
{
    /// <summary>Reads the key <c>guest</c>; a key without a value stands for the defaults.</summary>
    /// <returns>Null if the domain has no kernel.</returns>
    public static GuestOptions? Read(Section section, int vcpus, DomainKind kind, Problems problems)
    {
        if (!section.Has(ScenarioKeys.Guest)) return null;
        var guest = OptionBinder.Bind(section[ScenarioKeys.Guest], new GuestOptions(), "guest", problems);
        if (guest.Problem() is { } wrong)
            problems.Add(section.PlaceOf(ScenarioKeys.Guest), $"guest: {wrong}", "change them");
        if (kind == DomainKind.Mixed && vcpus > 1 && guest.Reserved >= vcpus)
            problems.Add(section.PlaceOf(ScenarioKeys.Guest),
                $"guest: reserved is {guest.Reserved}, and the domain has {vcpus} vCPUs",
                "leave one at least to others");
        return guest;
    }

    /// <summary>The settings of an entry without what it says to the kernel.</summary>
    public static Node? Without(Node? settings)
    {
        if (settings is not Mapping map) return settings;
        var rest = new Mapping(map.Place);
        foreach (var entry in map.Entries)
            if (!ScenarioKeys.OfEachWorkload.Any(k => k.Name == entry.Key.Value)) rest.Entries.Add(entry);
        return rest;
    }

    /// <summary>Gives a workload what its entry says to the kernel, and checks that there is one if it needs
    /// one.</summary>
    public static WorkloadSetup Apply(WorkloadSetup workload, Node? settings, Scalar name, int vcpus, bool hasKernel,
        Problems problems)
    {
        if (workload.NeedsKernel && !hasKernel)
            problems.Add(name.Place, $"{name.Value} needs a guest kernel, and the domain has none",
                "give it one, like guest: {}");
        if (settings is not Mapping map) return workload;
        foreach (var key in ScenarioKeys.OfEachWorkload)
        {
            if (map[key.Name] is not { } value) continue;
            if (!hasKernel)
                problems.Add(value.Place, $"{name.Value} has {key.Name}, and the domain has no guest kernel",
                    "give it one, like guest: {}");
            else if (key == ScenarioKeys.WorkloadUser)
                workload = workload with { User = OptionBinder.Read(value, key, problems) is true };
            else if (PcpuList.Read(value, key.Name, vcpus, problems, "vCPU", "this domain") is { } mask)
                workload = workload with { Affinity = mask };
        }
        return workload;
    }
}
