using Flms.Agent.Levers;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Tests;

/// <summary>A kernel that schedules nothing, but keeps what it is told as Linux 6.18 does; with errors to
/// order.</summary>
internal sealed class FakeKernel(int cpus) : ISchedCalls
{
    public const ulong BaseSlice = 2_800_000;

    private sealed class State
    {
        public required CpuMask User { get; set; } // what was last asked for
        public SchedAttributes Attributes;
        public int Nice; // which a deadline thread keeps, but does not show
    }

    private readonly Dictionary<int, State> _threads = [];

    /// <summary>What the cpuset of all threads leaves.</summary>
    public CpuMask Allowed { get; set; } = new CpuMask(cpus).Fill();

    /// <summary>What the cpuset of one thread leaves, where it has another than the rest.</summary>
    public Dictionary<int, CpuMask> Cpusets { get; } = [];

    /// <summary>Told before a thread's affinity, or else its attributes, are changed by the agent.</summary>
    public Action<int, CpuMask?, SchedAttributes> Writing { get; set; } = (_, _, _) => { };

    /// <summary>How often anything was changed.</summary>
    public int Writes { get; private set; }

    /// <summary>Answers a call, by its name, with a negative error number; null lets it pass.</summary>
    public Func<string, int?> Fault { get; set; } = _ => null;

    public void Add(int tid, uint policy = SchedAttributes.Other, int nice = 0) => _threads[tid] = new()
    {
        User = new CpuMask(cpus).Fill(),
        Attributes = new() { Policy = policy, Nice = nice, RuntimeNs = BaseSlice },
        Nice = nice,
    };

    /// <summary>Thousandths of a pCPU that deadline threads may reserve.</summary>
    public long Room { get; set; } = 900L * cpus;

    /// <summary>A CPU that is online but about to go.</summary>
    public int? Going { get; set; }

    /// <summary>What is reserved, and what the kernel has forgotten to give back, in thousandths of a pCPU.</summary>
    public long Reserved => _forgotten + _threads.Values.Sum(t => Part(t.Attributes));

    /// <summary>Every change, in order, once there is a list.</summary>
    public List<(string Call, int Tid, SchedAttributes Attributes)>? Log { get; set; }

    private long _forgotten;

    private static long Part(in SchedAttributes a) => a.IsDeadline ? (long)(1000 * a.RuntimeNs / a.PeriodNs) : 0;

    /// <summary>The thread has ended.</summary>
    public void Remove(int tid)
    {
        _threads.Remove(tid);
        Cpusets.Remove(tid);
    }

    /// <summary>What an operator does: the agent has no part in it.</summary>
    public void ByOperator(int tid, CpuMask? affinity, Func<SchedAttributes, SchedAttributes>? attributes = null)
    {
        var thread = _threads[tid];
        if (affinity != null) thread.User = CpuMask.Copy(affinity);
        if (attributes != null) thread.Attributes = attributes(thread.Attributes);
    }

    private CpuMask AllowedTo(int tid) => Cpusets.GetValueOrDefault(tid, Allowed);

    public SchedState this[int tid]
    {
        get
        {
            Assert.Equal(0, SchedState.Read(this, tid, cpus, out var state));
            return state;
        }
    }

    public int GetAffinity(int tid, CpuMask into)
    {
        if (Fault(nameof(GetAffinity)) is { } error) return error;
        if (!_threads.TryGetValue(tid, out var t)) return -Errno.NoProcess;
        into.CopyFrom(t.User);
        into.IntersectWith(AllowedTo(tid));
        if (Going is { } cpu) into.Remove(new(cpu));
        if (into.IsEmpty) into.CopyFrom(AllowedTo(tid));
        return 0;
    }

    public int SetAffinity(int tid, CpuMask wanted)
    {
        if (Fault(nameof(SetAffinity)) is { } error) return error;
        if (!_threads.TryGetValue(tid, out var t)) return -Errno.NoProcess;
        Writing(tid, wanted, default);
        if (!wanted.Intersects(AllowedTo(tid))) return -Errno.Invalid;
        if (t.Attributes.IsDeadline && wanted.Count < cpus) return -Errno.Busy;
        Log?.Add((nameof(SetAffinity), tid, default));
        t.User = CpuMask.Copy(wanted);
        Writes++;
        return 0;
    }

    public int GetAttributes(int tid, out SchedAttributes attributes)
    {
        attributes = default;
        if (Fault(nameof(GetAttributes)) is { } error) return error;
        if (!_threads.TryGetValue(tid, out var t)) return -Errno.NoProcess;
        attributes = t.Attributes;
        return 0;
    }

    public int SetAttributes(int tid, in SchedAttributes attributes)
    {
        if (Fault(nameof(SetAttributes)) is { } error) return error;
        if (!_threads.TryGetValue(tid, out var t)) return -Errno.NoProcess;
        Writing(tid, null, attributes);
        if (attributes.IsDeadline)
        {
            if (t.User.Count < cpus || AllowedTo(tid).Count < cpus) return -Errno.NotPermitted;
            if (Reserved - Part(t.Attributes) + Part(attributes) > Room) return -Errno.Busy;
            if (attributes.RuntimeNs < 1024 || attributes.RuntimeNs > attributes.DeadlineNs) return -Errno.Invalid;
            t.Attributes = attributes;
            t.Attributes.Nice = 0;
        }
        else
        {
            // All our threads are asleep: that is when it forgets.
            _forgotten += Part(t.Attributes);
            t.Attributes = attributes;
            t.Nice = attributes.Nice;
            t.Attributes.RuntimeNs = attributes.RuntimeNs == 0 ? BaseSlice
                : Math.Clamp(attributes.RuntimeNs, 100_000UL, 100_000_000UL);
        }
        Log?.Add((nameof(SetAttributes), tid, attributes));
        Writes++;
        return 0;
    }
}

/// <summary>A journal in memory; with errors to order.</summary>
internal sealed class FakeJournal : IAppendFile
{
    public System.Text.StringBuilder Text { get; } = new();

    public int Error { get; set; }

    /// <summary>Of what is written when it fails, so many bytes still reach it, as on a full disk.</summary>
    public int Partly { get; set; }

    public int Append(ReadOnlySpan<byte> bytes)
    {
        var text = System.Text.Encoding.ASCII.GetString(bytes);
        Text.Append(Error == 0 ? text : text[..Math.Min(Partly, text.Length)]);
        return -Error;
    }

    public void Dispose() { }
}
