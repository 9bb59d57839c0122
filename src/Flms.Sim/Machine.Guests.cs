using Flms.Core;

namespace Flms.Sim;

// The machine's other side: what guests, operators and the policy ask of it.
public sealed partial class Machine
{
    private int _nextOperation;

    /// <inheritdoc />
    public Topology Topology { get; }

    /// <inheritdoc />
    public int VcpuCapacity { get; }

    /// <inheritdoc />
    public int DomainCapacity { get; }

    /// <inheritdoc />
    public bool Watched => _watched;

    /// <inheritdoc />
    public ref readonly VcpuInfo this[VcpuId v] => ref _info[v.Index];

    /// <inheritdoc />
    public VcpuId Running(PcpuId p) => new(_pcpus[p.Index].Running);

    /// <inheritdoc />
    public T? ParametersOf<T>(DomainId d) where T : class
    {
        foreach (var parameters in _setup.Domains[d.Index].Parameters)
            if (parameters is T mine) return mine;
        return null;
    }

    /// <inheritdoc />
    public void Kick(PcpuId p)
    {
        ref var c = ref _pcpus[p.Index];
        if (_costs.Kick.Ns == 0)
        {
            c.Must = true;
            _asks.Add(p);
            return;
        }
        if (c.KickAt != Never) return;
        c.KickAt = _now + _costs.Kick.Ns;
        if (c.KickAt < _pcpuEvents.DueAt(p.Index)) _pcpuEvents.Set(p.Index, c.KickAt);
    }

    /// <inheritdoc />
    public void Arm(int timer, Instant at)
    {
        Check.That((uint)timer < (uint)_policy.Timers, "P1");
        SetOnce(_firstTimer + timer, at.Ns);
    }

    /// <inheritdoc />
    public void Trace(Note note, VcpuId v, PcpuId p, long value = 0)
    {
        if (note == Note.Balance) Statistics.Balances++;
        else if (note == Note.Steal) Statistics.Steals[(int)Topology.Between(new((int)value), p)]++;
        if (_watched) Tell(HostEventKind.Note, p.Index, v.Index, -1, value, note);
    }

    internal void SetAlarm(Workload w, Instant at)
    {
        if (w.Roused) return;
        if (_context != null) w.RousedBy = at <= Now ? _context : null;
        else if (w.RousedBy != null) w.RousedBy = null;
        _alarmSetAt[w.AlarmEntity - _pcpus.Length] = _now;
        SetOnce(w.AlarmEntity, at.Ns);
    }

    internal void AddWork(Workload w, long work)
    {
        if (w.Thread != null)
        {
            Check.That(w.Thread.WaitsFor == null || work == Workload.Endless);
            if (!w.Queued)
            {
                BeginThreadWork(w, work);
                return;
            }
        }
        ref var v = ref _vcpus[w.Vcpu.Index];
        // What it runs now must be brought up to date before anything goes in front of it.
        if (v.State == VcpuState.Running) Advance(ref _pcpus[v.Last]);
        if (!w.Queued) w.Remaining = work;
        else if (w.Remaining != Workload.Endless) w.Remaining = work == Workload.Endless ? work : w.Remaining + work;
        if (!w.Queued) Queue(ref v, w);
        if (v.State == VcpuState.Running)
        {
            Rekey(v.Last, ref _pcpus[v.Last]);
            if (_tellsTasks) TellTask(w.Vcpu.Index);
        }
        else if (v.State == VcpuState.Blocked && !v.Paused) WakeUp(w.Vcpu.Index, ref v);
    }

    internal void CutWork(Workload w)
    {
        ref var v = ref _vcpus[w.Vcpu.Index];
        if (!w.Queued) return;
        if (v.State != VcpuState.Running)
        {
            // The guest notices when it next runs; noticing takes a moment.
            w.Remaining = Math.Min(w.Remaining, 1);
            return;
        }
        ref var c = ref _pcpus[v.Last];
        Advance(ref c);
        w.Remaining = v.Job == w ? 0 : Math.Min(w.Remaining, 1);
        Rekey(v.Last, ref c);
    }

