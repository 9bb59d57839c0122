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
}
