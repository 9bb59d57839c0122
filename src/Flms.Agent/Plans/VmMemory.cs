using System.Globalization;
using Flms.Agent.Host;
using Flms.Agent.Linux;

namespace Flms.Agent.Plans;

/// <summary>On which NUMA node a VM's memory is, by its control group: cheap to read, and by anybody, where
/// <c>/proc/PID/numa_maps</c> lets the kernel look at every page. Control groups of version 2 only.</summary>
public static class VmMemory
{
    private const string Root = "/sys/fs/cgroup";

    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary>The node that has more than half of the memory.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="cgroup">The control group of one of its threads; below it or above, the nearest that counts memory
    /// and is not the root tells, which must be the VM's own.</param>
    /// <param name="cpus">The machine's pCPUs.</param>
    /// <returns>By the pool's numbers; -1 if there is none, or nobody tells.</returns>
    public static int NodeOf(ISystemFiles files, string cgroup, HostCpus cpus)
    {
        for (var at = cgroup.TrimEnd('/'); at != ""; at = at[..at.LastIndexOf('/')])
        {
            // A slice holds many VMs.
            if (at.EndsWith(".slice", StringComparison.Ordinal)) return -1;
            if (files.Read($"{Root}{at}/memory.numa_stat") is { } text) return MostOf(text, cpus);
        }
        return -1;
    }

    // A line is KIND N0=BYTES N1=BYTES ...
    private static int MostOf(string text, HostCpus cpus)
    {
        var bytes = new long[cpus.Nodes.Count];
        long all = 0;
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split(' ');
            if (words[0] is not ("anon" or "file")) continue;
            foreach (var word in words.AsSpan(1))
            {
                var sign = word.IndexOf('=', StringComparison.Ordinal);
                if (sign < 2 || word[0] != 'N'
                    || !int.TryParse(word.AsSpan(1, sign - 1), NumberStyles.None, Plain, out var node)
                    || !long.TryParse(word.AsSpan(sign + 1), NumberStyles.None, Plain, out var n)) continue;
                all += n;
                for (var i = 0; i < bytes.Length; i++)
                    if (cpus.Nodes[i] == node) bytes[i] += n;
            }
        }
        for (var i = 0; i < bytes.Length; i++)
            if (bytes[i] * 2 > all) return i;
        return -1;
    }
}
