using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Core;
using Flms.Schedulers.Flms;
using Flms.Schedulers.Mechanisms;

namespace Flms.Agent.Plans;

/// <summary>On which NUMA node each vCPU belongs, and when it is better off on another: the simulated FLMS's
/// <see cref="Balancer"/>, asked once a period (paper 3.3).</summary>
/// <remarks>
/// <para>A vCPU begins on the node where its VM's memory is, as long as its group has pCPUs there; else on the least
/// loaded. Within a node the kernel balances, so to the balancer all pCPUs of a group on a node are loaded alike, by
/// the mean of the vCPUs that belong there, and those wait on the first of them. The least loaded node of a group is
/// the one that asks; threshold A counts between nodes of a socket, B between sockets, and neither as long as the nodes
/// are wanted unevenly.</para>
/// <para>Being bound to a node must not keep a vCPU from running while pCPUs of its group are idle elsewhere, nor give
/// it less than others. So a group is bound to nodes only while no pCPU of it is wanted for more than
/// <see cref="Room"/> of the time, or the most wanted node's pCPUs by no more than an eighth more than the least
/// wanted one's; else its vCPUs may run on all of its nodes, for <see cref="Rest"/> periods at least.</para>
/// <para>Pure, and whole numbers throughout.</para>
/// </remarks>
public sealed class Homes : IWaiting
{
    private const int Room = 85;  // % of a pCPU
    private const int Uneven = 8; // an eighth
    private const int Rest = 10;  // periods
    private const int None = -1;

    private sealed class Home
    {
        public int Node = None;
        public long Since = long.MinValue / 2; // ns of the planner's time: when it was moved last
        public int Seen;
    }

    private readonly HostCpus _cpus;
    private readonly PlanRules _rules;
    private readonly VcpuLoads _loads;
    private readonly Topology _topology;
    private readonly Balancer _balancer;
    private readonly Dictionary<ThreadIdentity, Home> _homes = [];
    private readonly List<NodeMove> _moves = [];
    private readonly CpuMask[] _linux; // by node
    private readonly Cell[] _cells;    // by group, LP and SP, and node
    private readonly long _whole;      // load of a pCPU that is never idle
    private readonly int[] _resting = new int[2];
    private readonly bool[] _bound = new bool[2];
    private Home?[] _of = [];          // by place in the list
    private int[] _next = [];          // likewise
    private IReadOnlyList<PlanThread> _threads = [];
    private CpuMask _io;               // the short-slice pCPUs
    private long _now;                 // ns of periods
    private int _period;

    // The pCPUs of a group on a node.
    private struct Cell
    {
        public int Pcpus;
        public PcpuId Pcpu;  // the first of them
        public int Vcpus;    // that belong there
        public long Load;    // theirs, averaged
        public long Last;    // in the last period alone
        public int First;    // of them, by place in the list
    }

    /// <summary>Nobody belongs anywhere.</summary>
    /// <param name="cpus">The machine's pCPUs.</param>
    /// <param name="options">FLMS's settings.</param>
    /// <param name="rules">The bounds.</param>
    /// <param name="loads">How loaded vCPUs are.</param>
    public Homes(HostCpus cpus, FlmsOptions options, PlanRules rules, VcpuLoads loads)
    {
        (_cpus, _rules, _loads, _topology) = (cpus, rules, loads, cpus.Topology);
        // A vCPU that moves takes its load with it, so that it is not moved again for what it did elsewhere: loads are
        // averaged by vCPU, and the sum of averages is the average of the sum.
        _balancer = new(_topology, new(options.A, options.B, new(0, 1), options.Sibling, options.Candidates,
            options.LpPick), this);
        _cells = new Cell[2 * _topology.Nodes];
        _io = new(_topology.Count);
        _whole = options.LoadPeriod.Ns / CreditLedger.CreditNs << IoBoost.HistoryBits;
        _linux = [.. Enumerable.Range(0, _topology.Nodes).Select(n => cpus.ToLinux(_topology.Node(n)))];
    }

    /// <summary>Has the machine several nodes, and is anybody to be bound to them?</summary>
    public bool Any => _rules.Nodes && _topology.Nodes > 1;

    /// <summary>Who belongs on another node from this period on, bound to it or not.</summary>
    public IReadOnlyList<NodeMove> Moves => _moves;

    /// <summary>The pCPUs of the node that a vCPU is bound to, by Linux's numbers; null if it is bound to none.
    /// </summary>
    /// <param name="thread">Its place in the list of the last period.</param>
    /// <param name="io">Is it on the short-slice pCPUs?</param>
    public CpuMask? Of(int thread, bool io) =>
        _bound[io ? 1 : 0] && thread < _of.Length && _of[thread] is { Node: >= 0 } home ? _linux[home.Node] : null;

