using System.Globalization;
using System.Text;
using Flms.Agent.Guests;
using Flms.Agent.Host;
using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Tests.Guests;

/// <summary>A guest of two vCPUs that exists only as files, processes and what its kernel was told.</summary>
internal sealed class FakeGuest : ISystemFiles, IInterruptCalls
{
    public const int Vcpus = 2;

    private readonly SortedDictionary<int, FakeProcess> _processes = [];
    private readonly Dictionary<string, string> _texts = [];
    private readonly Dictionary<int, string> _open = [];
    private readonly SortedDictionary<int, (string Name, string Cpus)> _interrupts = [];
    private readonly List<int> _managed = [];
    private int _next = 3;
    private long _seconds;

    public FakeGuest()
    {
        _texts["/sys/devices/system/cpu/online"] = "0-1\n";
        _texts["/sys/devices/system/cpu/possible"] = "0-1\n";
        Cpus = HostCpus.Read(this, [], out _)!;
        Reserved = ReservedVcpus.Of(this, Cpus, "0", out _)!;
        Lever = new(this, Kernel, Journal, Cpus, 0);
        Monitor = NewMonitor(Lever);
    }

    public FakeKernel Kernel { get; } = new(Vcpus);

    public FakeJournal Journal { get; } = new();

    public HostCpus Cpus { get; }

    public ReservedVcpus Reserved { get; }

    public Lever Lever { get; private set; }

    public GuestMonitor Monitor { get; private set; }

    /// <summary>A process with one thread, unless more are said; started when the test is.</summary>
    public FakeProcess Add(int pid, int user = 1000, int parent = 1, int threads = 1, long flags = 0x400000,
        string cgroup = "/", string name = "proc")
    {
        var process = new FakeProcess(pid, parent, user, flags, cgroup, name, _seconds * 100 + 1);
        for (var t = 0; t < threads; t++) NewThread(process);
        _processes[pid] = process;
        return process;
    }

    public void NewThread(FakeProcess process)
    {
        process.Threads.Add(process.Pid + process.Threads.Count);
        Kernel.Add(process.Threads[^1]);
    }

    public void Remove(FakeProcess process) => _processes.Remove(process.Pid);

    public void Interrupt(int number, string actions, bool managed = false)
    {
        _interrupts[number] = (actions, "0-1");
        _texts[$"/sys/kernel/irq/{number}/actions"] = actions + "\n";
        if (managed) _managed.Add(number);
    }

    public string this[int interrupt] => _interrupts[interrupt].Cpus;

    /// <summary>A second passes, in which the processes use so many percent of a vCPU; then the guest's part
    /// looks.</summary>
    public IReadOnlyList<GuestLine> Look(params (FakeProcess Process, int Percent)[] used)
    {
        _seconds++;
        foreach (var (process, percent) in used) process.Ticks += percent;
        return Monitor.Look(new(_seconds * 1_000_000_000), _seconds * 100);
    }

    /// <summary>The same, and moves them.</summary>
    public LeverTally Step(params (FakeProcess Process, int Percent)[] used) => Monitor.Apply(Look(used));

    /// <summary>Where its threads may run, as in <c>0</c> or <c>0-1 1</c> if they differ.</summary>
    public string Where(FakeProcess process) =>
        string.Join(' ', process.Threads.Select(t => Kernel[t].Cpus.ToString()).Distinct());

    public void Bind(int tid, string cpus) => Kernel.SetAffinity(tid, Cpus.Parse(cpus)!);

    /// <summary>As after kill -9: another lever and monitor, which know the journal only.</summary>
    public void Restart()
    {
        Lever = new(this, Kernel, Journal, Cpus, 0);
        Lever.Adopt(Agent.Levers.Journal.Read(
            Encoding.ASCII.GetString(JournalText.Head("boot", 0)) + Journal.Text, Vcpus)!);
        Monitor = NewMonitor(Lever);
    }

    public void RestoreAll()
    {
        Monitor.AdoptAll(Look());
        Assert.True(new Rounds(this, Cpus, Lever).Restore().Fine);
    }

    public int Open(string path)
    {
        if (TextOf(path) == null && NumbersIn(path) == null) return -Errno.NoEntry;
        _open[_next] = path;
        return _next++;
    }

    public int Read(int file, Span<byte> into)
    {
        if (TextOf(_open[file]) is not { } text) return -Errno.NoProcess;
        var bytes = Encoding.ASCII.GetBytes(text);
        bytes.AsSpan(0, Math.Min(bytes.Length, into.Length)).CopyTo(into);
        return Math.Min(bytes.Length, into.Length);
    }

    public int List(int folder, List<int> numbers)
    {
        numbers.Clear();
        numbers.AddRange(NumbersIn(_open[folder]) ?? []);
        return 0;
    }

    public void Close(int file) => Assert.True(_open.Remove(file));

    public string? LinkTarget(string path) => null;

    public int GetAffinity(int number, out string cpus)
    {
        cpus = _interrupts.GetValueOrDefault(number).Cpus ?? "";
        return cpus == "" ? -Errno.NoEntry : 0;
    }

    public int SetAffinity(int number, string cpus)
    {
        if (_managed.Contains(number)) return -Errno.InputOutput;
        _interrupts[number] = (_interrupts[number].Name, cpus);
        return 0;
    }

    private GuestMonitor NewMonitor(Lever lever) =>
        new(this, Kernel, Cpus, Reserved, new(), lever, Journal) { Begun = 50, Self = 999 };

    private IEnumerable<int>? NumbersIn(string folder) => folder switch
    {
        "/proc" => _processes.Keys,
        "/sys/kernel/irq" => _interrupts.Keys,
        _ when folder.Split('/') is ["", "proc", var pid, "task"] =>
            _processes.GetValueOrDefault(int.Parse(pid, CultureInfo.InvariantCulture))?.Threads,
        _ => null,
    };

    private string? TextOf(string path)
    {
        if (_texts.TryGetValue(path, out var text)) return text;
        var parts = path.Split('/');
        if (parts is not ["", "proc", var number, .., var what]
            || !int.TryParse(parts is [_, _, _, "task", var t, _] ? t : number, out var tid)
            || _processes.Values.FirstOrDefault(p => p.Threads.Contains(tid)) is not { } process) return null;
        return what switch
        {
            "stat" => $"{tid} ({process.Name}) S {process.Parent} 1 1 0 -1 {process.Flags} 0 0 0 0 {process.Ticks} 0 "
                + $"0 0 20 0 1 0 {process.Started} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
            "status" => $"Name:\tx\nUid:\t{process.User}\t0\t0\t0\n",
            "cgroup" => $"0::{process.Cgroup}\n",
            _ => null,
        };
    }
}

/// <summary>A process of <see cref="FakeGuest"/>.</summary>
internal sealed record FakeProcess(
    int Pid, int Parent, int User, long Flags, string Cgroup, string Name, long Started)
{
    /// <summary>CPU time in clock ticks: one a percent a second.</summary>
    public long Ticks { get; set; }

    public List<int> Threads { get; } = [];
}
