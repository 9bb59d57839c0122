using Flms.Agent.Discovery;
using Flms.Agent.Linux;

namespace Flms.Agent.Host;

/// <summary>How much a finding matters.</summary>
public enum Severity : byte
{
    /// <summary>As it should be, or merely told.</summary>
    Fine,

    /// <summary>It limits what the agent can do.</summary>
    Limit,

    /// <summary>It works against the agent, or makes it impossible.</summary>
    Problem,
}

/// <summary>One thing the doctor looked at.</summary>
/// <param name="Name">What, as one word.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Says">What was found, and what it means.</param>
/// <param name="Advice">What to do; empty if nothing.</param>
public sealed record Finding(string Name, Severity Severity, string Says, string Advice = "");

/// <summary>Looks whether a host is one where the agent can work, and what stands in its way. Changes
/// nothing.</summary>
/// <remarks>Every rule has its reason in spec linux-host (kernel) or host-agent (daemons, settings).</remarks>
/// <param name="files">The machine's files.</param>
public sealed class Doctor(ISystemFiles files)
{
    private const int NiceCapability = 23; // CAP_SYS_NICE

    private static readonly string[] Rivals = ["numad", "vas_daemon", "skylarkd"];

    /// <summary>Everything there is to say.</summary>
    public IReadOnlyList<Finding> Examine()
    {
        var kernel = Kernel.Read(files);
        List<Finding?> all =
        [
            KernelOf(kernel), SlicesOf(kernel), PreemptionOf(kernel), Fault(kernel), Statistics(), Privilege(),
            BoostFinding.Of(files),
            Vms(), Isolated(), Groups(), Nodes(), NumaBalancing(), SchedExt(), RivalDaemons(), Hidden(),
            .. new Surroundings(files).Examine(),
        ];
        return [.. all.OfType<Finding>()];
    }

    private static Finding KernelOf(Kernel kernel) => kernel.Version == default
        ? new("kernel", Severity.Problem, "this is not a Linux whose release can be read")
        : new("kernel", Severity.Fine, $"Linux {kernel.Release}");

    private static Finding SlicesOf(Kernel kernel)
    {
        var how = kernel.SlicesSeen ? "as the kernel says" : "as is known of this version";
        return kernel.Slices switch
        {
            SliceTier.None => new("slices", Severity.Limit, $"none ({how}): affinity only",
                "Linux 6.12 or later gives threads slices of their own"),
            SliceTier.Tick => new("slices", Severity.Limit, $"they end at the tick ({how}): short ones do nothing by "
                + "themselves for vCPUs that compute, long ones work",
                "echo HRTICK > /sys/kernel/debug/sched/features, where the kernel lets you"),
            SliceTier.Exact => new("slices", Severity.Fine, $"exact ({how}); the shortest in a VM's control group "
                + "counts"),
            _ => new("slices", Severity.Fine, $"exact, each thread its own ({how})"),
        };
    }

    private static Finding PreemptionOf(Kernel kernel)
    {
        var how = kernel.PreemptionSeen ? "as the kernel says" : "as is usual for this version";
        return kernel.Preemption switch
        {
            PreemptionModel.Lazy => new("preemption", Severity.Limit, $"lazy ({how}): whoever is woken from another "
                + "pCPU may wait for the next tick", "boot with preempt=full"),
            PreemptionModel.Prompt => new("preemption", Severity.Fine, $"prompt ({how})"),
            _ => new("preemption", Severity.Limit, "unknown"),
        };
    }

    private static Finding? Fault(Kernel kernel) =>
        kernel.KnownFault is { } fault ? new("kernel-fault", Severity.Limit, fault, "update the kernel") : null;

    private Finding Statistics() => files.Read("/proc/self/schedstat") != null
        ? new("statistics", Severity.Fine, "the kernel counts what threads run and wait")
        : new("statistics", Severity.Problem, "/proc/PID/schedstat is missing: nothing can be measured",
            "a kernel with CONFIG_SCHED_INFO");

