using Flms.Core;
using Flms.Sim;

namespace Flms.Testing;

/// <summary>The worlds that are one step smaller than a world, the greatest steps first.</summary>
internal static class Shrinking
{
    internal static IEnumerable<World> Of(World world, Instant failedAt)
    {
        var setup = world.Setup;
        if (failedAt.Ns + 1 < world.Length.Ns) yield return world with { Length = new(failedAt.Ns + 1) };
        for (var d = 0; d < setup.Domains.Count && setup.Domains.Count > 1; d++)
            yield return world with { Setup = WithoutDomain(setup, d) };
        for (var o = 0; o < setup.Operations.Count; o++)
            yield return world with { Setup = setup with { Operations = Without(setup.Operations, o) } };
        for (var d = 0; d < setup.Domains.Count; d++)
            foreach (var smaller in Of(setup.Domains[d]))
                yield return world with { Setup = setup with { Domains = With(setup.Domains, d, smaller) } };
        if (setup.Costs != CostModel.None) yield return world with { Setup = setup with { Costs = CostModel.None } };
    }

    private static IEnumerable<DomainSetup> Of(DomainSetup d)
    {
        if (d.Vcpus > 1) yield return Resized(d, 1);
        if (d.Vcpus > 2) yield return Resized(d, d.Vcpus - 1);
        for (var w = 0; w < d.Workloads.Count; w++) yield return d with { Workloads = Without(d.Workloads, w) };
        if (d.VcpuAffinity != null) yield return d with { VcpuAffinity = null };
        if (d.Affinity != null) yield return d with { Affinity = null };
        if (d.SoftAffinity != null) yield return d with { SoftAffinity = null };
        if (d.Cap != 0) yield return d with { Cap = 0 };
        if (d.Weight != 256) yield return d with { Weight = 256 };
        if (d.Kind != DomainKind.Unmarked) yield return d with { Kind = DomainKind.Unmarked };
        if (d.MemoryNode >= 0) yield return d with { MemoryNode = -1 };
        if (d.StartsAt > Instant.Zero) yield return d with { StartsAt = Instant.Zero };
    }

    private static DomainSetup Resized(DomainSetup d, int vcpus)
    {
        var workloads = new List<WorkloadSetup>();
        foreach (var w in d.Workloads)
            if (w.Vcpu == null || w.Vcpu < vcpus) workloads.Add(w);
        return d with
        {
            Vcpus = vcpus,
            Workloads = workloads,
            VcpuAffinity = d.VcpuAffinity == null ? null : [.. Take(d.VcpuAffinity, vcpus)],
        };
    }

    private static IEnumerable<T> Take<T>(IReadOnlyList<T> list, int count)
    {
        for (var i = 0; i < count; i++) yield return list[i];
    }

    private static MachineSetup WithoutDomain(MachineSetup setup, int domain)
    {
        var operations = new List<Operation>();
        foreach (var o in setup.Operations)
            if (o.Domain != domain) operations.Add(o.Domain < domain ? o : o with { Domain = o.Domain - 1 });
        return setup with { Domains = Without(setup.Domains, domain), Operations = operations };
    }

    private static List<T> Without<T>(IReadOnlyList<T> list, int place)
    {
        var rest = new List<T>();
        for (var i = 0; i < list.Count; i++)
            if (i != place) rest.Add(list[i]);
        return rest;
    }

    private static List<T> With<T>(IReadOnlyList<T> list, int place, T item)
    {
        var changed = new List<T>(list);
        changed[place] = item;
        return changed;
    }
}
