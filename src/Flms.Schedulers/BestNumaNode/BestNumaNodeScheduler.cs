using Flms.Core;
using Flms.Schedulers.Cfs;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Eevdf;

namespace Flms.Schedulers.BestNumaNode;

/// <summary>A user-level daemon above a host's own scheduler: every two seconds it binds each VM to the memory node
/// that suits it best.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.9, which is inferred from an abstract). A node's score
/// for a VM is the part of the VM's memory that lies there, as far as the VM misses its caches; less the part of all
/// misses that other VMs cause on the node; less what the node would have of vCPUs above the mean. Each is at most
/// 1,000 (the last may be more). VMs are looked at in the order of their misses. One that has no node yet gets the
/// best; later it moves only if the gain is worth it and its last move is long ago. To move is to narrow the affinity
/// of its vCPUs: the policy below sees nothing else, and is not changed. A VM with more vCPUs than a node has pCPUs is
/// left alone.</para>
/// <para><i>Where memory lies</i> is told by a parameter of the domain, or learned: of the misses of a VM on a node,
/// those that were remote lie elsewhere, in equal parts on the nodes of which nothing is known.</para>
/// <para><i>Rejected.</i> A pool for each node (several inner policies): the paper's is above one unchanged CFS.</para>
/// <para><i>Not modelled.</i> Memory does not move. Nothing below a node is looked at: no cores, no threads, no I/O.
/// </para>
/// </remarks>
public sealed class BestNumaNodeScheduler : Scheduler
{
    private const int Full = 1000;
    private const int OwnTimer = 0;

    private struct Vcpu
    {
        public PcpuId Last;      // where it ran last; None for nowhere
        public bool Running;
        public VcpuCounters Seen;
    }

    private struct Vm
    {
        public int Node;         // -1: not yet bound
        public int Told;         // where its memory is said to be; -1 for not said
        public Instant Moved;
        public long Misses;      // in the last period
        public int Vcpus;        // those that ran in the last period
        public bool Present;
    }

    // What was learned of a VM's misses on a node; the past counts half after each period.
    private struct Evidence
    {
        public long Misses;
        public long Remote;
    }

    private readonly BestNumaNodeOptions _options;
    private readonly BoundHost _below;
    private readonly Scheduler _policy;
    private readonly Vcpu[] _vcpus;
    private readonly Vm[] _vms;
    private readonly Evidence[] _evidence;
    private readonly int[] _order;
    private readonly long[] _missesOn;
    private readonly int[] _vcpusOn;
    private readonly long[] _scores;
    private readonly bool[] _mayBeOn;
    private long _allMisses;
    private int _allVcpus;
    private readonly int _nodes;
    private bool _armed;

    /// <summary>Builds it and the policy below it.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public BestNumaNodeScheduler(ISchedHost host, BestNumaNodeOptions options) : base(host)
    {
        _options = options;
        _nodes = host.Topology.Nodes;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _vms = new Vm[host.DomainCapacity];
        _evidence = new Evidence[_vms.Length * _nodes];
        _order = new int[_vms.Length];
        for (var d = 0; d < _order.Length; d++) (_order[d], _vms[d].Node) = (d, -1);
        _missesOn = new long[_nodes];
        _vcpusOn = new int[_nodes];
        _scores = new long[_nodes];
        _mayBeOn = new bool[_evidence.Length];
        _below = new(host);
        _policy = options.Below switch
        {
            PolicyBelow.Eevdf => new EevdfScheduler(_below, new EevdfOptions()),
            PolicyBelow.Credit => new CreditScheduler(_below, new CreditOptions()),
            _ => new CfsScheduler(_below, new CfsOptions()),
        };
    }

    /// <inheritdoc />
    public override int Timers => _policy.Timers + 1;

