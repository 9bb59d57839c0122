using Flms.Agent.Linux;
using Flms.Agent.Qmp;

namespace Flms.Agent.Discovery;

/// <summary>Finds the VMs of this host in /proc, and keeps the list true.</summary>
/// <remarks>
/// <para>Each <see cref="Scan"/> looks at every process anew: a number may have been given to another, and a process
/// may have become another program. It costs a few microseconds a process, so it is done every few seconds, and at once
/// when a known thread has gone. Of threads that are known, and of which nothing was heard, a sixth is looked at each
/// time: whoever reads their counters learns when they end.</para>
/// <para>A process counts as a VM if its name is that of a hypervisor <i>and</i> it has a vCPU. Every thread is known
/// by
/// <see cref="ThreadIdentity"/>, so that one that ended and whose number came back is another.</para>
/// </remarks>
public sealed class VmSearch
{
    private const int Turns = 6;

    private readonly ISystemFiles _files;
    private readonly IMonitors? _monitors;
    private readonly UnnamedVcpus _unnamed;
    private readonly byte[] _text = new byte[4 << 10];
    private readonly List<int> _pids = [];
    private readonly List<int> _tids = [];
    private readonly List<(int Owner, VmThread Thread)> _vhosts = [];
    private readonly Dictionary<int, Vm> _byPid = [];
    private readonly List<int> _unrecognised = [];
    private readonly HashSet<int> _seen = [];
    private readonly HashSet<ThreadIdentity> _asked = []; // whose monitor may know
    private List<Vm> _vms = [];
    private int _scans;
    private bool _thorough;

    /// <summary>Nothing is found before the first <see cref="Scan"/>.</summary>
    /// <param name="files">The machine's files.</param>
    /// <param name="monitors">Tell what threads do; null if none may be asked.</param>
    public VmSearch(ISystemFiles files, IMonitors? monitors = null)
    {
        (_files, _monitors) = (files, monitors);
        _unnamed = new(files);
    }

    /// <summary>The VMs as of the last scan, in order of their processes' numbers.</summary>
    public IReadOnlyList<Vm> Vms => _vms;

    /// <summary>Processes of the last scan that look like a QEMU with vCPUs whose threads cannot be told apart: their
    /// numbers.</summary>
    public IReadOnlyList<int> Unrecognised => _unrecognised;

    /// <summary>Looks at the whole machine.</summary>
    /// <param name="thorough">Also at all threads that are known, since one of them may have ended.</param>
    /// <returns>0; or the negative error number if /proc could not be read, and all is as it was.</returns>
    public int Scan(bool thorough = true)
    {
        (_thorough, _scans) = (thorough, _scans + 1);
        var folder = _files.Open("/proc");
        if (folder < 0) return folder;
        var error = _files.List(folder, _pids);
        _files.Close(folder);
        if (error < 0) return error;
        _seen.Clear();
        _vhosts.Clear();
        _unrecognised.Clear();
        _asked.Clear();
        foreach (var pid in _pids) Look(pid);
        foreach (var pid in _byPid.Keys)
            if (!_seen.Contains(pid)) _byPid.Remove(pid);
        GiveVhosts();
        _vms = [.. _byPid.Values.OrderBy(vm => vm.Process.Tid)];
        _monitors?.Keep(p => _asked.Contains(p));
        _unnamed.Keep(thread => _vms.Any(vm => vm.Threads.Any(t => t.Id == thread)));
        return 0;
    }

    private void Look(int pid)
    {
        var n = _files.ReadOnce($"/proc/{pid}/stat", _text);
        // Who could not be read this time is still there.
        if (n < 0 && !Errno.IsGone(n) && _byPid.ContainsKey(pid)) _seen.Add(pid);
        if (n <= 0 || !ProcText.TryStat(_text.AsSpan(0, n), out var stat)) return;
        var process = new ThreadIdentity(pid, stat.Started);
        if ((stat.Flags & ProcText.KernelThread) != 0)
        {
            // Until Linux 6.4 vhost's threads were the kernel's; who else calls itself so is not believed.
            if (ThreadNames.TryVhostOwner(stat.Name, out var owner))
                _vhosts.Add((owner, new(process, ProcText.Plain(stat.Name), ThreadRole.Vhost, 0, $"/proc/{pid}")));
            return;
        }
        if (stat.State == 'Z' || !ThreadNames.TryHypervisor(stat.Name, out var hypervisor)) return;
        var known = _byPid.GetValueOrDefault(pid);
        if (known != null && (known.Process != process || known.Hypervisor != hypervisor)) known = null;
        var vm = known;
        if (vm == null && _monitors != null && hypervisor == Hypervisor.Qemu) vm = NewVm(process, hypervisor);
        var monitor = AskMonitor(vm, process, hypervisor);
        var error = ReadThreads(pid, hypervisor, monitor, out var threads);
        if (error < 0)
        {
            if (known != null && !Errno.IsGone(error)) _seen.Add(pid);
            return;
        }
        if (!threads.Exists(t => t.Role == ThreadRole.Vcpu))
        {
            if (hypervisor == Hypervisor.Qemu && _unnamed.HasVcpus(pid)) _unrecognised.Add(pid);
            return;
        }
        vm ??= NewVm(process, hypervisor);
        if (vm == null) return;
        vm.Set(threads);
        _byPid[pid] = vm;
        _seen.Add(pid);
    }

