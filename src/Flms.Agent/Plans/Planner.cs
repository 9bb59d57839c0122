using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Core;
using Flms.Schedulers.Flms;

namespace Flms.Agent.Plans;

/// <summary>FLMS on a real host: from what threads did in a period, who belongs where in the next.</summary>
/// <remarks>
/// <para>Pure: no clock, no files, no calls; the same samples in the same order give the same plans. The split is
/// decided by <see cref="Isolation"/>, the very object that the simulated FLMS decides it by.</para>
/// <para>Within a group the kernel balances load: a vCPU is bound to a group, never to one pCPU, since pins by count
/// made hosts worse in the field (spec host-agent 0.2).</para>
/// </remarks>
public sealed class Planner
{
    private readonly HostCpus _cpus;
    private readonly FlmsOptions _options;
    private readonly PlanRules _rules;
    private readonly bool _slices;
    private readonly Isolation _isolation;
    private readonly VmDemands _vms = new();
    private readonly SplitTrial _trial;
    private readonly Boosting _boosting;
    private readonly VcpuLoads _loads;
    private readonly Homes _homes;
    private readonly IoSlices _ioSlices;
    private readonly MaskCuts _cuts = new();
    private bool _anyIo;
    private bool _anyCpu;

    /// <summary>All pCPUs are long-slice ones.</summary>
    /// <param name="cpus">The machine's.</param>
    /// <param name="options">FLMS's settings.</param>
    /// <param name="rules">Slices and lending.</param>
    /// <param name="slices">Does the kernel know slices of threads?</param>
    public Planner(HostCpus cpus, FlmsOptions options, PlanRules rules, bool slices)
    {
        (_cpus, _options, _rules, _slices) = (cpus, options, rules, slices && rules.Slices);
        _isolation = new(cpus.Topology, options);
        _trial = new(rules);
        _boosting = new(cpus, rules);
        _loads = new(options);
        _homes = new(cpus, options, rules, _loads);
        _ioSlices = new(rules);
    }

    /// <summary>The same settings on other pCPUs: what was estimated is estimated anew.</summary>
    /// <param name="cpus">The machine's.</param>
    public Planner On(HostCpus cpus) => new(cpus, _options, _rules, _slices);

    /// <summary>The present split, by the pool's numbers. Not to be changed.</summary>
    public PcpuGroups Groups => _isolation.Groups;

    /// <summary>The NUMA node that a vCPU belongs on, bound to it or not, by Linux's number; null for none.</summary>
    public int? NodeOf(ThreadIdentity thread) => _homes.NodeOf(thread);

    /// <summary>A period ends: the plan for the next.</summary>
    /// <param name="period">How long it was.</param>
    /// <param name="threads">What every thread did in it; the plan has them in this order.</param>
    public Plan Next(Duration period, IReadOnlyList<PlanThread> threads)
    {
        var regrouped = Bind(threads);
        var sample = SampleOf(threads);
        regrouped |= _isolation.EndPeriod(sample, _anyIo, _anyCpu);
        _vms.Gather(threads);
        _boosting.EndPeriod(period, threads, _vms);
        if (!Groups.Isolated || _boosting.Covers) _trial.Pause(period);
        else _trial.EndPeriod(period, (_cpus.Pool.Count, _cpus.Pool.Count - Groups.SpCount), _vms, threads.Count);
        _loads.EndPeriod(period, threads, all: _homes.Any);
        _ioSlices.EndPeriod(threads, _loads);
        _homes.EndPeriod(period, threads, Groups, apart: _trial.Form == SplitForm.Strict);
        _cuts.Clear();
        var sp = _cpus.ToLinux(Groups.ForIo);
        var lp = _cpus.ToLinux(Groups.ForCpu);
        var whole = CpuMask.Copy(sp);
        whole.UnionWith(lp);
        var lines = new PlanLine[threads.Count];
        for (var i = 0; i < lines.Length; i++)
            lines[i] = _boosting.Of(i) is { } boost ? Boosted(threads[i], boost)
                : LineOf(i, threads[i], sp, lp, whole);
        return new()
        {
            Sp = sp,
            Lp = lp,
            Regrouped = regrouped,
            Split = _trial.Form != SplitForm.None,
            Lent = _trial.Form == SplitForm.Lent,
            Verdict = _trial.Verdict,
            Ticks = Ticks,
            EstimatedIo = _isolation.Estimate.Io,
            EstimatedCpu = _isolation.Estimate.Cpu,
            Boosts = [.. _boosting.Vms],
            Moves = [.. _homes.Moves],
            Lines = lines,
        };
    }

    private bool Ticks => _rules.Tick > Duration.Zero && _trial.IsWanted;