    /// <inheritdoc />
    public override bool WatchesGuests => _policy.WatchesGuests;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        _vcpus[v.Index] = new() { Last = PcpuId.None, Seen = Host.Counters(v) };
        var d = Host[v].Domain;
        ref var vm = ref _vms[d.Index];
        if (!vm.Present)
        {
            vm = new() { Node = -1, Present = true, Told = Host.ParametersOf<BestNumaNodeDomain>(d)?.MemoryNode ?? -1 };
            if (vm.Told >= _nodes) vm.Told = -1;
            Array.Clear(_evidence, d.Index * _nodes, _nodes);
        }
        _below.Read(v, Span(vm.Node));
        _policy.VcpuAdded(v, now);
        if (_armed || _nodes == 1) return;
        _armed = true;
        Host.Arm(OwnTimer, now + _options.Period);
    }

    /// <inheritdoc />
    public override void VcpuRemoved(VcpuId v, Instant now)
    {
        _below.Read(v, Span(_vms[Host[v].Domain.Index].Node));
        _policy.VcpuRemoved(v, now);
        _below.Forget(v);
    }

    /// <inheritdoc />
    public override void Wake(VcpuId v, Instant now)
    {
        _below.SetRunnable(v, true);
        _policy.Wake(v, now);
    }

    /// <inheritdoc />
    public override void Sleep(VcpuId v, Instant now)
    {
        _below.SetRunnable(v, false);
        _policy.Sleep(v, now);
    }

    /// <inheritdoc />
    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (!last.IsNone)
        {
            _vcpus[last.Index].Running = false;
            if (left == Left.Blocked) _below.SetRunnable(last, false);
        }
        var decision = _policy.Schedule(p, last, left, now);
        if (!decision.Next.IsNone)
        {
            ref var s = ref _vcpus[decision.Next.Index];
            (s.Last, s.Running) = (p, true);
        }
        return decision;
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        if (timer != OwnTimer)
        {
            _policy.Timer(timer - 1, now);
            return;
        }
        Host.Arm(OwnTimer, now + _options.Period);
        Observe();
        foreach (var d in _order)
            if (_vms[d].Present) Place(new(d), now);
    }

    /// <inheritdoc />
    public override void Adjusted(VcpuId v, Instant now)
    {
        ref var vm = ref _vms[Host[v].Domain.Index];
        // An operator's affinity goes before a node.
        if (vm.Node >= 0 && !Host[v].Affinity.Intersects(Host.Topology.Node(vm.Node))) Bind(Host[v].Domain, -1, now);
        _below.Read(v, Span(vm.Node));
        _policy.Adjusted(v, now);
    }

    /// <inheritdoc />
    public override void IoEvent(VcpuId v, int source, Instant now) => _policy.IoEvent(v, source, now);

    /// <inheritdoc />
    public override void GuestSwitched(VcpuId v, int task, GuestContext context, Instant now) =>
        _policy.GuestSwitched(v, task, context, now);

    private CpuMask? Span(int node) => node < 0 ? null : Host.Topology.Node(node);

    // What each VM did in the last period, and where.
    private void Observe()
    {
        for (var i = 0; i < _evidence.Length; i++)
        {
            _evidence[i].Misses /= 2;
            _evidence[i].Remote /= 2;
        }
        for (var d = 0; d < _vms.Length; d++) (_vms[d].Misses, _vms[d].Vcpus, _vms[d].Present) = (0, 0, false);
        Array.Fill(_mayBeOn, true);
        for (var i = 0; i < _vcpus.Length; i++)
        {
            var v = new VcpuId(i);
            if (!Host[v].Present) continue;
            ref var s = ref _vcpus[i];
            ref var vm = ref _vms[Host[v].Domain.Index];
            var c = Host.Counters(v);
            vm.Present = true;
            RuleOut(v);
            if (c.RunNs > s.Seen.RunNs) vm.Vcpus++;
            var misses = c.LlcMisses - s.Seen.LlcMisses;
            vm.Misses += misses;
            if (!s.Last.IsNone)
            {
                ref var e = ref _evidence[Host[v].Domain.Index * _nodes + Host.Topology.NodeOf(s.Last)];
                e.Misses += misses;
                e.Remote += Math.Min(misses, c.RemoteAccesses - s.Seen.RemoteAccesses);
            }
            s.Seen = c;
        }
        SortByMisses();
        Tally();
    }

    // A VM is bound to a node only if every vCPU of it may run there, and there is a pCPU for each.
    private void RuleOut(VcpuId v)
    {
        ref readonly var info = ref Host[v];
        for (var n = 0; n < _nodes; n++)
            if (info.Siblings > Host.Topology.Node(n).Count || !info.Affinity.Intersects(Host.Topology.Node(n)))
                _mayBeOn[info.Domain.Index * _nodes + n] = false;
    }

    // By insertion: the order of the last period is nearly right.
    private void SortByMisses()
    {
        for (var i = 1; i < _order.Length; i++)
        {
            var d = _order[i];
            var at = i;
            for (; at > 0 && Ahead(d, _order[at - 1]); at--) _order[at] = _order[at - 1];
            _order[at] = d;
        }
    }

    private bool Ahead(int a, int b) =>
        _vms[a].Misses != _vms[b].Misses ? _vms[a].Misses > _vms[b].Misses : a < b;

    private void Tally()
    {
        Array.Clear(_missesOn);
        Array.Clear(_vcpusOn);
        (_allMisses, _allVcpus) = (0, 0);
        foreach (ref readonly var vm in _vms.AsSpan())
        {
            _allMisses += vm.Misses;
            _allVcpus += vm.Vcpus;
            if (!vm.Present || vm.Node < 0) continue;
            _missesOn[vm.Node] += vm.Misses;
            _vcpusOn[vm.Node] += vm.Vcpus;
        }
    }

    private void Place(DomainId d, Instant now)
    {
        ref var vm = ref _vms[d.Index];
        var best = -1;
        for (var n = 0; n < _nodes; n++)
        {
            if (!_mayBeOn[d.Index * _nodes + n]) continue;
            _scores[n] = Score(d, n);
            // Of equals the node where it is, then the lowest.
            if (best < 0 || _scores[n] > _scores[best] || (_scores[n] == _scores[best] && n == vm.Node)) best = n;
        }
        if (best < 0 || best == vm.Node) return;
        if (vm.Node >= 0)
        {
            var gain = _scores[best] - _scores[vm.Node];
            if (now - vm.Moved < _options.Cool || gain <= _options.Gain * Full / 100) return;
            _missesOn[vm.Node] -= vm.Misses;
            _vcpusOn[vm.Node] -= vm.Vcpus;
        }
        _missesOn[best] += vm.Misses;
        _vcpusOn[best] += vm.Vcpus;
        vm.Moved = now;
        Bind(d, best, now);
    }

    private long Score(DomainId d, int node)
    {
        ref readonly var vm = ref _vms[d.Index];
        var here = vm.Node == node;
        var mostMisses = _vms[_order[0]].Misses;
        var access = mostMisses == 0 ? 0 : LocalOn(d, node) * vm.Misses / mostMisses;
        var contention = _allMisses == 0 ? 0 : Full * (_missesOn[node] - (here ? vm.Misses : 0)) / _allMisses;
        var vcpus = (long)_vcpusOn[node] + (here ? 0 : vm.Vcpus);
        // vCPUs for each pCPU of the node, over those for each pCPU of the machine.
        var crowd = _allVcpus == 0 ? 0
            : Full * vcpus * Host.Topology.Count / (_allVcpus * (long)Host.Topology.Node(node).Count) - Full;
        return access - contention - Math.Max(0, crowd);
    }

    // The part of its memory that lies on a node, of 1,000.
    private long LocalOn(DomainId d, int node)
    {
        var told = _vms[d.Index].Told;
        if (told >= 0) return told == node ? Full : 0;
        var (known, unknown) = (0L, 0);
        for (var n = 0; n < _nodes; n++)
        {
            ref readonly var e = ref _evidence[d.Index * _nodes + n];
            var local = e.Misses == 0 ? 0 : Full * (e.Misses - e.Remote) / e.Misses;
            if (n == node && e.Misses > 0) return local;
            known += local;
            if (e.Misses == 0) unknown++;
        }
        return Math.Max(0, Full - known) / unknown;
    }

    private void Bind(DomainId d, int node, Instant now)
    {
        _vms[d.Index].Node = node;
        var span = Span(node);
        for (var i = 0; i < _vcpus.Length; i++)
        {
            var v = new VcpuId(i);
            if (!Host[v].Present || Host[v].Domain != d) continue;
            _below.Read(v, span);
            _policy.Adjusted(v, now);
            ref readonly var s = ref _vcpus[i];
            if (s.Running && !_below[v].Affinity.Contains(s.Last)) Host.Kick(s.Last);
            if (node >= 0) Host.Trace(Note.Place, v, s.Last, span!.First().Index);
        }
    }
}
