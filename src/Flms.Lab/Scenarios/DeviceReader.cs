using Flms.Lab.Input;
using Flms.Lab.Settings;
using Flms.Sim;
using Flms.Sim.Devices;
using Flms.Sim.Network;

namespace Flms.Lab.Scenarios;

/// <summary>The machine's own devices.</summary>
/// <param name="Network">The network; null for its defaults.</param>
/// <param name="Disk">The disk; null for its defaults.</param>
internal sealed record MachineDevices(NetworkSetup? Network, DiskSetup? Disk);

/// <summary>Reads devices, and the paths of domains to them.</summary>
internal static class DeviceReader
{
    /// <summary>Reads those of the machine.</summary>
    public static MachineDevices Read(Section machine, Problems problems) =>
        new(Bind(machine, ScenarioKeys.MachineNetwork, new NetworkSetup(), "network", problems),
            Bind(machine, ScenarioKeys.MachineDisk, new DiskSetup(), "disk", problems));

    /// <summary>Reads those of a domain.</summary>
    public static DomainSetup Read(Section section, DomainSetup domain, Problems problems)
    {
        // Of what cannot be read nothing more is asked: its path, or its driver domain, may be the very word that is
        // misspelt. (There will be no scenario, so what stands in its place does not matter.)
        var before = problems.Count;
        var network = Bind(section, ScenarioKeys.Network, new InterfaceSetup(), "network", problems);
        if (problems.Count > before) network = new() { Path = NetworkPath.Native };
        var driver = Bind(section, ScenarioKeys.Driver, new DriverSetup(), "driver", problems);
        CheckVcpu(section, ScenarioKeys.Network, network?.Vcpu ?? 0, domain.Vcpus, problems);
        before = problems.Count;
        var disk = Bind(section, ScenarioKeys.Disk, new BlockSetup(), "disk", problems);
        if (problems.Count > before) disk = new() { Path = DiskPath.Native };
        CheckVcpu(section, ScenarioKeys.Disk, disk?.Vcpu ?? 0, domain.Vcpus, problems);
        CheckVcpu(section, ScenarioKeys.Driver, driver?.Vcpu ?? 0, domain.Vcpus, problems);
        if (network == null && domain.Workloads.Any(w => w.NeedsNetwork))
            problems.Add(section.PlaceOf(ScenarioKeys.Workloads),
                $"domain {domain.Name} has a workload that needs a network, and has none",
                "give it one, like network: { path: native }");
        if (disk == null && domain.Workloads.Any(w => w.NeedsDisk))
            problems.Add(section.PlaceOf(ScenarioKeys.Workloads),
                $"domain {domain.Name} has a workload that needs a disk, and has none",
                "give it one, like disk: { path: native }");
        return domain with { Network = network, Disk = disk, Driver = driver };
    }

    /// <summary>Checks what the devices of all domains say of each other.</summary>
    /// <param name="domains">All domains.</param>
    /// <param name="placeOf">Where each was written.</param>
    /// <param name="problems">Where problems are noted.</param>
    public static void Check(IReadOnlyList<DomainSetup> domains, Func<int, Place> placeOf, Problems problems)
    {
        for (var d = 0; d < domains.Count; d++)
        {
            var domain = domains[d];
            if (domain.Network is { IsRelayed: true } network)
                CheckDriver(domains, domain, "network", network.DriverDomain, placeOf(d), problems);
            if (domain.Disk is { IsRelayed: true } disk)
                CheckDriver(domains, domain, "disk", disk.DriverDomain, placeOf(d), problems);
        }
    }

    private static void CheckDriver(IReadOnlyList<DomainSetup> domains, DomainSetup domain, string what, string driver,
        Place place, Problems problems)
    {
        if (driver == "")
            problems.Add(place, $"the {what} of {domain.Name} has no driver_domain",
                "name the domain that drives the devices, or take another path");
        else if (driver == domain.Name || !domains.Any(d => d.Name == driver))
            problems.Add(place,
                $"the {what} of {domain.Name} goes through {Quote.Text(driver)}, which is no other domain",
                Nearest.Advice(driver, [.. domains.Where(d => d != domain).Select(d => d.Name)]));
    }

    // A key without a value stands for the defaults too.
    private static T? Bind<T>(Section section, Setting key, T defaults, string of, Problems problems) where T : class =>
        section.Has(key) ? OptionBinder.Bind(section[key], defaults, of, problems) : null;

    private static void CheckVcpu(Section section, Setting key, int vcpu, int vcpus, Problems problems)
    {
        if (vcpu >= vcpus)
            problems.Add(section.PlaceOf(key), $"{key.Name} interrupts vCPU {vcpu}, which does not exist",
                $"this domain has {vcpus}, counted from 0");
    }
}