    /// <summary>The node that a vCPU belongs on, by Linux's number; null for none.</summary>
    public int? NodeOf(ThreadIdentity thread) =>
        _homes.GetValueOrDefault(thread) is { Node: >= 0 } home ? _cpus.Nodes[home.Node] : null;

    /// <summary>A period ends: decides for the next.</summary>
    /// <param name="period">How long it was.</param>
    /// <param name="threads">What every thread did in it.</param>
    /// <param name="groups">The split.</param>
    /// <param name="apart">Are the groups kept apart?</param>
    public void EndPeriod(Duration period, IReadOnlyList<PlanThread> threads, PcpuGroups groups, bool apart)
    {
        _moves.Clear();
        if (!Any) return;
        _period++;
        _now += period.Ns;
        (_threads, _io) = (threads, groups.ForIo);
        if (_of.Length < threads.Count) (_of, _next) = (new Home?[threads.Count], new int[threads.Count]);
        Array.Clear(_of);
        Array.Clear(_bound);
        for (var i = 0; i < threads.Count; i++)
            if (_homes.TryGetValue(threads[i].Thread, out var home)) home.Seen = _period;
        if (apart)
        {
            Settle();
            for (var group = 0; group < 2; group++) Balance(group);
        }
        foreach (var (thread, home) in _homes)
            if (home.Seen != _period) _homes.Remove(thread);
    }

    VcpuId IWaiting.First(PcpuId p)
    {
        foreach (ref readonly var cell in _cells.AsSpan())
            if (cell.Pcpus > 0 && cell.Pcpu == p) return new(cell.First);
        return VcpuId.None;
    }

    VcpuId IWaiting.After(VcpuId v) => new(_next[v.Index]);

    bool IWaiting.MayMove(VcpuId v, PcpuId to, int level)
    {
        var home = _of[v.Index]!;
        return _now - home.Since >= _rules.NodeResidency.Ns
            && _threads[v.Index].Allowed.Intersects(_linux[_topology.NodeOf(to)]);
    }

    int IWaiting.CreditClass(VcpuId v) => 0;

    long IWaiting.IoBoostOf(VcpuId v) => _loads.IoBoostOf(_threads[v.Index].Thread);

    // Spread over the pCPUs of the node, as the load of these is.
    long IWaiting.HistoryLoadOf(VcpuId v)
    {
        var t = _threads[v.Index];
        return _loads.HistoryLoad(t.Thread) / Math.Max(1, _cells[CellOf(t, _of[v.Index]!.Node)].Pcpus);
    }

    private static bool Counts(PlanThread t) =>
        t.IsFreeVcpu && t.Treatment is Treatment.Latency or Treatment.Compute;

    private int CellOf(PlanThread t, int node) => (t.Treatment == Treatment.Latency ? _topology.Nodes : 0) + node;

    private int CellOf(PcpuId p) => (_io.Contains(p) ? _topology.Nodes : 0) + _topology.NodeOf(p);

    // Every vCPU gets a home, and every home the load of its vCPUs.
    private void Settle()
    {
        Array.Clear(_cells);
        for (var p = _topology.Count - 1; p >= 0; p--)
        {
            ref var cell = ref _cells[CellOf(new(p))];
            (cell.Pcpu, cell.First) = (new(p), None);
            cell.Pcpus++;
        }
        // Those first that know where they belong; the others where there is most room beside them.
        for (var turn = 0; turn < 2; turn++)
            for (var i = 0; i < _threads.Count; i++)
            {
                var t = _threads[i];
                if (!Counts(t) || _of[i] != null) continue;
                if (!_homes.TryGetValue(t.Thread, out var home)) _homes[t.Thread] = home = new() { Seen = _period };
                if (!MayBeOn(t, home.Node)) home.Node = turn > 0 ? LeastLoaded(t) : MayBeOn(t, t.Node) ? t.Node : None;
                if (home.Node == None) continue;
                _of[i] = home;
                Count(ref _cells[CellOf(t, home.Node)], t, 1);
            }
        for (var i = _threads.Count - 1; i >= 0; i--)
            if (_of[i] is { } home) Link(CellOf(_threads[i], home.Node), i);
    }

    private void Count(ref Cell cell, PlanThread t, int sign)
    {
        cell.Vcpus += sign;
        cell.Load += sign * _loads.HistoryLoad(t.Thread);
        cell.Last += sign * _loads.LastLoad(t.Thread);
    }

