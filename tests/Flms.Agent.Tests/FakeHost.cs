using System.Globalization;
using System.Text;
using Flms.Agent.Linux;

namespace Flms.Agent.Tests;

/// <summary>A host that exists only as files: processes, threads, their counters, and errors to order.</summary>
/// <remarks>Like the kernel, it lets an open file of a thread fail once that thread is gone.</remarks>
internal sealed class FakeHost : ISystemFiles
{
    private readonly Dictionary<string, byte[]> _texts = [];
    private readonly Dictionary<string, string> _links = [];
    private readonly Dictionary<int, (string Path, FakeThread? Thread)> _open = [];
    private readonly Dictionary<int, List<FakeThread>> _processes = [];
    private int _next = 3;

    /// <summary>Answers a read of that path with a negative error number; null lets it pass.</summary>
    public Func<string, int?> Fault { get; set; } = _ => null;

    /// <summary>How many files are open.</summary>
    public int OpenFiles => _open.Count;

    /// <summary>A process that runs a VM, with its first thread.</summary>
    public FakeThread Qemu(int pid, string name = "web", long started = 1000, string comm = "qemu-system-x86")
    {
        Text($"/proc/{pid}/cmdline", $"/usr/bin/qemu-system-x86_64\0-name\0guest={name},debug-threads=on\0-m\0512\0");
        Text($"/proc/{pid}/cgroup", "0::/machine.slice/vm.scope\n");
        return Thread(pid, pid, comm, started);
    }

    /// <summary>A thread; the first of a process makes the process.</summary>
    public FakeThread Thread(int pid, int tid, string comm, long started = 1000, bool kernel = false)
    {
        var thread = new FakeThread { Pid = pid, Tid = tid, Comm = comm, Started = started, Kernel = kernel };
        if (!_processes.TryGetValue(pid, out var threads)) _processes[pid] = threads = [];
        threads.Add(thread);
        return thread;
    }

    /// <summary>Its threads, process by process.</summary>
    public IEnumerable<FakeThread> Threads => _processes.Values.SelectMany(threads => threads);

    /// <summary>The thread ends; with the first of a process, the process.</summary>
    public void End(FakeThread thread)
    {
        thread.Ended = true;
        _processes[thread.Pid].Remove(thread);
        if (thread.Tid != thread.Pid) return;
        foreach (var other in _processes[thread.Pid]) other.Ended = true;
        _processes.Remove(thread.Pid);
    }

    public void Text(string path, string text) => _texts[path] = Encoding.UTF8.GetBytes(text);

    /// <summary>How many files were written, that are not of threads.</summary>
    public int Texts => _texts.Count;

    public void Link(string path, string target) => _links[path] = target;

    public int Open(string path)
    {
        if (Fault(path) is { } error) return error;
        var thread = ThreadOf(path);
        if (thread == null && !_texts.ContainsKey(path) && NumbersIn(path) == null) return -Errno.NoEntry;
        _open[_next] = (path, thread);
        return _next++;
    }

    public int Read(int file, Span<byte> into)
    {
        if (!_open.TryGetValue(file, out var open)) return -Errno.BadFile;
        if (Fault(open.Path) is { } error) return error;
        if (open.Thread != null)
            return open.Thread.Ended ? -Errno.NoProcess : open.Thread.Write(open.Path, into);
        var bytes = _texts[open.Path].AsSpan();
        bytes = bytes[..Math.Min(bytes.Length, into.Length)];
        bytes.CopyTo(into);
        return bytes.Length;
    }

    public int List(int folder, List<int> numbers)
    {
        numbers.Clear();
        if (!_open.TryGetValue(folder, out var open)) return -Errno.BadFile;
        if (Fault(open.Path) is { } error) return error;
        numbers.AddRange(NumbersIn(open.Path) ?? []);
        return 0;
    }

    public void Close(int file) => Assert.True(_open.Remove(file), $"{file} is not open");

    public string? LinkTarget(string path) => _links.GetValueOrDefault(path);

