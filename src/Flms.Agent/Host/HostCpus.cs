using System.Globalization;
using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Host;

/// <summary>The machine's pCPUs: those that FLMS may share out (the pool), and how they lie.</summary>
/// <remarks>
/// Linux numbers its CPUs with gaps, and some are not ours: isolated ones, where nothing balances load (all vCPUs of a
/// group would end on the first; spec host-agent 0.3), <c>nohz_full</c> ones, and those that the operator excludes. The
/// pool's pCPUs are numbered densely, as the parts of FLMS want it. It is as of one moment: CPUs go offline and come
/// back (<see cref="IsCurrent"/>); only what a thread may use is always as of now.
/// </remarks>
public sealed class HostCpus
{
    private const string Folder = "/sys/devices/system/cpu";

    /// <summary>Numbers of CPUs are below this.</summary>
    public const int Most = 8192;

    private readonly string _online; // as Linux listed it

    private HostCpus(int size, string list, CpuMask online, CpuMask isolated, int[] pool,
        (Topology Places, int[] Nodes) topology)
    {
        (Size, _online, Online, Pool) = (size, list, online, pool);
        (Topology, Nodes) = topology;
        Unbound = new CpuMask(size).Fill();
        Unbound.ExceptWith(isolated);
        Usual = CpuMask.Copy(online);
        Usual.IntersectWith(Unbound);
    }

    /// <summary>Linux's numbers are below this; masks of them have this size.</summary>
    public int Size { get; }

    /// <summary>Those that were online, by Linux's numbers. Not to be changed.</summary>
    public CpuMask Online { get; }

    /// <summary>Those that a thread could use if nobody had said anything: the online ones that are not isolated. Not
    /// to be changed.</summary>
    public CpuMask Usual { get; }

    /// <summary>What a thread that nobody has bound asks for: every CPU that this machine may ever have online, but the
    /// isolated. The kernel takes off what its cpuset does not have, and gives it back when the cpuset grows. Not to be
    /// changed.</summary>
    public CpuMask Unbound { get; }

    /// <summary>The pool: Linux's number of each of our pCPUs, ascending.</summary>
    public IReadOnlyList<int> Pool { get; }

    /// <summary>How the pool's pCPUs lie; by our numbers.</summary>
    public Topology Topology { get; }

    /// <summary>Linux's number of each of the pool's NUMA nodes, by ours.</summary>
    public IReadOnlyList<int> Nodes { get; }

    /// <summary>The NUMA node of a CPU, by our number.</summary>
    /// <param name="cpu">Linux's number.</param>
    /// <returns>-1 if the CPU is not in the pool.</returns>
    public int NodeOf(int cpu)
    {
        for (var p = 0; p < Pool.Count; p++)
            if (Pool[p] == cpu) return Topology.NodeOf(new(p));
        return -1;
    }

    /// <summary>Reads the machine's.</summary>
    /// <param name="files">Its files.</param>
    /// <param name="excluded">CPUs that the operator keeps out of the pool, by Linux's numbers.</param>
    /// <param name="problem">Why there is no pool; empty if there is.</param>
    /// <returns>Null if the files cannot be read or the pool would be empty.</returns>
    public static HostCpus? Read(ISystemFiles files, IReadOnlyList<int> excluded, out string problem)
    {
        problem = $"{Folder}/online cannot be read";
        if (files.Read($"{Folder}/online") is not { } list || !CpuList.TryParse(list, Most, out var online)
            || online.Count == 0) return null;
        var possible = files.Read($"{Folder}/possible") is { } text && CpuList.TryParse(text, Most, out var all)
            && all.Count > 0 ? all[^1] + 1 : 0;
        var size = Math.Max(possible, online[^1] + 1);
        var isolated = Listed(files, $"{Folder}/isolated");
        var tickless = Listed(files, $"{Folder}/nohz_full");
        var pool = online.Where(c => !isolated.Contains(c) && !tickless.Contains(c) && !excluded.Contains(c)).ToArray();
        problem = "every pCPU is isolated, nohz_full or excluded: none is left to share out";
        if (pool.Length == 0) return null;
        problem = "";
        var mask = new CpuMask(size);
        foreach (var c in online) mask.Add(new(c));
        var apart = new CpuMask(size);
        foreach (var c in isolated)
            if (c < size) apart.Add(new(c));
        return new(size, list, mask, apart, pool, TopologyOf(files, pool));
    }

