using Flms.Agent.Discovery;
using Flms.Agent.Host;
using Flms.Agent.Plans;
using Flms.Core;
using Flms.Schedulers.Flms;
using Flms.Schedulers.Mechanisms;

namespace Flms.Agent.Tests.Plans;

/// <summary>Which NUMA node vCPUs belong on, on machines of two sockets with 8 pCPUs each; Linux calls the nodes 0 and
/// 2.</summary>
public sealed class HomesTests
{
    private static readonly PlanRules OnNodes = new() { Lend = false, Judge = false, Nodes = true };

    private readonly HostCpus _cpus = Machines.Of(2, 8);

    [Fact]
    public void A_vCPU_is_bound_to_its_groups_pCPUs_on_the_node_of_its_memory()
    {
        var plan = Planner().Next(1.Seconds, [Web(0), Batch(0, node: 0), Batch(1, node: 1)]);
        Assert.Equal(("0", "1-15"), (plan.Sp.ToString(), plan.Lp.ToString()));
        Assert.Equal([("0", null), ("1-7", 0), ("8-15", 2)],
            plan.Lines.Select(l => (l.Cpus!.ToString(), l.Node)));
        Assert.Empty(plan.Moves);
    }

    [Fact]
    public void Unless_the_configuration_says_so_and_on_one_node_nobody_is_bound()
    {
        PlanThread[] threads = [Web(0), Batch(0, node: 0), Batch(1, node: 1)];
        var off = new Planner(_cpus, FlmsOptions.Default, OnNodes with { Nodes = false }, slices: true);
        var one = new Planner(Machines.Of(16), FlmsOptions.Default, OnNodes, slices: true);
        for (var i = 0; i < 20; i++)
            foreach (var planner in (Planner[])[off, one])
                Assert.All(planner.Next(1.Seconds, threads).Lines, l =>
                    Assert.Equal((l.Thread.Vm == "web" ? "0" : "1-15", null), (l.Cpus!.ToString(), l.Node)));
    }

    [Fact]
    public void Whose_memory_is_nowhere_in_particular_begins_where_fewest_are()
    {
        var plan = Planner().Next(1.Seconds, [Web(0), .. Enumerable.Range(0, 15).Select(n => Batch(n, node: -1))]);
        Assert.Equal((7, 8), (plan.Lines.Count(l => l.Node == 0), plan.Lines.Count(l => l.Node == 2)));
    }

    [Fact]
    public void Where_one_node_is_wanted_more_vCPUs_move_a_few_at_a_time_and_then_stay()
    {
        var planner = Planner();
        List<PlanThread> threads = [Web(0), .. Enumerable.Range(0, 15).Select(n => Batch(n, node: 0))];
        List<NodeMove> moves = [];
        for (var i = 0; i < 100; i++)
        {
            var plan = planner.Next(1.Seconds, threads);
            Assert.True(plan.Moves.Count <= 4);
            moves.AddRange(plan.Moves);
            // Never is anybody bound where more want to run than elsewhere.
            var bound = plan.Lines.Where(l => l.Node != null).ToList();
            if (bound.Count > 0) Assert.Equal((7, 8), (bound.Count(l => l.Node == 0), bound.Count(l => l.Node == 2)));
            if (i > 30) Assert.Equal(15, bound.Count);
        }
        Assert.True(moves.Count <= 8, $"{moves.Count} moves");
        Assert.Equal(moves.Count, moves.Select(m => m.Thread).Distinct().Count());
        Assert.All(moves, m => Assert.Equal((0, 2), (m.From, m.To)));
    }

    [Fact]
    public void While_nobody_has_to_wait_a_difference_below_the_thresholds_moves_nobody()
    {
        var planner = Planner();
        for (var i = 0; i < 60; i++)
        {
            var plan = planner.Next(1.Seconds,
                [Web(0), .. Enumerable.Range(0, 10).Select(n => Batch(n, node: 0, run: 400.Ms))]);
            Assert.Empty(plan.Moves);
            Assert.Equal(10, plan.Lines.Count(l => l.Node == 0));
        }
    }