    private IEnumerable<int>? NumbersIn(string folder)
    {
        if (folder == "/proc") return _processes.Keys.Order();
        var parts = folder.Split('/');
        if (parts is not ["", "proc", var pid, var what] || !int.TryParse(pid, CultureInfo.InvariantCulture, out var p)
            || !_processes.TryGetValue(p, out var threads)) return null;
        return what switch
        {
            "task" => threads.Select(t => t.Tid),
            "fd" => _links.Keys.Where(l => l.StartsWith(folder + "/", StringComparison.Ordinal))
                .Select(l => int.Parse(l.Split('/')[^1], CultureInfo.InvariantCulture)),
            _ => null,
        };
    }

    private FakeThread? ThreadOf(string path)
    {
        var parts = path.Split('/');
        if (parts is ["", "proc", "self", ..]) return null;
        if (parts is ["", "proc", var pid, "stat" or "status" or "schedstat"])
        {
            // A thread that is not the first of its process is not listed there, but can be looked up.
            var number = int.Parse(pid, CultureInfo.InvariantCulture);
            return _processes.Values.SelectMany(threads => threads).FirstOrDefault(t => t.Tid == number);
        }
        if (parts is ["", "proc", var process, "task", var tid, "stat" or "status" or "schedstat"])
            return _processes.GetValueOrDefault(int.Parse(process, CultureInfo.InvariantCulture))
                ?.Find(t => t.Tid == int.Parse(tid, CultureInfo.InvariantCulture));
        return null;
    }
}

/// <summary>A thread of <see cref="FakeHost"/>; its counters are set at will.</summary>
internal sealed class FakeThread
{
    private const string Switches = "voluntary_ctxt_switches";
    private const string Eight = "0 0 0 0 0 0 0 0";

    public required int Pid { get; init; }
    public required int Tid { get; init; }
    public required string Comm { get; set; }
    public required long Started { get; init; }
    public bool Kernel { get; init; }
    public bool Ended { get; set; }
    public char State { get; set; } = 'S';
    public long Run { get; set; }
    public long Wait { get; set; }
    public long Timeslices { get; set; }
    public long Sleeps { get; set; }
    public long Preemptions { get; set; }

    /// <summary>What /proc says that it is bound to; null: nothing.</summary>
    public string? BoundTo { get; set; }

    /// <summary>Adds a period's doings.</summary>
    public void Do(long run, long wait = 0, long sleeps = 0, long preemptions = 0)
    {
        Run += run;
        Wait += wait;
        Sleeps += sleeps;
        Preemptions += preemptions;
        Timeslices += sleeps + preemptions;
    }

    // Without allocating, so that tests can measure the reader.
    public int Write(string path, Span<byte> into)
    {
        var n = 0;
        if (path.EndsWith("/schedstat", StringComparison.Ordinal))
        {
            Put(into, ref n, Run, " ");
            Put(into, ref n, Wait, " ");
            Put(into, ref n, Timeslices, "\n");
        }
        else if (path.EndsWith("/status", StringComparison.Ordinal))
        {
            Put(into, ref n, "Name:\tx\nState:\tS\n");
            if (BoundTo is { } cpus) Put(into, ref n, $"Cpus_allowed_list:\t{cpus}\n");
            Put(into, ref n, "voluntary_ctxt_switches:\t");
            Put(into, ref n, Sleeps, "\nnonvoluntary_ctxt_switches:\t");
            Put(into, ref n, Preemptions, "\n");
        }
        else
        {
            Put(into, ref n, Tid, " (");
            Put(into, ref n, Comm);
            Put(into, ref n, ") ");
            into[n++] = (byte)State;
            Put(into, ref n, " 1 1 1 0 -1 ");
            Put(into, ref n, Kernel ? 0x200040 : 0x400040, " 0 0 0 0 0 0 0 0 20 0 1 0 ");
            Put(into, ref n, Started, " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 3 0\n");
        }
        return n;
    }

    private static void Put(Span<byte> into, ref int n, long number, string behind)
    {
        number.TryFormat(into[n..], out var length, default, CultureInfo.InvariantCulture);
        n += length;
        Put(into, ref n, behind);
    }

    private static void Put(Span<byte> into, ref int n, string text) => n += Encoding.UTF8.GetBytes(text, into[n..]);
}
