using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Agent.Qmp;
using Flms.Core;

namespace Flms.Agent.Sampling;

/// <summary>Reads what KVM counts of VMs, where debugfs is mounted and may be read: all vCPUs of a VM together.
/// </summary>
/// <remarks>
/// <para>KVM has a folder for each VM, called after its process and the number that the VM's file has there:
/// <c>/sys/kernel/debug/kvm/PID-FD</c>. Its counters are sums; the folders of vCPUs have none (spec linux-host 4). It
/// needs root, and a kernel that is not locked down; a VM's own monitor tells vCPU by vCPU, without either
/// (<see cref="QmpMonitors"/>).</para>
/// <para>Three files of a VM are read in its first two periods and then in every fourth, of a quarter of the VMs at a
/// time. They have to be opened each time, as the kernel lets them be read only once. Nothing is allocated.</para>
/// </remarks>
/// <param name="files">The machine's files.</param>
public sealed class KvmCounters(ISystemFiles files)
{
    private const string Folder = "/sys/kernel/debug/kvm";
    private const string VmLink = "anon_inode:kvm-vm";
    private const int Turns = 4;

    private static readonly string[] Names = ["halt_exits", "irq_injections", "exits"];

    private sealed class Counted
    {
        public required string[] Files { get; init; }
        public long[] Values { get; } = new long[Names.Length];
        public long At { get; set; } // ns; 0 for never
        public KvmRates? Rates { get; set; }
    }

    private readonly Dictionary<ThreadIdentity, Counted> _vms = [];
    private readonly List<Counted> _order = [];
    private readonly List<int> _numbers = [];
    private readonly byte[] _text = new byte[64];
    private readonly long[] _values = new long[Names.Length];
    private int _turn;

    /// <summary>How many VMs are read.</summary>
    public int Count => _order.Count;

    /// <summary>Begins to read a VM.</summary>
    /// <param name="process">The VM's process.</param>
    /// <returns>Whether there is something to read.</returns>
    public bool Add(ThreadIdentity process)
    {
        if (_vms.ContainsKey(process)) return true;
        if (FileOf(process.Tid) is not { } vm) return false;
        var counted = new Counted { Files = [.. Names.Select(name => $"{Folder}/{process.Tid}-{vm}/{name}")] };
        foreach (var file in counted.Files)
            if (files.ReadOnce(file, _text) <= 0) return false;
        _vms[process] = counted;
        _order.Add(counted);
        return true;
    }

    /// <summary>Ends reading a VM.</summary>
    public void Remove(ThreadIdentity process)
    {
        if (_vms.Remove(process, out var counted)) _order.Remove(counted);
    }

    /// <summary>A period ends: reads those whose turn it is.</summary>
    /// <param name="now">The time, on a clock that only grows.</param>
    public void Sample(Instant now)
    {
        _turn = (_turn + 1) % Turns;
        for (var i = 0; i < _order.Count; i++)
            if (_order[i].Rates == null || i % Turns == _turn) Read(_order[i], now.Ns);
    }

    /// <summary>How often KVM had to do with the VM, all its vCPUs together, the last time that was read; null if it
    /// cannot be read, or has been only once.</summary>
    public KvmRates? Of(ThreadIdentity process) => _vms.GetValueOrDefault(process)?.Rates;

    private void Read(Counted vm, long now)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            var n = files.ReadOnce(vm.Files[i], _text);
            if (n > 0 && ProcText.TryNumber(_text.AsSpan(0, n).TrimEnd((byte)'\n'), out _values[i])) continue;
            // It has ended, most likely: the next scan will know.
            vm.Rates = null;
            return;
        }
        if (vm.At > 0 && now > vm.At)
            vm.Rates = new(Rate(0), Rate(1), Rate(2));
        _values.CopyTo(vm.Values, 0);
        vm.At = now;

        long Rate(int i) => (long)((Int128)(_values[i] - vm.Values[i]) * 1_000_000_000 / (now - vm.At));
    }

    private int? FileOf(int pid)
    {
        var folder = files.Open($"/proc/{pid}/fd");
        if (folder < 0) return null;
        files.List(folder, _numbers);
        files.Close(folder);
        foreach (var number in _numbers)
            if (files.LinkTarget($"/proc/{pid}/fd/{number}") == VmLink) return number;
        return null;
    }
}
