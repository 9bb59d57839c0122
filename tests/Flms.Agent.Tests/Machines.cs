using Flms.Agent.Host;

namespace Flms.Agent.Tests;

/// <summary>Machines that exist only as files of /sys.</summary>
internal static class Machines
{
    /// <summary>A machine of so many cores in one socket.</summary>
    public static HostCpus Of(int cores)
    {
        var host = new FakeHost();
        host.Text("/sys/devices/system/cpu/online", $"0-{cores - 1}\n");
        host.Text("/sys/devices/system/cpu/possible", $"0-{cores - 1}\n");
        return HostCpus.Read(host, [], out _)!;
    }

    /// <summary>A machine of so many sockets, each a NUMA node, of so many cores each; Linux's nodes are 0, 2, 4.
    /// </summary>
    public static HostCpus Of(int sockets, int cores)
    {
        var host = new FakeHost();
        host.Text("/sys/devices/system/cpu/online", $"0-{sockets * cores - 1}\n");
        host.Text("/sys/devices/system/cpu/possible", $"0-{sockets * cores - 1}\n");
        host.Text("/sys/devices/system/node/online", string.Join(',', Enumerable.Range(0, sockets).Select(s => 2 * s)));
        for (var c = 0; c < sockets * cores; c++)
            host.Text($"/sys/devices/system/cpu/cpu{c}/topology/physical_package_id", $"{c / cores}");
        for (var s = 0; s < sockets; s++)
            host.Text($"/sys/devices/system/node/node{2 * s}/cpulist", $"{s * cores}-{(s + 1) * cores - 1}\n");
        return HostCpus.Read(host, [], out _)!;
    }
}