    private void Link(int cell, int v) => (_next[v], _cells[cell].First) = (_cells[cell].First, v);

    private bool MayBeOn(PlanThread t, int node) => node >= 0 && node < _topology.Nodes
        && _cells[CellOf(t, node)].Pcpus > 0 && t.Allowed.Intersects(_linux[node]);

    private int LeastLoaded(PlanThread t)
    {
        var best = None;
        for (var n = 0; n < _topology.Nodes; n++)
            if (MayBeOn(t, n) && (best == None || IsFreer(_cells[CellOf(t, n)], _cells[CellOf(t, best)]))) best = n;
        return best;
    }

    // Of vCPUs that are new nobody knows the load yet, so they are counted, too.
    private static bool IsFreer(in Cell a, in Cell b)
    {
        var byLoad = (a.Load * b.Pcpus).CompareTo(b.Load * a.Pcpus);
        return byLoad < 0 || (byLoad == 0 && (long)a.Vcpus * b.Pcpus < (long)b.Vcpus * a.Pcpus);
    }

    private long Mean(int cell, bool last = false) =>
        (last ? _cells[cell].Last : _cells[cell].Load) / Math.Max(1, _cells[cell].Pcpus);

    private void Balance(int group)
    {
        for (var left = _rules.NodeMoves; left > 0 && Move(group == 1); left--) { }
        // Averages follow slowly: what has begun to run just now counts as well.
        _bound[group] = IsEven(group == 1) && IsEven(group == 1, last: true);
        if (!_bound[group]) _resting[group] = Rest;
        else if (_resting[group] > 0)
        {
            _resting[group]--;
            _bound[group] = false;
        }
    }

    // The least loaded node of a group takes a vCPU from another.
    private bool Move(bool io)
    {
        var (source, _) = Extremes(io, last: false);
        if (source == None) return false;
        TellBalancer();
        var to = _cells[source].Pcpu;
        var choice = _balancer.Find(new(to, io, 0, Thresholds: true));
        if (choice.Vcpu.IsNone && !IsEven(io))
            choice = _balancer.Find(new(to, io, 0, Thresholds: false));
        if (choice.Vcpu.IsNone) return false;
        var v = choice.Vcpu.Index;
        var (t, home) = (_threads[v], _of[v]!);
        var from = CellOf(t, home.Node);
        // Who would turn the imbalance round, or leave it as it is, stays.
        var load = _loads.HistoryLoad(t.Thread);
        if (load <= 0 || (_cells[source].Load + load) / _cells[source].Pcpus >= Mean(from)) return false;
        var node = _topology.NodeOf(to);
        _moves.Add(new(t.Thread, t.Vm, t.Number, _cpus.Nodes[home.Node], _cpus.Nodes[node], choice.Reason));
        (home.Node, home.Since) = (node, _now);
        Unlink(from, v);
        Count(ref _cells[from], t, -1);
        Count(ref _cells[source], t, 1);
        Link(source, v);
        return true;
    }

    private void TellBalancer()
    {
        for (var p = 0; p < _topology.Count; p++)
        {
            var c = CellOf(new(p));
            var waits = _cells[c].Pcpu.Index == p && _cells[c].First != None;
            _balancer.Burn(new(p), Mean(c) >> IoBoost.HistoryBits);
            _balancer.Waits(new(p), _io.Contains(new(p)), waits ? 0 : -1);
        }
        _balancer.EndLoadPeriod();
    }

    private void Unlink(int cell, int v)
    {
        if (_cells[cell].First == v)
        {
            _cells[cell].First = _next[v];
            return;
        }
        for (var i = _cells[cell].First; i != None; i = _next[i])
            if (_next[i] == v) _next[i] = _next[v];
    }

    // The least and the most wanted node of a group; None if it has but one.
    private (int Least, int Most) Extremes(bool io, bool last)
    {
        var (least, most, count) = (None, None, 0);
        for (var n = 0; n < _topology.Nodes; n++)
        {
            var c = (io ? _topology.Nodes : 0) + n;
            if (_cells[c].Pcpus == 0) continue;
            count++;
            if (least == None || Mean(c, last) < Mean(least, last)) least = c;
            if (most == None || Mean(c, last) > Mean(most, last)) most = c;
        }
        return count > 1 ? (least, most) : (None, None);
    }

    private bool IsEven(bool io, bool last = false)
    {
        var (least, most) = Extremes(io, last);
        if (least == None) return false;
        return Mean(most, last) * 100 <= _whole * Room
            || (Mean(most, last) - Mean(least, last)) * Uneven <= Mean(most, last);
    }
}