    private MonitorView? AskMonitor(Vm? vm, ThreadIdentity process, Hypervisor hypervisor)
    {
        if (_monitors == null || vm == null || hypervisor != Hypervisor.Qemu) return null;
        _asked.Add(process);
        return _monitors.Of(process, vm.Name);
    }

    private int ReadThreads(int pid, Hypervisor hypervisor, MonitorView? monitor, out List<VmThread> threads)
    {
        threads = [];
        var known = _byPid.GetValueOrDefault(pid);
        var folder = _files.Open($"/proc/{pid}/task");
        if (folder < 0) return folder;
        var error = _files.List(folder, _tids);
        _files.Close(folder);
        if (error < 0) return error;
        foreach (var tid in _tids)
        {
            if (!_thorough && (tid + _scans) % Turns != 0 && Sure(known, tid) is { } same)
            {
                threads.Add(same);
                continue;
            }
            var path = $"/proc/{pid}/task/{tid}";
            var n = _files.ReadOnce(path + "/stat", _text);
            if (n < 0 && !Errno.IsGone(n) && known?.Threads.FirstOrDefault(t => t.Id.Tid == tid) is { } unread)
                threads.Add(unread);
            if (n <= 0 || !ProcText.TryStat(_text.AsSpan(0, n), out var stat)) continue;
            var id = new ThreadIdentity(tid, stat.Started);
            var role = ThreadNames.RoleOf(hypervisor, stat.Name, tid == pid, out var number);
            // Its monitor knows better than any name.
            if (tid != pid && monitor?.Threads.TryGetValue(tid, out var said) == true) (role, number) = said;
            // Without names every thread is called like the first.
            if (role == ThreadRole.Other && hypervisor == Hypervisor.Qemu && stat.Name.StartsWith("qemu"u8)
                && _unnamed.TryFind(pid, id, path, out number)) role = ThreadRole.Vcpu;
            threads.Add(Same(known, id, role, number, stat.Name) ?? new(id, ProcText.Plain(stat.Name), role, number,
                path));
        }
        return 0;
    }

    // The thread of that number, if it is known what it does. Others may get their names yet.
    private static VmThread? Sure(Vm? known, int tid)
    {
        if (known == null) return null;
        foreach (var t in known.Threads)
            if (t.Id.Tid == tid) return t.Role == ThreadRole.Other ? null : t;
        return null;
    }

    // The thread as it was last seen, if it has not changed: nothing new is made then.
    private static VmThread? Same(Vm? known, ThreadIdentity id, ThreadRole role, int number, ReadOnlySpan<byte> name)
    {
        if (known == null) return null;
        foreach (var t in known.Threads)
            if (t.Id == id)
                return t.Role == role && t.Number == number && IsCalled(t, name) ? t : null;
        return null;
    }

    private static bool IsCalled(VmThread thread, ReadOnlySpan<byte> name)
    {
        if (thread.Name.Length != name.Length) return false;
        for (var i = 0; i < name.Length; i++)
            if (thread.Name[i] != name[i]) return false;
        return true;
    }

    private void GiveVhosts()
    {
        foreach (var (owner, thread) in _vhosts)
            if (_byPid.TryGetValue(owner, out var vm)) vm.Set([.. vm.Threads, thread]);
    }

    // Null if its command line is there and cannot be read: without its name nobody knows what is said of it.
    private Vm? NewVm(ThreadIdentity process, Hypervisor hypervisor)
    {
        var pid = process.Tid;
        var error = _files.TryReadBytes($"/proc/{pid}/cmdline", out var words);
        if (error < 0 && !Errno.IsGone(error)) return null;
        var (name, uuid) = CommandLineOf.Vm(words, hypervisor, pid);
        return new(process, hypervisor, name, uuid, Cgroups.PathOf(_files, $"/proc/{pid}"));
    }
}
