using Flms.Core;

namespace Flms.Schedulers.Flms;

/// <summary>The idle pCPUs of each group, and among them those whose whole core is idle.</summary>
internal sealed class IdlePcpus
{
    private readonly Topology _topology;
    private readonly CpuMask[] _idle;   // by group: LP, SP
    private readonly CpuMask[] _free;   // by group: idle, and so is every thread of its core
    private readonly bool[] _io;        // by pCPU
    private readonly int[] _idleThreads; // by core
    private readonly int[] _threads;    // by core

    /// <summary>All pCPUs are LPs and idle.</summary>
    public IdlePcpus(Topology topology)
    {
        _topology = topology;
        _idle = [new CpuMask(topology.Count).Fill(), new(topology.Count)];
        _free = [new CpuMask(topology.Count).Fill(), new(topology.Count)];
        _io = new bool[topology.Count];
        _threads = new int[topology.Cores];
        for (var p = 0; p < topology.Count; p++) _threads[topology.CoreOf(new(p))]++;
        _idleThreads = [.. _threads];
    }

    /// <summary>Is any pCPU idle?</summary>
    public bool Any => !_idle[0].IsEmpty || !_idle[1].IsEmpty;

    /// <summary>The idle pCPUs of a group. Not to be changed.</summary>
    public CpuMask Of(bool io) => _idle[io ? 1 : 0];

    /// <summary>Is the pCPU idle?</summary>
    public bool Contains(PcpuId p) => _idle[_io[p.Index] ? 1 : 0].Contains(p);

    /// <summary>The pCPU goes idle, or is busy from now on.</summary>
    public void Set(PcpuId p, bool idle)
    {
        if (Contains(p) == idle) return;
        Of(_io[p.Index]).Set(p, idle);
        var core = _topology.CoreOf(p);
        _idleThreads[core] += idle ? 1 : -1;
        var free = _idleThreads[core] == _threads[core];
        var threads = _topology.CoreMask(p);
        for (var q = threads.First(); !q.IsNone; q = threads.After(q)) _free[_io[q.Index] ? 1 : 0].Set(q, free);
    }

    /// <summary>The pCPU belongs to that group from now on.</summary>
    /// <returns>Whether it did not before.</returns>
    public bool SetGroup(PcpuId p, bool io)
    {
        if (_io[p.Index] == io) return false;
        var (to, from) = io ? (1, 0) : (0, 1);
        if (_idle[from].Remove(p)) _idle[to].Add(p);
        if (_free[from].Remove(p)) _free[to].Add(p);
        _io[p.Index] = io;
        return true;
    }

    /// <summary>An idle pCPU of the group for a vCPU that ran on <paramref name="home"/>; None if it may use none.
    /// </summary>
    /// <remarks>Home if its core is free; else a free core of its socket; else home; else an idle thread of its socket;
    /// else anywhere, a free core first. At most three searches, each for one member of a set.</remarks>
    public PcpuId Choose(bool io, PcpuId home, CpuMask allowed)
    {
        var (idle, free) = (Of(io), _free[io ? 1 : 0]);
        if (idle.IsEmpty) return PcpuId.None;
        if (free.Contains(home) && allowed.Contains(home)) return home;
        var core = free.CycleBoth(home, allowed);
        if (!core.IsNone && SameSocket(core, home)) return core;
        if (idle.Contains(home) && allowed.Contains(home)) return home;
        var thread = idle.CycleBoth(home, allowed);
        if (!thread.IsNone && SameSocket(thread, home)) return thread;
        return core.IsNone ? thread : core;
    }

    private bool SameSocket(PcpuId a, PcpuId b) => _topology.SocketOf(a) == _topology.SocketOf(b);
}
