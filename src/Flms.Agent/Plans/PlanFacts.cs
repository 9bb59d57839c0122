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
    private const int Turns = 6; // of rounds, in one of which everything is read of a thread that is known

    private static readonly string[] Containers = ["kubepods", "docker", "lxc"];

    private sealed class Known
    {
        public required CpuMask Allowed { get; init; }
        public required Exclusion Exclusion { get; init; }
        public required string CpusetFile { get; init; } // empty if there is none
        public required int Node { get; init; }
        public int Round { get; set; } // in which it was last found to be true
    }

    private readonly CpuMask _now = new(cpus.Size);
    private readonly Dictionary<ThreadIdentity, Known> _known = [];
    private readonly Dictionary<string, CpuMask> _masks = [];   // by what a cpuset's file says
    private readonly Dictionary<string, CpuMask?> _cpusets = []; // by file, in this round
    private readonly byte[] _text = new byte[16 << 10];
    private readonly Starvation _starvation = new(files);
    private int _round;
    private bool _all = true; // nothing of before holds
    private Dictionary<ThreadIdentity, CpuMask> _bound = []; // with what was allowed when that was seen

    /// <summary>The machine's pCPUs.</summary>
    public HostCpus Cpus => cpus;

    /// <summary>Has the operator paused that VM? Default: none.</summary>
    public Func<Vm, bool> Paused { get; set; } = _ => false;

    /// <summary>Control groups, policies and affinities are to be read anew, all of them.</summary>
    public void Forget()
    {
        Look();
        _masks.Clear();
        _all = true;
    }

    /// <summary>Time has gone by since control groups, policies and affinities were read: cpusets are read anew, and
    /// the rest of a sixth of the threads.</summary>
    /// <remarks>All of it takes some ten files and calls a thread, so it is not done every period, and not of all at a
    /// time; a lever looks once more before it changes anything.</remarks>
    public void Look()
    {
        _round++;
        _cpusets.Clear();
        if (_masks.Count > 1000) _masks.Clear();
    }

    /// <summary>Forgets threads that have ended.</summary>
    /// <param name="present">Is it known to be there? Of others the kernel is asked.</param>
    public void Keep(Func<ThreadIdentity, bool> present)
    {
        foreach (var id in _bound.Keys)
            if (!present(id) && IsGone(id)) _bound.Remove(id);
    }

    /// <summary>The same for the pCPUs that are online now.</summary>
    /// <param name="excluded">Those that the operator keeps out of the pool.</param>
    /// <returns>Null if none would be left: then every thread is outside of the pool.</returns>
    public PlanFacts? ForPresentCpus(IReadOnlyList<int> excluded) => HostCpus.Read(files, excluded, out _) is { } now
        ? new(files, calls, now, options) { Paused = Paused, _bound = _bound } : null;

    /// <summary>Are the pCPUs online that were when this was made?</summary>
    public bool HasPresentCpus => cpus.IsCurrent(files);

    /// <summary>The threads of the VMs that are watched, in the plan's order.</summary>
    /// <param name="observer">Who watches them.</param>
    /// <param name="lever">What we have changed: a narrow affinity may be our own.</param>
    public IReadOnlyList<PlanThread> Of(Observer observer, Lever lever)
    {
        var threads = new List<PlanThread>(observer.Sampler.Count);
        for (var v = 0; v < observer.Vms.Count; v++)
        {
            var vm = observer.Vms[v];
            var serves = Treatment.Floating; // the most urgent of those that its devices serve
            for (var i = 0; i < vm.Threads.Count && vm.Threads[i].Thread.Role == ThreadRole.Vcpu; i++)
            {
                var treatment = vm.TreatmentOf(vm.Threads[i], options);
                if (treatment == Treatment.Latency || serves == Treatment.Floating) serves = treatment;
            }
            for (var i = 0; i < vm.Threads.Count; i++)
            {
                var thread = vm.Threads[i];
                var isVcpu = thread.Thread.Role == ThreadRole.Vcpu;
                threads.Add(Of(observer, vm, thread, isVcpu ? vm.TreatmentOf(thread, options) : serves, lever));
            }
        }
        _all = false;
        Keep(threads);
        return threads;
    }

    private void Keep(List<PlanThread> threads)
    {
        if (_known.Count <= threads.Count) return;
        var present = threads.Select(t => t.Thread).ToHashSet();
        foreach (var thread in _known.Keys)
        {
            if (present.Contains(thread)) continue;
            _known.Remove(thread);
            _starvation.Forget(thread);
        }
    }

    private PlanThread Of(
        Observer observer, ObservedVm vm, ObservedThread thread, Treatment treatment, Lever lever)
    {
        var sample = observer.Sampler.Of(thread.Slot);
        var id = thread.Thread.Id;
        var known = KnownOf(thread.Thread, lever);
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
            Node = known.Node,
            Refused = _starvation.Ends(id, lever.IsBoosted(id), sample) || lever.IsRefused(id),
            Exclusion = vm.Word is { Ignore: true } ? Exclusion.Ignored
                : Paused(vm.Vm) ? Exclusion.Paused
                : ExclusionOf(vm.Managed, thread.Thread) is not Exclusion.None and var managed ? managed
                : lever.IsLost(id) ? Exclusion.TakenOver : known.Exclusion,
        };
    }

    private Known KnownOf(VmThread thread, Lever lever)
    {
        var id = thread.Id;
        if (_known.TryGetValue(id, out var known) && !_all)
        {
            if (known.Round == _round) return known;
            // Its turn comes, or its cpuset has changed, or cannot be read any more.
            if ((id.Tid + _round) % Turns != 0 && known.CpusetFile != "" && CpusetOf(known.CpusetFile) is { } same
                && same.SameAs(known.Allowed))
            {
                known.Round = _round;
                return known;
            }
        }
        var error = Cgroups.TryRead(files, thread.FileFolder, out var cgroup, out var list, out var file);
        var allowed = MaskOf(list);
        return _known[id] = new()
        {
            Allowed = allowed,
            Exclusion = error < 0 ? Exclusion.Unreadable : ExclusionOf(thread, cgroup, allowed, lever.IsOurs(id)),
            CpusetFile = file,
            Node = cpus.Topology.Nodes > 1 ? NodeOf(thread, cgroup) : -1,
            Round = _round,
        };
    }

    // Null if it cannot be read.
    private CpuMask? CpusetOf(string file)
    {
        if (_cpusets.TryGetValue(file, out var cpuset)) return cpuset;
        var n = files.ReadOnce(file, _text);
        cpuset = n > 0 ? MaskOf(System.Text.Encoding.ASCII.GetString(_text.AsSpan(0, n)).TrimEnd('\n', ' ', '\0'))
            : null;
        return _cpusets[file] = cpuset;
    }

    // One set for all whose cpusets are the same.
    private CpuMask MaskOf(string? list)
    {
        if (_masks.TryGetValue(list ?? "", out var mask)) return mask;
        return _masks[list ?? ""] = cpus.AllowedBy(files, list);
    }

    // The node that has more than half of the VM's memory, if its control group tells; else where it ran last.
    private int NodeOf(VmThread thread, string cgroup)
    {
        if (VmMemory.NodeOf(files, cgroup, cpus) is >= 0 and var node) return node;
        var n = files.ReadOnce(thread.FileFolder + "/stat", _text);
        return n > 0 && ProcText.TryStat(_text.AsSpan(0, n), out var stat) ? cpus.NodeOf(stat.Processor) : -1;
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
    public Exclusion ExclusionOf(VmThread thread, CpuMask allowed, bool ours) =>
        Cgroups.TryPathOf(files, thread.FileFolder, out var cgroup) < 0 ? Exclusion.Unreadable
            : ExclusionOf(thread, cgroup, allowed, ours);

    private Exclusion ExclusionOf(VmThread thread, string cgroup, CpuMask allowed, bool ours)
    {
        if (IsContainer(cgroup)) return Exclusion.Container;
        if (calls.GetAttributes(thread.Id.Tid, out var attributes) < 0) return Exclusion.Unreadable;
        // A deadline thread of ours is one that we have boosted; if it is somebody else's, the lever will see it.
        if (!attributes.IsFair && !(ours && attributes.IsDeadline)) return Exclusion.RealTime;
        if (calls.GetAffinity(thread.Id.Tid, _now) < 0) return Exclusion.Unreadable;
        if (!ours && IsBound(thread.Id, allowed)) return Exclusion.Bound;
        for (var i = 0; i < cpus.Pool.Count; i++)
            if (allowed.Contains(new(cpus.Pool[i]))) return Exclusion.None;
        return Exclusion.OutsidePool;
    }

    // An empty mask is one whose CPU is offline for the time being, so somebody has set it. And who was bound may only
    // look free while a cpuset has shrunk to those CPUs or others are offline: until those are back, it counts as
    // bound.
    private bool IsBound(ThreadIdentity id, CpuMask allowed)
    {
        if (!_now.SameAs(allowed)) _bound[id] = CpuMask.Copy(allowed);
        else if (_bound.TryGetValue(id, out var then) && then.CountBoth(allowed) == then.Count) _bound.Remove(id);
        return _bound.ContainsKey(id);
    }

    private bool IsGone(ThreadIdentity id)
    {
        var error = files.TryReadBytes($"/proc/{id.Tid}/stat", out var text);
        return error < 0 ? Errno.IsGone(error) : ProcText.TryStat(text, out var stat) && stat.Started != id.Started;
    }

    private static bool IsContainer(string cgroup)
    {
        foreach (var part in cgroup.Split('/', StringSplitOptions.RemoveEmptyEntries))
            foreach (var name in Containers)
                if (part.StartsWith(name, StringComparison.Ordinal)) return true;
        return false;
    }
}
