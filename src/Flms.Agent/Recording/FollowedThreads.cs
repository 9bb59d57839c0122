using System.Globalization;
using Flms.Agent.Discovery;
using Flms.Agent.Linux;

namespace Flms.Agent.Recording;

/// <summary>The threads of the host's VMs, by number, while they are recorded.</summary>
internal sealed class FollowedThreads(ISystemFiles files)
{
    private readonly VmSearch _search = new(files);
    private readonly Dictionary<int, FollowedThread> _live = [];
    private readonly HashSet<int> _used = [];
    private readonly HashSet<ThreadIdentity> _known = [];
    private readonly Dictionary<(ThreadIdentity Process, string Name), string> _names = [];
    private readonly HashSet<string> _taken = ["idle", "other"];
    private readonly List<FollowedThread> _all = [];
    private readonly byte[] _text = new byte[256];
    private readonly byte[] _stat = new byte[4 << 10];

    /// <summary>All that were ever followed, in the order in which they were found.</summary>
    public IReadOnlyList<FollowedThread> All => _all;

    /// <summary>The VMs of the last search.</summary>
    public IReadOnlyList<Vm> Vms => _search.Vms;

    /// <summary>Processes that look like VMs whose threads cannot be told apart.</summary>
    public int Unrecognised => _search.Unrecognised.Count;

    /// <summary>Threads that could not be followed, as one with their number had been.</summary>
    public int Left { get; private set; }

    /// <summary>Whose number it is now; null if no VM's.</summary>
    public FollowedThread? this[int tid] => _live.GetValueOrDefault(tid);

    /// <summary>Looks for VMs and threads that are new.</summary>
    /// <param name="begin">Has the recording not begun yet?</param>
    /// <returns>0, or the negative error number.</returns>
    public int Search(bool begin)
    {
        if (_search.Scan() is var error and < 0) return error;
        foreach (var vm in _search.Vms)
        {
            var (io, vhost, other) = (0, 0, 0);
            foreach (var thread in vm.Threads)
            {
                var role = thread.Role switch
                {
                    ThreadRole.Vcpu => Numbered("vcpu", thread.Number),
                    ThreadRole.Main => "main",
                    ThreadRole.Io => Numbered("io", io++),
                    ThreadRole.Vhost => Numbered("vhost", vhost++),
                    _ => Numbered("other", other++),
                };
                if (_known.Add(thread.Id)) Follow(vm, role, thread, begin);
            }
        }
        return 0;
    }

    /// <summary>It has ended: its number may come back as another's.</summary>
    public void End(FollowedThread thread)
    {
        thread.Ended = true;
        _live.Remove(thread.Thread.Id.Tid);
    }

    /// <summary>Reads what the kernel has counted until now.</summary>
    public void CountAtEnd()
    {
        foreach (var thread in _all)
            if (thread is { Ended: false, Before: { } before } && Counters(thread.Thread) is { } now)
                thread.Kernel = (Math.Max(0, now.RunNs - before.RunNs), Math.Max(0, now.WaitNs - before.WaitNs),
                    Math.Max(0, now.Timeslices - before.Timeslices));
    }

    /// <summary>The pCPU where it runs or last ran; -1 if that cannot be read.</summary>
    public int ProcessorOf(FollowedThread thread)
    {
        var n = files.ReadOnce(thread.Thread.FileFolder + "/stat", _stat);
        return n > 0 && ProcText.TryStat(_stat.AsSpan(0, n), out var stat) ? stat.Processor : -1;
    }

    private void Follow(Vm vm, string role, VmThread thread, bool begin)
    {
        if (!_used.Add(thread.Id.Tid))
        {
            Left++;
            return;
        }
        var followed = new FollowedThread(NameOf(vm), role, thread) { Shown = begin };
        if (begin) followed.Before = Counters(thread);
        _live[thread.Id.Tid] = followed;
        _all.Add(followed);
    }

    private (long RunNs, long WaitNs, long Timeslices)? Counters(VmThread thread)
    {
        var n = files.ReadOnce(thread.FileFolder + "/schedstat", _text);
        return n > 0 && ProcText.TryScheduleStatistics(_text.AsSpan(0, n), out var run, out var wait, out var slices)
            ? (run, wait, slices) : null;
    }

    // In the map of a recording a name stands for one VM, and has no slash and no quotation mark.
    private string NameOf(Vm vm)
    {
        var key = (vm.Process, vm.Name);
        if (_names.TryGetValue(key, out var name)) return name;
        name = string.Concat(vm.Name.Select(c => c is '/' or '"' || char.IsControl(c) ? '_' : c));
        if (!_taken.Add(name))
        {
            name = Numbered(name + "-", vm.Process.Tid);
            _taken.Add(name);
        }
        _names[key] = name;
        return name;
    }

    private static string Numbered(string word, int n) => word + n.ToString(CultureInfo.InvariantCulture);
}
