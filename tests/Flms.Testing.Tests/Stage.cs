using Flms.Core;

namespace Flms.Testing.Tests;

/// <summary>A host without a machine: tests say what it tells the policy, truth or lie.</summary>
internal sealed class Stage(int pcpus, int vcpus) : ISchedHost
{
    private readonly VcpuInfo[] _info = new VcpuInfo[vcpus];
    private readonly VcpuCounters[] _counters = new VcpuCounters[vcpus];
    private readonly VcpuId[] _running = [.. Enumerable.Repeat(VcpuId.None, pcpus)];

    private CpuMask _own = Topology.Of(1, pcpus).All;

    public Topology Topology { get; } = Topology.Of(1, pcpus);

    /// <summary>The pCPUs of the policy. Affinities follow, unless the host lies.</summary>
    public CpuMask Own
    {
        get => _own;
        set
        {
            _own = value;
            if (!Narrows) return;
            for (var v = 0; v < vcpus; v++) Truth(v).Affinity = value;
        }
    }

    public bool Narrows { get; set; } = true;

    public CpuMask Pcpus => _own;

    public int VcpuCapacity => vcpus;

    public int DomainCapacity => 1;

    public bool Watched => false;

    public ref readonly VcpuInfo this[VcpuId v] => ref _info[v.Index];

    public ref readonly VcpuCounters Counters(VcpuId v) => ref _counters[v.Index];

    /// <summary>What the host counts of a vCPU, to be changed at will.</summary>
    public ref VcpuCounters Counted(int v) => ref _counters[v];

    public T? ParametersOf<T>(DomainId d) where T : class => null;

    public void Kick(PcpuId p) { }

    public void Arm(int timer, Instant at) { }

    public VcpuId Running(PcpuId p) => _running[p.Index];

    public void Trace(Note note, VcpuId v, PcpuId p, long value = 0) { }

    /// <summary>The truth of the host about a vCPU, to be changed at will.</summary>
    public ref VcpuInfo Truth(int v)
    {
        _info[v].Affinity ??= Topology.All;
        return ref _info[v];
    }

    /// <summary>Adds vCPUs 0, 1, ... to the policy at time 0.</summary>
    public void AddAll(Scheduler policy)
    {
        for (var v = 0; v < vcpus; v++)
        {
            Truth(v).Present = true;
            policy.VcpuAdded(new(v), Instant.Zero);
        }
    }

    /// <summary>Wakes a vCPU, truthfully.</summary>
    public void Wake(Scheduler policy, int v, Duration at)
    {
        Truth(v).Runnable = true;
        policy.Wake(new(v), Instant.Zero + at);
    }

    /// <summary>Asks a pCPU, truthfully, and does what it decides.</summary>
    public Decision Ask(Scheduler policy, int p, Duration at, Left left = Left.Runnable)
    {
        var last = _running[p];
        if (last.IsNone) left = Left.Idle;
        else if (left == Left.Blocked) Truth(last.Index).Runnable = false;
        var decision = policy.Schedule(new(p), last, left, Instant.Zero + at);
        _running[p] = decision.Next;
        return decision;
    }
}

/// <summary>A policy that does nothing, on pCPUs that may not change.</summary>
internal sealed class Stubborn(ISchedHost host) : Scheduler(host)
{
    public override void VcpuAdded(VcpuId v, Instant now) { }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Wake(VcpuId v, Instant now) { }

    public override void Sleep(VcpuId v, Instant now) { }

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now) => Decision.Idle;
}

/// <summary>A policy whose strings a test pulls: it does nothing that it is not told to.</summary>
internal sealed class Puppet(ISchedHost host) : Scheduler(host)
{
    public ISchedHost Seen => Host;

    public Func<PcpuId, VcpuId, Decision> Decides { get; set; } = (_, _) => Decision.Idle;

    public Action<VcpuId> Wakes { get; set; } = _ => { };

    public Action<int> Fires { get; set; } = _ => { };

    public bool Conserves { get; set; }

    public bool Watches { get; set; }

    public Action<VcpuId> Switches { get; set; } = _ => { };

    public Duration Bears { get; set; } = Duration.Forever;

    public override int Timers => 2;

    public override bool PcpusMayChange => true;

    public override void PcpuGiven(PcpuId p, Instant now) { }

    public override void PcpuTaken(PcpuId p, VcpuId last, Left left, Instant now) { }

    public override bool WorkConserving => Conserves;

    public override Duration Patience => Bears;

    public override bool WatchesGuests => Watches;

    public override void VcpuAdded(VcpuId v, Instant now) { }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Wake(VcpuId v, Instant now) => Wakes(v);

    public override void Sleep(VcpuId v, Instant now) { }

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now) => Decides(p, last);

    public override void Timer(int timer, Instant now) => Fires(timer);

    public override void GuestSwitched(VcpuId v, int task, GuestContext context, Instant now) => Switches(v);
}
