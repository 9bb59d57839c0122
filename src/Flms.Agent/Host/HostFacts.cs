using Flms.Agent.Linux;

namespace Flms.Agent.Host;

/// <summary>Two facts of a running machine that the journal needs.</summary>
public static class HostFacts
{
    /// <summary>Which boot of the machine it is.</summary>
    public static string BootOf(ISystemFiles files) => files.Read("/proc/sys/kernel/random/boot_id") ?? "unknown";

    /// <summary>Does /proc hide the processes of others (<c>hidepid</c>)? Then a VM may run and not be seen.</summary>
    public static bool HidesProcesses(ISystemFiles files) => Surroundings.Hides(files);

    /// <summary>The machine's NUMA nodes that are online; node 0 if it does not tell.</summary>
    public static IReadOnlyList<int> NodesOf(ISystemFiles files) =>
        files.Read("/sys/devices/system/node/online") is { } list
            && CpuList.TryParse(list, HostCpus.Most, out var nodes)
            && nodes.Count > 0 ? nodes : [0];

    /// <summary>The slice that the kernel gives a thread that has none of its own, in ns; 0 if it has no
    /// slices.</summary>
    /// <remarks>Asked of a fresh thread of this process: the kernel's own figure is often not to be read
    /// (spec host-agent 3.3).</remarks>
    public static ulong BaseSlice(ISchedCalls calls)
    {
        ulong slice = 0;
        var fresh = new Thread(() =>
        {
            if (calls.GetAttributes(0, out var attributes) == 0 && attributes.IsFair) slice = attributes.RuntimeNs;
        });
        fresh.Start();
        fresh.Join();
        return slice;
    }
}
