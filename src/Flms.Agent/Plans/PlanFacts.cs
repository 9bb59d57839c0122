using Flms.Agent.Classes;
using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Libvirt;
using Flms.Agent.Linux;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Plans;

/// <summary>Puts together what a plan needs: what was observed, and what may be touched. Reads only.</summary>
/// <param name="files">The machine's files.</param>
/// <param name="calls">How threads are scheduled.</param>
/// <param name="cpus">The machine's pCPUs.</param>
/// <param name="options">FLMS's settings.</param>
public sealed class PlanFacts(ISystemFiles files, ISchedCalls calls, HostCpus cpus, FlmsOptions options)
{
    private static readonly string[] Containers = ["kubepods", "docker", "lxc"];

    private readonly CpuMask _now = new(cpus.Size);
    private readonly Dictionary<ThreadIdentity, (CpuMask Allowed, Exclusion Exclusion)> _known = [];

    /// <summary>The machine's pCPUs.</summary>
    public HostCpus Cpus => cpus;

    /// <summary>Has the operator paused that VM? Default: none.</summary>
    public Func<Vm, bool> Paused { get; set; } = _ => false;

    /// <summary>Control groups, policies and affinities are to be read anew.</summary>
    /// <remarks>That takes some ten files and calls a thread, so it is not done every period; a lever looks once more
    /// before it changes anything.</remarks>
    public void Forget() => _known.Clear();

    /// <summary>The threads of the VMs that are watched, in the plan's order.</summary>
    /// <param name="observer">Who watches them.</param>
    /// <param name="lever">What we have changed: a narrow affinity may be our own.</param>
    public IReadOnlyList<PlanThread> Of(Observer observer, Lever lever)
    {
        var threads = new List<PlanThread>();
        foreach (var vm in observer.Vms)
        {
            var serves = Treatment.Floating; // the most urgent of those that its devices serve
            foreach (var vcpu in vm.Vcpus)
            {
                var treatment = vm.TreatmentOf(vcpu, options);
                if (treatment == Treatment.Latency || serves == Treatment.Floating) serves = treatment;
            }
            foreach (var thread in vm.Threads)
            {
                var isVcpu = thread.Thread.Role == ThreadRole.Vcpu;
                threads.Add(Of(observer, vm, thread, isVcpu ? vm.TreatmentOf(thread, options) : serves, lever));
            }
        }
        return threads;
    }

    private PlanThread Of(
        Observer observer, ObservedVm vm, ObservedThread thread, Treatment treatment, Lever lever)
    {
        var sample = observer.Sampler.Of(thread.Slot);
        var id = thread.Thread.Id;
        if (!_known.TryGetValue(id, out var known))
        {
            var error = cpus.TryAllowedTo(files, thread.Thread.FileFolder, out var cpuset);
            known = (cpuset,
                error < 0 ? Exclusion.Unreadable : ExclusionOf(thread.Thread, cpuset, lever.IsOurs(id)));
            _known[id] = known;
        }
        return new()
        {
            Thread = id,
            Process = vm.Vm.Process,
            Vm = vm.Vm.Name,
            Role = thread.Thread.Role,
            Number = thread.Thread.Number,
            Treatment = treatment,
            Sleeper = thread.Class == VcpuClass.Latency,
            Run = new(sample.RunNs),
            Wait = new(sample.WaitNs),
            Timeslices = sample.Timeslices,
            Allowed = known.Allowed,
            Refused = lever.IsRefused(id),
            Exclusion = vm.Word is { Ignore: true } ? Exclusion.Ignored
                : Paused(vm.Vm) ? Exclusion.Paused
                : ExclusionOf(vm.Managed, thread.Thread) is not Exclusion.None and var managed ? managed
                : lever.IsLost(id) ? Exclusion.TakenOver : known.Exclusion,
        };
    }

    private static Exclusion ExclusionOf(ManagedVm? vm, VmThread thread) => vm?.Claim switch
    {
        null => Exclusion.None,
        ManagedClaim.Pinned => Exclusion.Pinned,
        ManagedClaim.Cpuset => Exclusion.Cpuset,
        ManagedClaim.Numatune => Exclusion.Numatune,
        ManagedClaim.RealTime => Exclusion.RealTime,
        ManagedClaim.NotRead => Exclusion.NotTold,
        _ => vm.IsTaken(thread) ? Exclusion.TakenOver : Exclusion.None,
    };

    /// <summary>Why a thread must be left alone, as the host says now.</summary>
    /// <param name="thread">Which.</param>
    /// <param name="allowed">What its cpuset leaves it.</param>
    /// <param name="ours">Have we changed it before?</param>
    public Exclusion ExclusionOf(VmThread thread, CpuMask allowed, bool ours)
    {
        if (Cgroups.TryPathOf(files, thread.FileFolder, out var cgroup) < 0) return Exclusion.Unreadable;
        if (IsContainer(cgroup)) return Exclusion.Container;
        if (calls.GetAttributes(thread.Id.Tid, out var attributes) < 0) return Exclusion.Unreadable;
        // A deadline thread of ours is one that we have boosted; if it is somebody else's, the lever will see it.
        if (!attributes.IsFair && !(ours && attributes.IsDeadline)) return Exclusion.RealTime;
        if (calls.GetAffinity(thread.Id.Tid, _now) < 0) return Exclusion.Unreadable;
        // An empty mask is one whose CPU is offline for the time being, so somebody has set it.
        if (!ours && !_now.SameAs(allowed)) return Exclusion.Bound;
        for (var i = 0; i < cpus.Pool.Count; i++)
            if (allowed.Contains(new(cpus.Pool[i]))) return Exclusion.None;
        return Exclusion.OutsidePool;
    }

    private static bool IsContainer(string cgroup)
    {
        foreach (var part in cgroup.Split('/', StringSplitOptions.RemoveEmptyEntries))
            foreach (var name in Containers)
                if (part.StartsWith(name, StringComparison.Ordinal)) return true;
        return false;
    }
}