    // Among a vCPU's jobs the more urgent comes first, and the earlier among equals.
    private static void Queue(ref Vcpu v, Workload w)
    {
        w.Queued = true;
        if (v.Job == null || w.Urgency < v.Job.Urgency)
        {
            w.NextJob = v.Job;
            v.Job = w;
            return;
        }
        var before = v.Job;
        while (before.NextJob != null && before.NextJob.Urgency <= w.Urgency) before = before.NextJob;
        w.NextJob = before.NextJob;
        before.NextJob = w;
    }

    private void WakeUp(int vcpu, ref Vcpu v)
    {
        v.State = VcpuState.Queued;
        v.Since = _now;
        v.Woken = true;
        _info[vcpu].Runnable = true;
        Statistics.Wakes++;
        if (_watched) Tell(HostEventKind.Wake, v.Last, vcpu, -1, 0);
        _policy.Wake(new(vcpu), Now);
    }

    private Workload[] CreateGuests(MachineSetup setup)
    {
        var workloads = new List<Workload>();
        var vcpu = 0;
        for (var d = 0; d < setup.Domains.Count; d++)
        {
            var domain = setup.Domains[d];
            var first = workloads.Count;
            for (var i = 0; i < domain.Vcpus; i++, vcpu++)
            {
                _vcpus[vcpu] = new() { Last = -1, Domain = d, Node = (short)domain.MemoryNode };
                _info[vcpu] = new()
                {
                    Domain = new(d),
                    Number = i,
                    Siblings = domain.Vcpus,
                    Affinity = domain.VcpuAffinity?[i] ?? domain.Affinity ?? Topology.All,
                    SoftAffinity = domain.SoftAffinity,
                    Weight = domain.Weight,
                    Cap = domain.Cap,
                    Kind = domain.Kind,
                };
                for (var w = 0; w < domain.Workloads.Count; w++)
                {
                    for (var copy = 0; copy < domain.Workloads[w].CopiesOn(i, domain.Vcpus); copy++)
                    {
                        var random = copy == 0 ? RandomStream.For(setup.Seed, d, i, w)
                            : RandomStream.For(setup.Seed, d, i, w, copy);
                        var workload = domain.Workloads[w].Create(random, i, copy);
                        workload.Copy = copy;
                        Add(workloads, workload, vcpu, w);
                    }
                }
                AddDrivers(workloads, d, i, vcpu);
                _firstAlarm[vcpu + 1] = workloads.Count;
            }
            Group(workloads, first, domain.Workloads.Count);
        }
        return [.. workloads];
    }

    private void Add(List<Workload> workloads, Workload workload, int vcpu, int number)
    {
        workload.Machine = this;
        workload.Vcpu = new(vcpu);
        workload.Number = number;
        workload.AlarmEntity = Topology.Count + workloads.Count;
        workloads.Add(workload);
    }

    // Those of one domain that were made from one entry of its list come to know each other.
    private static void Group(List<Workload> workloads, int first, int entries)
    {
        var groups = new List<Workload>[entries];
        for (var w = first; w < workloads.Count; w++)
            if (workloads[w].Number < entries) (groups[workloads[w].Number] ??= []).Add(workloads[w]);
        for (var w = first; w < workloads.Count; w++)
            workloads[w].Group = workloads[w].Number < entries ? groups[workloads[w].Number] : [workloads[w]];
    }

    /// <summary>The first workload of a domain that meets a condition; null if there is none.</summary>
    internal Workload? Find(string domain, Func<Workload, bool> condition)
    {
        foreach (var w in _alarms)
            if (_setup.Domains[_vcpus[w.Vcpu.Index].Domain].Name == domain && condition(w)) return w;
        return null;
    }

    private void Begin()
    {
        _started = true;
        CreateDomains();
        ScheduleOperator();
    }

    // Domains whose time has come are added, all their vCPUs first, and then begin to work, in the order of creation.
    private void CreateDomains()
    {
        for (var v = 0; v < _vcpus.Length && v < _setup.Vcpus; v++)
        {
            if (!IsNew(v)) continue;
            _vcpus[v].State = VcpuState.Blocked;
            _info[v].Present = true;
            _policy.VcpuAdded(new(v), Now);
        }
        Start(_alarms);
        Start(_kernelWork);
    }