    /// <summary>Are the same CPUs online now?</summary>
    /// <param name="files">The machine's files.</param>
    public bool IsCurrent(ISystemFiles files) => files.Read($"{Folder}/online") is not { } now || now == _online;

    /// <summary>A set of the pool's pCPUs by Linux's numbers.</summary>
    public CpuMask ToLinux(CpuMask ours)
    {
        var mask = new CpuMask(Size);
        for (var p = ours.First(); !p.IsNone; p = ours.After(p)) mask.Add(new(Pool[p.Index]));
        return mask;
    }

    /// <summary>A list as Linux writes it, as a set.</summary>
    /// <returns>Null if it is none; numbers that this machine does not have are left out.</returns>
    public CpuMask? Parse(string list)
    {
        if (!CpuList.TryParse(list, Most, out var cpus)) return null;
        var mask = new CpuMask(Size);
        foreach (var c in cpus)
            if (c < Size) mask.Add(new(c));
        return mask;
    }

    /// <summary>The pCPUs that a thread may use if nobody has bound it: those of its cpuset that are online and not
    /// isolated, by Linux's numbers.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="folder">The thread's folder in /proc.</param>
    public CpuMask AllowedTo(ISystemFiles files, string folder)
    {
        // If that cannot be read, it counts as without a cpuset.
        Cgroups.TryRead(files, folder, out _, out var list, out _);
        return AllowedBy(files, list);
    }

    /// <summary>The same, where what its cpuset has is known.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="list">The cpuset's CPUs, as Linux lists them; null if there is none.</param>
    public CpuMask AllowedBy(ISystemFiles files, string? list)
    {
        var allowed = CpuMask.Copy(Unbound);
        if (list != null && Parse(list) is { } cpuset) allowed.IntersectWith(cpuset);
        // A cpuset that the kernel is still about to adapt may have one that has just gone offline.
        allowed.IntersectWith((files.Read($"{Folder}/online") is { } now ? Parse(now) : null) ?? Online);
        return allowed;
    }

    /// <summary>The CPUs that a thread is bound to, by Linux's numbers: as it was set, whether they are online or
    /// not.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="folder">The thread's folder in /proc.</param>
    /// <returns>Null if that cannot be read.</returns>
    public CpuMask? BoundTo(ISystemFiles files, string folder)
    {
        const string Key = "Cpus_allowed_list:";
        var line = (files.Read($"{folder}/status") ?? "").Split('\n')
            .FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal));
        return line == null ? null : Parse(line[Key.Length..].Trim());
    }

    private static List<int> Listed(ISystemFiles files, string path) =>
        files.Read(path) is { } text && CpuList.TryParse(text, Most, out var cpus) ? cpus : [];

    private static (Topology, int[]) TopologyOf(ISystemFiles files, int[] pool)
    {
        var nodes = new Dictionary<int, int>();
        var folder = files.Read("/sys/devices/system/node/online") is { } text
            && CpuList.TryParse(text, Most, out var numbers) ? numbers : [];
        foreach (var node in folder)
            foreach (var cpu in Listed(files, $"/sys/devices/system/node/node{node}/cpulist")) nodes[cpu] = node;
        var sockets = new Dictionary<string, int>();
        var cores = new Dictionary<string, int>();
        var dense = new Dictionary<int, int>();
        var (core, socket, node2) = (new int[pool.Length], new int[pool.Length], new int[pool.Length]);
        for (var p = 0; p < pool.Length; p++)
        {
            var path = $"{Folder}/cpu{pool[p]}/topology";
            var package = files.Read($"{path}/physical_package_id") ?? "0";
            // A machine that does not tell has one thread a core.
            var threads = files.Read($"{path}/thread_siblings_list")
                ?? pool[p].ToString(CultureInfo.InvariantCulture);
            socket[p] = Number(sockets, package);
            core[p] = Number(cores, $"{package}/{threads}");
            node2[p] = Number(dense, nodes.GetValueOrDefault(pool[p]));
        }
        return (new(core, socket, node2), [.. dense.OrderBy(n => n.Value).Select(n => n.Key)]);
    }

    private static int Number<T>(Dictionary<T, int> numbers, T key) where T : notnull
    {
        if (!numbers.TryGetValue(key, out var n)) numbers[key] = n = numbers.Count;
        return n;
    }
}