    private Finding Privilege()
    {
        return (Surroundings.Capabilities(files) >> NiceCapability & 1) != 0
            ? new("privilege", Severity.Fine, "CAP_SYS_NICE: threads of others can be scheduled")
            : new("privilege", Severity.Limit, "no CAP_SYS_NICE: watching works, changing does not",
                "run it as root, or give it that capability and nothing else");
    }

    private Finding Vms()
    {
        var search = new VmSearch(files);
        var error = search.Scan();
        if (error < 0)
            return new("vms", Severity.Problem, $"/proc cannot be read: {Errno.NameOf(error)}", "is it mounted?");
        var vcpus = search.Vms.Sum(vm => vm.Vcpus);
        if (search.Unrecognised.Count > 0)
            return new("vms", Severity.Limit, $"{search.Vms.Count} VMs, {vcpus} vCPUs; of process "
                + $"{string.Join(", ", search.Unrecognised)} the threads cannot be told apart",
                "start QEMU with -name NAME,debug-threads=on (libvirt does)");
        return new("vms", Severity.Fine, search.Vms.Count == 0 ? "no VM runs here" :
            $"{search.Vms.Count} VMs, {vcpus} vCPUs");
    }

    private Finding? Isolated()
    {
        var isolated = files.Read("/sys/devices/system/cpu/isolated");
        var nohz = files.Read("/sys/devices/system/cpu/nohz_full");
        if (nohz is "(null)") nohz = "";
        if (string.IsNullOrEmpty(isolated) && string.IsNullOrEmpty(nohz)) return null;
        return new("isolated", Severity.Limit, $"isolated pCPUs: {Or(isolated)}; nohz_full: {Or(nohz)}: they belong "
            + "to no group, since nothing balances load there");
    }

    private Finding Groups() => files.Read("/sys/fs/cgroup/cgroup.controllers") != null
        ? new("cgroups", Severity.Fine, "version 2")
        : new("cgroups", Severity.Fine, "version 1, or both");

    private Finding? Nodes()
    {
        var nodes = HostFacts.NodesOf(files);
        return nodes.Count < 2 ? null : new("nodes", Severity.Fine, $"{nodes.Count} NUMA nodes: "
            + string.Join("; ", nodes.Select(n => $"node {n} has pCPUs "
                + (files.Read($"/sys/devices/system/node/node{n}/cpulist") ?? "?")))
            + "; a vCPU may run on all of them, unless you set plan: nodes: true");
    }

    private Finding? NumaBalancing() => files.Read("/proc/sys/kernel/numa_balancing") is "1" or "2"
        && HostFacts.NodesOf(files).Count > 1
        ? new("numa-balancing", Severity.Limit, "the kernel moves memory after threads, and unmaps it from guests "
            + "to find out: with very large VMs that costs much", "sysctl kernel.numa_balancing=0, and see")
        : null;

    private Finding? SchedExt()
    {
        if (files.Read("/sys/kernel/sched_ext/state") is not "enabled") return null;
        var name = files.Read(Path.Join("/sys/kernel/sched_ext/root", "ops")) ?? "?";
        return new("sched_ext", Severity.Problem,
            $"the scheduler {name} is loaded: slices set by the agent do nothing under it", "unload one of the two");
    }

    private Finding? RivalDaemons()
    {
        var folder = files.Open("/proc");
        if (folder < 0) return null;
        var pids = new List<int>();
        files.List(folder, pids);
        files.Close(folder);
        var found = pids.Select(pid => files.Read($"/proc/{pid}/comm")).OfType<string>()
            .Where(Rivals.Contains).Distinct().Order(StringComparer.Ordinal).ToList();
        return found.Count == 0 ? null : new("rivals", Severity.Problem,
            $"{string.Join(", ", found)} also places VMs: each undoes what the other did", "stop one of the two");
    }

    private Finding? Hidden() => Surroundings.Hides(files)
        ? new("hidepid", Severity.Limit, "/proc hides the processes of others from those who are not in its group",
            "run the agent in the group that /proc is mounted with (gid=)")
        : null;

    private static string Or(string? list) => string.IsNullOrEmpty(list) ? "none" : list;
}