    [Fact]
    public void Where_nodes_cannot_be_evened_out_nobody_is_bound_and_no_pCPU_is_wasted()
    {
        var planner = new Planner(Machines.Of(2, 2), FlmsOptions.Default, OnNodes, slices: true);
        // One pCPU is left on node 0 and two on node 2: of four that never sleep one would have a pCPU for itself.
        for (var i = 0; i < 60; i++)
        {
            var plan = planner.Next(1.Seconds, [Web(0, 4), .. Enumerable.Range(0, 4).Select(n => Batch(n, n % 2, 4))]);
            Assert.All(plan.Lines.Skip(1), l => Assert.Equal(("1-3", null), (l.Cpus!.ToString(), l.Node)));
        }
    }

    [Fact]
    public void A_cpuset_that_has_nothing_of_a_node_keeps_a_vCPU_off_it()
    {
        var planner = Planner();
        var narrow = _cpus.Parse("4-7")!;
        for (var i = 0; i < 60; i++)
        {
            var plan = planner.Next(1.Seconds,
            [
                Web(0),
                .. Enumerable.Range(0, 12).Select(n => n < 4 ? Batch(n, 0) with { Allowed = narrow } : Batch(n, 0)),
            ]);
            Assert.All(plan.Lines.Where(l => l.Thread.Allowed == narrow), l => Assert.Equal("4-7", l.Cpus!.ToString()));
            Assert.DoesNotContain(plan.Moves, m => m.Vcpu < 4);
        }
    }

    [Fact]
    public void Moves_are_those_of_the_simulated_FLMSs_balancer_for_samples_of_real_VMs()
    {
        // The recording eight times over, three of four copies on the first node.
        var planner = new Planner(_cpus, FlmsOptions.Default, OnNodes with { NodeResidency = 1000.Seconds },
            slices: true);
        var simulated = new Simulated(_cpus, FlmsOptions.Default);
        var moves = 0;
        foreach (var period in SampleLog.Read(File.ReadLines(RecordedSamplesTests.Recording)))
        {
            var threads = Enumerable.Range(0, 8).SelectMany(copy => period.Threads.Select(t => Copy(t, copy))).ToList();
            simulated.EndPeriod(period.Length, threads);
            var plan = planner.Next(period.Length, threads);
            foreach (var t in threads)
                if (planner.NodeOf(t.Thread) is { } node) simulated.Home[t.Thread] = node / 2;
            foreach (var move in plan.Moves) simulated.Home[move.Thread] = move.From / 2;
            foreach (var move in plan.Moves) simulated.Check(move, planner.Groups);
            moves += plan.Moves.Count;
        }
        Assert.True(moves > 2, $"{moves} moves: nothing was tested");
    }

    private PlanThread Copy(PlanThread t, int copy) => t with
    {
        Process = new(t.Process.Tid + 1000 * copy, 1),
        Thread = new(t.Thread.Tid + 1000 * copy, 1),
        Allowed = _cpus.Usual,
        Node = copy % 4 == 3 ? 1 : 0,
    };

    private Planner Planner() => new(_cpus, FlmsOptions.Default, OnNodes, slices: true);

    private static PlanThread Web(int number, int pcpus = 16) =>
        PlannerTests.Vcpu("web", 100 + number, Treatment.Latency, 10.Ms) with { Allowed = All(pcpus), Node = 0 };

    private static PlanThread Batch(int number, int node, int pcpus = 16, Duration? run = null) =>
        PlannerTests.Vcpu("batch", number, Treatment.Compute, run ?? 1.Seconds) with
        { Allowed = All(pcpus), Node = node };

    private static CpuMask All(int pcpus) => new CpuMask(pcpus).Fill();

    // The simulated FLMS's parts, with as many vCPUs as there are, as the scheduler itself has them.
    private sealed class Simulated(HostCpus cpus, FlmsOptions options) : IWaiting
    {
        private readonly Dictionary<ThreadIdentity, int> _numbers = [];
        private readonly IoBoost _boost = new(64,
            new(options.History, options.Beta, options.Newcomer, options.BoostCountsDispatches));
        private IReadOnlyList<PlanThread> _threads = [];
        private List<int>[] _queues = [];

        private readonly int[] _pcpus = new int[4]; // by treatment and node
        private readonly HashSet<ThreadIdentity> _moved = [];

