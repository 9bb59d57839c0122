using Flms.Core;

namespace Flms.Schedulers.Linux;

/// <summary>How loaded each pCPU is, kept up to date at every arrival and departure: what wake placement and load
/// balancing go by.</summary>
/// <remarks>A change costs constant time on a machine of any size.</remarks>
public sealed class RunqueueFigures
{
    private struct Runqueue
    {
        public int Count;            // runnable vCPUs, the running one among them
        public long Load;            // their weights, as the topmost queue sees them
        public DecayedAverage Average;
    }

    private struct Llc
    {
        public int Busy;
        public DecayedAverage Average;
    }

    private readonly SchedDomains _domains;
    private readonly Runqueue[] _runqueues;
    private readonly Llc[] _llcs;
    private readonly CpuMask[] _idleOf;
    private readonly CpuMask[] _idleCoresOf;

    /// <summary>Nobody is runnable.</summary>
    /// <param name="domains">The machine's scheduling domains.</param>
    /// <param name="pcpus">How many pCPUs it has.</param>
    public RunqueueFigures(SchedDomains domains, int pcpus)
    {
        _domains = domains;
        _runqueues = new Runqueue[pcpus];
        _llcs = new Llc[domains.Llcs];
        _idleOf = new CpuMask[domains.Llcs];
        _idleCoresOf = new CpuMask[domains.Llcs];
        for (var l = 0; l < domains.Llcs; l++)
        {
            (_idleOf[l], _idleCoresOf[l]) = (new(pcpus), new(pcpus));
            _idleOf[l].CopyFrom(domains.Llc(l));
            _idleCoresOf[l].CopyFrom(domains.Llc(l));
        }
        Idle = new CpuMask(pcpus).Fill();
        Waiting = new(pcpus);
    }

    /// <summary>pCPUs with nobody runnable. Not to be changed.</summary>
    public CpuMask Idle { get; }

    /// <summary>pCPUs with two or more runnable: somebody waits there. Not to be changed.</summary>
    public CpuMask Waiting { get; }

    /// <summary>Idle pCPUs of a pCPU's last-level cache. Not to be changed.</summary>
    public CpuMask IdleNear(PcpuId p) => _idleOf[_domains.LlcOf(p)];

    /// <summary>All threads of the idle cores of a pCPU's last-level cache. Not to be changed.</summary>
    public CpuMask IdleCoresNear(PcpuId p) => _idleCoresOf[_domains.LlcOf(p)];

    /// <summary>How many vCPUs are runnable on a pCPU, the running one among them.</summary>
    public int Count(PcpuId p) => _runqueues[p.Index].Count;

    /// <summary>The weights that are runnable on a pCPU now.</summary>
    public long Load(PcpuId p) => _runqueues[p.Index].Load;

    /// <summary>The weights that were runnable on a pCPU on average lately.</summary>
    public long Average(PcpuId p, Instant now)
    {
        ref var r = ref _runqueues[p.Index];
        r.Average.Update(r.Load, now);
        return r.Average.Value;
    }

    /// <summary>How busy the pCPUs of a last-level cache were on average lately, in 1/1024.</summary>
    public long BusyNear(PcpuId p, Instant now)
    {
        ref var l = ref _llcs[_domains.LlcOf(p)];
        l.Average.Update(l.Busy, now);
        return l.Average.Fine / _domains.LlcMask(p).Count;
    }

    /// <summary>One more is runnable on a pCPU.</summary>
    public void Add(PcpuId p, Instant now)
    {
        var count = ++_runqueues[p.Index].Count;
        if (count == 1) Busy(p, now);
        else if (count == 2) Waiting.Add(p);
    }

    /// <summary>One less is runnable on a pCPU.</summary>
    public void Remove(PcpuId p, Instant now)
    {
        var count = --_runqueues[p.Index].Count;
        if (count == 0) Free(p, now);
        else if (count == 1) Waiting.Remove(p);
    }

    /// <summary>The weights that are runnable on a pCPU have changed.</summary>
    public void SetLoad(PcpuId p, long load, Instant now)
    {
        ref var r = ref _runqueues[p.Index];
        r.Average.Update(r.Load, now);
        r.Load = load;
    }

    /// <summary>A vCPU moves and takes its own past along.</summary>
    /// <param name="from">Where it was.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="fine">Its average load, in 1/1024.</param>
    /// <param name="now">The time.</param>
    public void MoveAverage(PcpuId from, PcpuId to, long fine, Instant now)
    {
        ref var f = ref _runqueues[from.Index];
        f.Average.Update(f.Load, now);
        f.Average.Shift(-fine);
        ref var t = ref _runqueues[to.Index];
        t.Average.Update(t.Load, now);
        t.Average.Shift(fine);
    }

    private void Busy(PcpuId p, Instant now)
    {
        var l = _domains.LlcOf(p);
        Idle.Remove(p);
        _idleOf[l].Remove(p);
        var core = _domains.CoreMask(p);
        if (_idleCoresOf[l].Contains(p))
            for (var q = core.First(); !q.IsNone; q = core.After(q)) _idleCoresOf[l].Remove(q);
        _llcs[l].Average.Update(_llcs[l].Busy++, now);
    }

    private void Free(PcpuId p, Instant now)
    {
        var l = _domains.LlcOf(p);
        Idle.Add(p);
        _idleOf[l].Add(p);
        var core = _domains.CoreMask(p);
        if (core.CountBoth(Idle) == core.Count)
            for (var q = core.First(); !q.IsNone; q = core.After(q)) _idleCoresOf[l].Add(q);
        _llcs[l].Average.Update(_llcs[l].Busy--, now);
    }
}
