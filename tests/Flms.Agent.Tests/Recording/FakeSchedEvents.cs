using System.Text;
using Flms.Agent.Linux;

namespace Flms.Agent.Tests.Recording;

/// <summary>A kernel that reports what the test says.</summary>
internal sealed class FakeSchedEvents : ISchedEvents
{
    private readonly List<SchedRecord> _waiting = [];

    public long Now { get; set; } = 1_000_000_000;

    public bool Running { get; private set; }

    public long Lost { get; set; }

    public void Start() => Running = true;

    public void Stop() => Running = false;

    public void Wait(int milliseconds) => Now += milliseconds * 1_000_000L;

    public void Take(SchedRecords into)
    {
        foreach (var record in _waiting) into.Add() = record;
        _waiting.Clear();
    }

    public void Dispose() { }

    /// <summary>At so many microseconds a pCPU turns from one thread to another.</summary>
    public void Switch(
        long us, int cpu, int from, int to, long state = 0, string fromName = "x", string toName = "y") =>
        Add(new() { Kind = SchedRecordKind.Switch, Current = from, A = from, State = state, B = to }, us, cpu, fromName,
            toName);

    /// <summary>At so many microseconds a thread wakes.</summary>
    public void Wake(long us, int cpu, int current, int tid, string name = "x") =>
        Add(new() { Kind = SchedRecordKind.Wake, Current = current, A = tid, B = cpu }, us, cpu, name, "");

    /// <summary>At so many microseconds a thread says that it ends.</summary>
    public void Exit(long us, int cpu, int tid) =>
        Add(new() { Kind = SchedRecordKind.Exit, Current = tid, A = tid }, us, cpu, "x", "");

    /// <summary>The kernel has lost some, after what was told last of that pCPU.</summary>
    public void Lose(long us, int cpu, int events)
    {
        Lost += events;
        Add(new() { Kind = SchedRecordKind.Lost, A = events }, us, cpu, "", "");
    }

    private void Add(SchedRecord record, long us, int cpu, string name, string nameB)
    {
        (record.Ns, record.Cpu, record.APriority, record.BPriority) = (1_000_000_000 + us * 1000, cpu, 120, 120);
        Encoding.ASCII.GetBytes(name).AsSpan().CopyTo(record.AName);
        Encoding.ASCII.GetBytes(nameB).AsSpan().CopyTo(record.BName);
        _waiting.Add(record);
        Now = Math.Max(Now, record.Ns);
    }
}