        public Dictionary<ThreadIdentity, int> Home { get; } = [];

        public void EndPeriod(Duration length, IReadOnlyList<PlanThread> threads)
        {
            _threads = [.. threads.Where(t => t.Role == ThreadRole.Vcpu)];
            foreach (var t in _threads)
            {
                if (_numbers.TryAdd(t.Thread, _numbers.Count)) _boost.Reset(Of(t));
                _boost.Burn(Of(t), (long)((Int128)(t.Run + t.Wait).Ns * options.LoadPeriod.Ns / length.Ns
                    / CreditLedger.CreditNs));
            }
            _boost.EndLoadPeriod();
            foreach (var t in _threads) _boost.Renew(Of(t));
        }

        // Would the balancer take that vCPU, if the node asked to which it goes?
        public void Check(NodeMove move, PcpuGroups groups)
        {
            var balancer = new Balancer(cpus.Topology, new(options.A, options.B, new(0, 1), options.Sibling,
                options.Candidates, options.LpPick), this);
            _queues = [.. Enumerable.Range(0, 16).Select(_ => new List<int>())];
            foreach (var treatment in (Treatment[])[Treatment.Latency, Treatment.Compute])
                for (var node = 0; node < 2; node++)
                {
                    var io = treatment == Treatment.Latency;
                    var pcpus = Enumerable.Range(0, 16).Where(p => groups.ForIo.Contains(new(p)) == io
                        && cpus.Topology.NodeOf(new(p)) == node).ToList();
                    _pcpus[(io ? 2 : 0) + node] = pcpus.Count;
                    if (pcpus.Count == 0) continue;
                    var here = _threads.Index().Where(t => t.Item.Treatment == treatment
                        && Home.GetValueOrDefault(t.Item.Thread, -1) == node).ToList();
                    _queues[pcpus[0]].AddRange(here.Select(t => t.Index));
                    var load = here.Sum(t => _boost.HistoryLoad(Of(t.Item))) / pcpus.Count;
                    foreach (var p in pcpus)
                    {
                        balancer.Burn(new(p), load >> IoBoost.HistoryBits);
                        balancer.Waits(new(p), io, p == pcpus[0] && here.Count > 0 ? 0 : -1);
                    }
                }
            balancer.EndLoadPeriod();
            var latency = _threads.First(t => t.Thread == move.Thread).Treatment == Treatment.Latency;
            var to = Enumerable.Range(0, 16).First(p => cpus.Nodes[cpus.Topology.NodeOf(new(p))] == move.To
                && groups.ForIo.Contains(new(p)) == latency);
            var choice = balancer.Find(new(new(to), latency, 0, Thresholds: true));
            if (choice.Vcpu.IsNone) choice = balancer.Find(new(new(to), latency, 0, Thresholds: false));
            Assert.Equal((move.Thread, move.Reason), (_threads[choice.Vcpu.Index].Thread, choice.Reason));
            Home[move.Thread] = move.To / 2;
            _moved.Add(move.Thread);
        }

        private VcpuId Of(PlanThread t) => new(_numbers[t.Thread]);

        public VcpuId First(PcpuId p) => _queues[p.Index].Count == 0 ? VcpuId.None : new(_queues[p.Index][0]);

        public VcpuId After(VcpuId v)
        {
            var queue = _queues.First(q => q.Contains(v.Index));
            var at = queue.IndexOf(v.Index) + 1;
            return at == queue.Count ? VcpuId.None : new(queue[at]);
        }

        // Nobody moves twice while the recording lasts.
        public bool MayMove(VcpuId v, PcpuId to, int level) => !_moved.Contains(_threads[v.Index].Thread);

        public int CreditClass(VcpuId v) => 0;

        public long IoBoostOf(VcpuId v) => _boost.Of(Of(_threads[v.Index]));

        public long HistoryLoadOf(VcpuId v)
        {
            var t = _threads[v.Index];
            return _boost.HistoryLoad(Of(t)) / Pcpus(t);
        }

        private int Pcpus(PlanThread t) => _pcpus[(t.Treatment == Treatment.Latency ? 2 : 0) + Home[t.Thread]];
    }
}
