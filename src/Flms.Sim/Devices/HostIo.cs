using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Devices;

/// <summary>The devices of a host, and the path from each to each domain.</summary>
internal sealed class HostIo
{
    private readonly MachineSetup _setup;
    private readonly Interface?[] _interfaces;
    private readonly DriverDomain?[] _drivers;
    private readonly GuestDisk?[] _disks;

    private HostIo(MachineSetup setup)
    {
        _setup = setup;
        Network = new(setup.Network ?? new());
        _interfaces = new Interface?[setup.Domains.Count];
        _drivers = new DriverDomain?[setup.Domains.Count];
        _disks = new GuestDisk?[setup.Domains.Count];
        Disk = new(setup.Disk ?? new());
        var vcpu = 0;
        var place = 0L;
        for (var d = 0; d < setup.Domains.Count; d++)
        {
            var domain = setup.Domains[d];
            if (domain.Network is { } network) _interfaces[d] = Create(domain, network, vcpu);
            if (domain.Disk is { } disk)
            {
                _disks[d] = new(disk, Create(domain, disk, vcpu), place);
                place += _disks[d]!.Size;
            }
            vcpu += domain.Vcpus;
        }
    }

    public PhysicalNetwork Network { get; }

    public Disk Disk { get; }

    /// <summary>Those of the domains, by domain; null where there is none.</summary>
    public IReadOnlyList<GuestDisk?> Disks => _disks;

    /// <summary>Those of the domains, by domain; null where there is none.</summary>
    public IReadOnlyList<Interface?> Interfaces => _interfaces;

    /// <summary>What each domain does for others, by domain; null where it does nothing.</summary>
    public IReadOnlyList<DriverDomain?> Drivers => _drivers;

    /// <summary>The devices of a host; null if no domain has any.</summary>
    /// <exception cref="ArgumentException">A domain names a driver domain that there is not, a vCPU that it lacks, or
    /// has a workload that needs a device without having one.</exception>
    public static HostIo? Of(MachineSetup setup)
    {
        var any = false;
        foreach (var d in setup.Domains)
        {
            any |= d.Network != null || d.Disk != null;
            foreach (var w in d.Workloads)
            {
                if (w.NeedsNetwork && d.Network == null)
                    throw new ArgumentException($"{d.Name} has a workload that needs a network, and has none");
                if (w.NeedsDisk && d.Disk == null)
                    throw new ArgumentException($"{d.Name} has a workload that needs a disk, and has none");
            }
        }
        return any ? new(setup) : null;
    }

    /// <summary>The drivers that run on one vCPU of a domain, its own and those for others.</summary>
    public IEnumerable<Workload> DriversOn(int domain, int vcpu)
    {
        if (_drivers[domain] is { } driver)
        {
            if (driver.Setup.Vcpu == vcpu)
            {
                yield return driver.Receiver;
                yield return driver.Completer;
            }
            foreach (var thread in driver.Threads)
                if (thread.OnVcpu == vcpu) yield return thread;
        }
        if (_interfaces[domain] is { } path)
        {
            if (path.Setup.Vcpu == vcpu) yield return path.FrontEnd;
            yield return path.Transmitters[vcpu];
        }
        if (_disks[domain]?.Path is { } block)
        {
            if (block.Setup.Vcpu == vcpu) yield return block.FrontEnd;
            yield return block.Submitters[vcpu];
        }
    }

    /// <summary>Connects the flows of all workloads, and lists every device.</summary>
    public void Connect(IReadOnlyList<Workload> workloads, Func<Workload, int> domainOf, List<Device> devices)
    {
        devices.Add(Network.ToHost);
        devices.Add(Network.ToRemote);
        devices.Add(Disk);
        foreach (var disk in _disks)
            if (disk != null) devices.Add(disk);
        foreach (var w in workloads)
        {
            if (_interfaces[domainOf(w)] is not { } path) continue;
            foreach (var flow in w.Flows)
            {
                flow.Connect(path);
                devices.Add(flow.Remote);
            }
        }
    }

