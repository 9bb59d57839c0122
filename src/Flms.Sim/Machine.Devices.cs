using Flms.Core;
using Flms.Sim.Devices;
using Flms.Sim.Network;

namespace Flms.Sim;

// What stands between guests and the world outside: drivers are workloads that no scenario lists, devices have alarms.
public sealed partial class Machine
{
    /// <summary>Its devices and the paths to them; null if no domain has any.</summary>
    internal HostIo? Io { get; }

    /// <summary>What was counted of the network; null if no domain has one. Each reading adds up anew.</summary>
    public NetworkStatistics? Network => Io?.NetworkStatistics();

    /// <summary>What was counted of the disk; null if no domain has one.</summary>
    public DiskStatistics? Disk => Io?.DiskStatistics();

    /// <summary>A domain's disk; null if it has none.</summary>
    /// <param name="domain">Its place in <see cref="MachineSetup.Domains"/>.</param>
    public GuestDisk? DiskOf(int domain) => Io?.Disks[domain];

    /// <summary>Does it run on a pCPU at this moment?</summary>
    internal bool IsRunning(VcpuId v) => _vcpus[v.Index].State == VcpuState.Running;

    internal void SetAlarm(Device d, Instant at)
    {
        _alarmSetAt[d.AlarmEntity - _pcpus.Length] = _now;
        SetOnce(d.AlarmEntity, at.Ns);
    }

    private void AddDrivers(List<Workload> workloads, int domain, int number, int vcpu)
    {
        if (Io == null) return;
        var next = _setup.Domains[domain].Workloads.Count;
        foreach (var driver in Io.DriversOn(domain, number)) Add(workloads, driver, vcpu, next++);
    }

    private Device[] ConnectDevices(HostIo io)
    {
        var devices = new List<Device>();
        io.Connect(_alarms, w => _vcpus[w.Vcpu.Index].Domain, devices);
        for (var i = 0; i < devices.Count; i++)
        {
            devices[i].Machine = this;
            devices[i].AlarmEntity = Topology.Count + _workloadOfAlarm.Length + i;
        }
        return [.. devices];
    }

    private void StartFlows(Workload w)
    {
        foreach (var flow in w.Flows)
            if (flow.Connected) flow.Remote.Start(Now);
    }
}