    // As in the simulated FLMS: when classes come or go the split is decided at once, before the period's load.
    private bool Bind(IReadOnlyList<PlanThread> threads)
    {
        bool io = false, cpu = false;
        for (var i = 0; i < threads.Count; i++)
        {
            if (!threads[i].IsFreeVcpu) continue;
            io |= threads[i].Treatment == Treatment.Latency;
            cpu |= threads[i].Treatment == Treatment.Compute;
        }
        if ((io, cpu) == (_anyIo, _anyCpu)) return false;
        (_anyIo, _anyCpu) = (io, cpu);
        return _options.RegroupAtOnce && _isolation.Regroup(io, cpu);
    }

    // Load that cannot be moved is not shared out; of VMs only vCPUs count, as in the paper.
    private static LoadSample SampleOf(IReadOnlyList<PlanThread> threads)
    {
        Duration ioRun = default, ioWait = default, cpuRun = default, cpuWait = default;
        for (var i = 0; i < threads.Count; i++)
        {
            var t = threads[i];
            if (!t.IsFreeVcpu) continue;
            if (t.Treatment == Treatment.Latency) (ioRun, ioWait) = (ioRun + t.Run, ioWait + t.Wait);
            if (t.Treatment == Treatment.Compute) (cpuRun, cpuWait) = (cpuRun + t.Run, cpuWait + t.Wait);
        }
        return new(ioRun, ioWait, cpuRun, cpuWait);
    }

    // Who is boosted must be allowed everywhere: the kernel gives no budget to others.
    private static PlanLine Boosted(PlanThread t, in Reservation boost) => new(t, t.Allowed, null,
        t.Role == ThreadRole.Vcpu ? PlanReason.Boosted : PlanReason.ServesBoosted, boost);

    private PlanLine LineOf(int i, PlanThread t, CpuMask sp, CpuMask lp, CpuMask whole)
    {
        if (t.Exclusion != Exclusion.None) return new(t, null, null, PlanReason.Excluded);
        var (group, slice, reason) = Wanted(t, sp, lp, whole);
        if (group == null) return new(t, t.Allowed, Slice(slice), reason);
        var cpus = _cuts.Of(t.Allowed, group);
        // Who has no pCPU of its group runs where it may, with the slice of who it is.
        if (cpus.IsEmpty) return new(t, t.Allowed, Slice(slice), PlanReason.Roams);
        // Who is bound to a node has pCPUs there.
        return _homes.Of(i, io: t.Treatment == Treatment.Latency) is { } node && node.Intersects(cpus)
            ? new(t, _cuts.Of(cpus, node), Slice(slice), reason, Node: _homes.NodeOf(t.Thread))
            : new(t, cpus, Slice(slice), reason);
    }

    // Without a group it runs wherever it may, as it would without us.
    private (CpuMask? Group, Duration Slice, PlanReason Reason) Wanted(
        PlanThread t, CpuMask sp, CpuMask lp, CpuMask whole)
    {
        if (!Groups.Isolated) return (null, Duration.Zero, PlanReason.OneGroup);
        var vcpu = t.Role == ThreadRole.Vcpu;
        if (!vcpu && !_rules.Serving) return (null, Duration.Zero, PlanReason.NotServing);
        if (t.Treatment == Treatment.Floating) return (null, Duration.Zero, PlanReason.Floats);
        var latency = t.Treatment == Treatment.Latency;
        if (_boosting.Covers)
            return (null, Duration.Zero, latency ? PlanReason.MayBeBoosted : PlanReason.Yields);
        var form = _trial.Form;
        var shortly = ShortSliceOf(t);
        // Slices alone are not judged: the operator wants them.
        if (form == SplitForm.None && _rules.Split && !Ticks)
            return (null, Duration.Zero, WhyTogether(_trial.Verdict.State));
        if (form == SplitForm.None)
            return latency ? (whole, shortly, PlanReason.ShortSlice) : (whole, _rules.LpSlice, PlanReason.LongSlice);
        if (latency) return (sp, shortly, vcpu ? PlanReason.Latency : PlanReason.ServesLatency);
        var lent = form == SplitForm.Lent;
        return (form == SplitForm.Strict ? lp : whole, lent ? _rules.LentSlice : _rules.LpSlice,
            !vcpu ? PlanReason.ServesCompute : lent ? PlanReason.Lent : PlanReason.Compute);
    }

    private Duration ShortSliceOf(PlanThread t) => t.Role != ThreadRole.Vcpu ? _rules.SleeperSlice
        : t.Sleeper ? _ioSlices.Of(t.Thread) : _rules.SpSlice;

    private static PlanReason WhyTogether(SplitState state) => state switch
    {
        SplitState.Comparing => PlanReason.Comparing,
        SplitState.NoGain => PlanReason.NoGain,
        SplitState.Unfair => PlanReason.Unfair,
        SplitState.Wasteful => PlanReason.Wasteful,
        _ => PlanReason.Calm,
    };

    private Duration? Slice(Duration slice) => _slices ? slice : null;
}