    public void ResetStatistics(IReadOnlyList<Workload> workloads, Instant now)
    {
        Network.ResetStatistics();
        Disk.ResetStatistics(now);
        foreach (var disk in _disks) disk?.ResetStatistics();
        foreach (var w in workloads)
            foreach (var flow in w.Flows) flow.Lost = 0;
    }

    /// <summary>Packets that are neither sent nor arrived: on a link, or anywhere in the host.</summary>
    public long Held
    {
        get
        {
            long held = Network.ToHost.Held + Network.ToRemote.Held;
            foreach (var path in _interfaces) held += path?.Held ?? 0;
            foreach (var driver in _drivers) held += driver?.Receiver.Held ?? 0;
            return held;
        }
    }

    public DiskStatistics? DiskStatistics()
    {
        var any = false;
        var (hits, misses, throttled) = (0L, 0L, 0L);
        foreach (var disk in _disks)
        {
            if (disk == null) continue;
            any = true;
            (hits, misses, throttled) = (hits + disk.Hits, misses + disk.Misses, throttled + disk.Throttled);
        }
        return any ? new(Disk.Requests, Disk.Bytes, Disk.Seeks, new(Disk.BusyNs), hits, misses, throttled) : null;
    }

    public NetworkStatistics? NetworkStatistics()
    {
        var (interrupts, wakes, guests, suppressed) = (0L, 0L, 0L, 0L);
        if (!Array.Exists(_interfaces, i => i != null)) return null;
        foreach (var driver in _drivers)
        {
            if (driver == null) continue;
            interrupts += driver.Receiver.Signals;
            suppressed += driver.Receiver.Suppressed;
            foreach (var thread in driver.Threads)
            {
                wakes += thread.Signals;
                suppressed += thread.Suppressed;
            }
        }
        foreach (var path in _interfaces)
        {
            guests += path?.FrontEnd.Signals ?? 0;
            suppressed += path?.FrontEnd.Suppressed ?? 0;
        }
        return new(Network.ToHost.Packets, Network.ToHost.Bytes, Network.ToRemote.Packets, Network.ToRemote.Bytes,
            Network.ToHost.Dropped + Network.ToRemote.Dropped, Network.Dropped, interrupts, wakes, guests, suppressed,
            Held);
    }

    private Interface Create(DomainSetup domain, InterfaceSetup setup, int firstVcpu)
    {
        if (setup.Vcpu >= domain.Vcpus)
            throw new ArgumentException($"the network of {domain.Name} interrupts vCPU {setup.Vcpu}, which it lacks");
        if (!setup.IsRelayed) return new DirectInterface(Network, setup, firstVcpu, domain.Vcpus);
        var driver = DriverOf(setup.DriverDomain, domain);
        var path = new RelayedInterface(Network, setup, firstVcpu, domain.Vcpus, driver);
        path.Thread = driver.ThreadForNext(setup.Path == NetworkPath.Emulated);
        return path;
    }

    private BlockPath Create(DomainSetup domain, BlockSetup setup, int firstVcpu)
    {
        if (setup.Vcpu >= domain.Vcpus)
            throw new ArgumentException($"the disk of {domain.Name} interrupts vCPU {setup.Vcpu}, which it lacks");
        if (!setup.IsRelayed) return new DirectBlockPath(Disk, setup, firstVcpu, domain.Vcpus);
        var driver = DriverOf(setup.DriverDomain, domain);
        var path = new RelayedBlockPath(Disk, setup, firstVcpu, domain.Vcpus, driver);
        path.Thread = driver.ThreadForNext(setup.Path == DiskPath.Emulated);
        return path;
    }

    private DriverDomain DriverOf(string name, DomainSetup domain)
    {
        for (var d = 0; d < _setup.Domains.Count; d++)
        {
            var driver = _setup.Domains[d];
            if (driver.Name != name || driver == domain) continue;
            var setup = driver.Driver ?? new();
            if (setup.Vcpu >= driver.Vcpus)
                throw new ArgumentException($"driver domain {name} interrupts vCPU {setup.Vcpu}, which it lacks");
            return _drivers[d] ??= new(setup, Network, driver.Vcpus);
        }
        throw new ArgumentException($"{domain.Name} goes through driver domain \"{name}\", which there is not");
    }
}