    private void Start(Workload[] workloads)
    {
        foreach (var w in workloads)
        {
            if (w.Started || StartOf(w.Vcpu.Index) != _now) continue;
            w.Started = true;
            w.Start(Now);
            if (Io != null) StartFlows(w);
        }
    }

    private bool IsNew(int v) => StartOf(v) == _now && _vcpus[v].State == VcpuState.Absent && !_info[v].Present;

    private long StartOf(int v) => _setup.Domains[_vcpus[v].Domain].StartsAt.Ns;

    private void Operate()
    {
        if (_now > 0) CreateDomains();
        for (; _nextOperation < _setup.Operations.Count; _nextOperation++)
        {
            var o = _setup.Operations[_nextOperation];
            if (o.At.Ns > _now) break;
            if (_watched) Tell(HostEventKind.Operate, -1, -1, -1, _nextOperation);
            for (var v = 0; v < _setup.Vcpus; v++)
                if (_vcpus[v].Domain == o.Domain && _info[v].Present && !_vcpus[v].Dying) Operate(o, v);
        }
        ScheduleOperator();
    }

    private void ScheduleOperator()
    {
        var next = Never;
        if (_nextOperation < _setup.Operations.Count) next = _setup.Operations[_nextOperation].At.Ns;
        foreach (var d in _setup.Domains)
            if (d.StartsAt.Ns > _now) next = Math.Min(next, d.StartsAt.Ns);
        SetOnce(_pcpus.Length + _workloadOfAlarm.Length - 1, next);
    }

    private void Operate(Operation o, int vcpu)
    {
        ref var info = ref _info[vcpu];
        switch (o.Kind)
        {
            case OperationKind.Pause: Pause(vcpu); return;
            case OperationKind.Resume: Resume(vcpu); return;
            case OperationKind.Destroy: Destroy(vcpu); return;
            case OperationKind.SetWeight: info.Weight = o.Value; break;
            case OperationKind.SetCap: info.Cap = o.Value; break;
            case OperationKind.SetKind: info.Kind = (DomainKind)o.Value; break;
            case OperationKind.SetAffinity: info.Affinity = o.Mask!; break;
        }
        _policy.Adjusted(new(vcpu), Now);
        if (_vcpus[vcpu].State == VcpuState.Running && !info.Affinity.Contains(new(_vcpus[vcpu].Last)))
            Kick(new(_vcpus[vcpu].Last));
    }

    private void Pause(int vcpu)
    {
        ref var v = ref _vcpus[vcpu];
        if (v.Paused) return;
        v.Paused = true;
        if (v.State == VcpuState.Running)
        {
            StopNow(v.Last);
        }
        else if (v.State == VcpuState.Queued)
        {
            v.State = VcpuState.Blocked;
            _info[vcpu].Runnable = false;
            if (_watched) Tell(HostEventKind.Block, v.Last, vcpu, -1, 0);
            _policy.Sleep(new(vcpu), Now);
        }
    }

    // An operator's pause waits for no interrupt to arrive: the pCPU asks at this instant.
    private void StopNow(int p)
    {
        _pcpus[p].Must = true;
        _asks.Add(new(p));
    }

    private void Resume(int vcpu)
    {
        ref var v = ref _vcpus[vcpu];
        if (!v.Paused) return;
        v.Paused = false;
        if (v.State == VcpuState.Blocked && (v.Job != null || v.HasKernel && _guestCpus[vcpu]!.WantsAttention(Now)))
            WakeUp(vcpu, ref v);
    }

    // A domain that is destroyed is paused first, as by an operator. A vCPU that is running goes when its pCPU has
    // asked: nobody is asked before everything that happens at this instant is told (law H3).
    private void Destroy(int vcpu)
    {
        Pause(vcpu);
        foreach (var w in _workloadOfAlarm)
            if (w != null && w.Vcpu.Index == vcpu) _queue.Clear(w.AlarmEntity);
        if (_vcpus[vcpu].State == VcpuState.Running) _vcpus[vcpu].Dying = true;
        else Remove(vcpu);
    }

    private void Remove(int vcpu)
    {
        _vcpus[vcpu].State = VcpuState.Absent;
        _policy.VcpuRemoved(new(vcpu), Now);
        _info[vcpu].Present = false;
    }
}
