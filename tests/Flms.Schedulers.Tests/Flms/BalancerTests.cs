using Flms.Core;
using Flms.Schedulers.Flms;
using Flms.Sim;

namespace Flms.Schedulers.Tests.Flms;

public sealed class BalancerTests
{
    private static readonly BalanceRules Paper = new(
        A: 40, B: 80, Beta: new(7, 8), SiblingRule.IfMovable, Candidates.Movable, LpPick.EvenOut);

    /// <summary>Queues written down: what waits where, and what each is like.</summary>
    private sealed class Host : IWaiting
    {
        private readonly List<VcpuId>[] _queues;
        private readonly Dictionary<VcpuId, (int Class, long Boost, int Load, Func<PcpuId, bool> May)> _vcpus = [];

        public Host(Topology topology, BalanceRules rules, bool io)
        {
            Io = io;
            _queues = new List<VcpuId>[topology.Count];
            for (var p = 0; p < _queues.Length; p++) _queues[p] = [];
            Balancer = new(topology, rules, this);
            for (var p = 0; p < _queues.Length; p++) Balancer.Waits(new(p), io, -1);
        }

        public Balancer Balancer { get; }

        public bool Io { get; }

        public VcpuId Queue(
            int pcpu, int load = 20, int creditClass = 1, long boost = 0, Func<PcpuId, bool>? may = null)
        {
            var v = new VcpuId(_vcpus.Count);
            _vcpus[v] = (creditClass, boost, load, may ?? (_ => true));
            _queues[pcpu].Add(v);
            var level = _queues[pcpu].Max(w => _vcpus[w].Class >= 1 ? 1 : 0);
            Balancer.Waits(new(pcpu), Io, level);
            return v;
        }

        // A load that has settled: an average of itself is itself.
        public void Busy(params int[] credits)
        {
            for (var i = 0; i < 200; i++)
            {
                for (var p = 0; p < credits.Length; p++) Balancer.Burn(new(p), credits[p]);
                Balancer.EndLoadPeriod();
            }
        }

        public BalanceChoice Find(int source, int level = 0, bool thresholds = true) =>
            Balancer.Find(new(new(source), Io, level, thresholds));

        public int QueuesLookedAt { get; private set; }

        public VcpuId First(PcpuId p)
        {
            QueuesLookedAt++;
            return _queues[p.Index].Count == 0 ? VcpuId.None : _queues[p.Index][0];
        }

        public VcpuId After(VcpuId v)
        {
            foreach (var queue in _queues)
                if (queue.IndexOf(v) is >= 0 and var i) return i + 1 < queue.Count ? queue[i + 1] : VcpuId.None;
            return VcpuId.None;
        }

        public bool MayMove(VcpuId v, PcpuId to, int level) => _vcpus[v].May(to) && _vcpus[v].Class >= level;

        public int CreditClass(VcpuId v) => _vcpus[v].Class;

        public long IoBoostOf(VcpuId v) => _vcpus[v].Boost;

        public long HistoryLoadOf(VcpuId v) => (long)_vcpus[v].Load << IoBoost.HistoryBits;
    }

    private static Host Lps(Topology topology, BalanceRules? rules = null) => new(topology, rules ?? Paper, io: false);

    private static Host Sps(Topology topology, BalanceRules? rules = null) => new(topology, rules ?? Paper, io: true);

    private static Topology TwoSockets => Topology.Of(sockets: 2, cores: 2, threads: 2);

    [Fact]
    public void Where_nobody_waits_nothing_is_taken()
    {
        var host = Lps(TwoSockets);
        Assert.Equal(new(PcpuId.None, VcpuId.None, BalanceReason.NobodyWaits), host.Find(0));
    }

    [Fact]
    public void Step_2_takes_from_the_same_core_whatever_the_load()
    {
        var host = Lps(TwoSockets);
        host.Busy(0, 30, 100, 0, 100);
        var near = host.Queue(1);
        host.Queue(2);
        Assert.Equal(new(new(1), near, BalanceReason.SameCore), host.Find(0));
    }

    [Fact]
    public void Step_4_takes_from_the_most_loaded_of_the_socket_if_it_is_more_than_A_above()
    {
        var host = Lps(TwoSockets);
        host.Busy(0, 0, 50, 60);
        host.Queue(2);
        var heavier = host.Queue(3);
        Assert.Equal(new(new(3), heavier, BalanceReason.SameSocket), host.Find(0));
    }

    [Fact]
    public void Step_6_takes_from_another_socket_only_if_it_is_more_than_B_above()
    {
        var host = Lps(TwoSockets);
        host.Busy(0, 0, 30, 0, 90, 100);
        host.Queue(2); // in the socket, but not above A
        host.Queue(4);
        var far = host.Queue(5);
        Assert.Equal(new(new(5), far, BalanceReason.OtherSocket), host.Find(0));
    }

    [Theory]
    [InlineData(70)]
    [InlineData(80)] // strictly above
    public void Step_8_takes_nothing_where_the_difference_is_not_above_the_threshold(int load)
    {
        var host = Lps(TwoSockets);
        host.Busy(0, 0, 40, 0, load);
        host.Queue(2);
        host.Queue(4);
        Assert.Equal(new(PcpuId.None, VcpuId.None, BalanceReason.BelowThresholds), host.Find(0));
    }

    [Fact]
    public void What_counts_is_the_difference_from_the_thief()
    {
        var host = Lps(TwoSockets);
        host.Busy(50, 0, 85);
        host.Queue(2);
        Assert.Equal(BalanceReason.BelowThresholds, host.Find(0).Reason); // 35
        Assert.Equal(BalanceReason.SameSocket, host.Find(1).Reason); // 85
    }

    [Fact]
    public void The_other_group_is_never_looked_at()
    {
        var host = Lps(TwoSockets);
        host.Busy(0, 0, 100);
        host.Queue(2);
        host.Balancer.Waits(new(2), io: true, 1);
        Assert.Equal(BalanceReason.NobodyWaits, host.Find(0).Reason);
    }

    [Fact]
    public void A_literal_sibling_ends_the_search_even_if_nobody_waits_there()
    {
        var host = Lps(TwoSockets, Paper with { Sibling = SiblingRule.Literal });
        host.Busy(0, 0, 100);
        host.Queue(2);
        Assert.Equal(BalanceReason.NoneFits, host.Find(0).Reason);
    }

    [Fact]
    public void Among_all_candidates_the_most_loaded_ends_the_search_even_if_nobody_waits_there()
    {
        var host = Lps(TwoSockets, Paper with { Candidates = Candidates.All });
        host.Busy(0, 0, 90, 100);
        host.Queue(2);
        Assert.Equal(new(new(3), VcpuId.None, BalanceReason.NoneFits), host.Find(0));
    }

    [Fact]
    public void Equal_loads_are_told_apart_by_the_lowest_pCPU()
    {
        var host = Lps(Topology.Of(3, 2));
        host.Busy(0, 0, 90, 90, 90, 90);
        host.Queue(5);
        host.Queue(3);
        host.Queue(4);
        Assert.Equal(new PcpuId(3), host.Find(0).Target);
    }

    [Fact]
    public void A_vCPU_that_may_not_run_at_the_thief_is_passed_over_and_so_is_its_pCPU()
    {
        var host = Lps(Topology.Of(1, 4));
        host.Busy(0, 70, 80, 90);
        host.Queue(3, may: p => p.Index != 0);
        var free = host.Queue(2);
        Assert.Equal(new(new(2), free, BalanceReason.SameSocket), host.Find(0));
    }

    // Equation 9: source 0, target 100, so the ideal load is 50.
    [Fact]
    public void From_an_LP_the_vCPU_is_taken_that_evens_the_two_out_best()
    {
        var host = Lps(Topology.Of(1, 2));
        host.Busy(0, 100);
        host.Queue(1, load: 10);
        var fits = host.Queue(1, load: 45);
        host.Queue(1, load: 60);
        Assert.Equal(fits, host.Find(0).Vcpu);
    }

    [Theory]
    [InlineData(0)]   // moves nothing
    [InlineData(100)] // the thief would be the loaded one then
    public void A_vCPU_that_would_move_nothing_or_have_to_move_back_stays(int load)
    {
        var host = Lps(Topology.Of(1, 2));
        host.Busy(0, 100);
        host.Queue(1, load: load);
        Assert.Equal(BalanceReason.NoneFits, host.Find(0).Reason);
        Assert.Equal(BalanceReason.RatherThanIdle, host.Find(0, thresholds: false).Reason);
    }

    [Fact]
    public void The_first_may_be_taken_instead_as_Credit_does()
    {
        var host = Lps(Topology.Of(1, 2), Paper with { LpPick = LpPick.First });
        host.Busy(0, 100);
        var first = host.Queue(1, load: 0);
        host.Queue(1, load: 50);
        Assert.Equal(first, host.Find(0).Vcpu);
    }

    [Fact]
    public void From_an_SP_the_smallest_IO_Boost_of_the_best_credit_class_is_taken()
    {
        var host = Sps(Topology.Of(1, 2));
        host.Busy(0, 100);
        host.Queue(1, creditClass: 0, boost: 1);
        host.Queue(1, creditClass: 1, boost: 9);
        var urgent = host.Queue(1, creditClass: 1, boost: 5);
        host.Queue(1, creditClass: 1, boost: 5);
        Assert.Equal(urgent, host.Find(0).Vcpu);
    }

    [Fact]
    public void A_search_for_credit_in_hand_passes_debtors_by()
    {
        var host = Lps(Topology.Of(1, 3));
        host.Busy(0, 100, 60);
        host.Queue(1, creditClass: 0);
        Assert.False(host.Balancer.AnyWaits(io: false, level: 1));
        Assert.Equal(BalanceReason.NobodyWaits, host.Find(0, level: 1).Reason);
        var rich = host.Queue(2, creditClass: 1);
        Assert.Equal(rich, host.Find(0, level: 1).Vcpu);
    }

    [Fact]
    public void Without_thresholds_the_near_is_still_preferred_to_the_far()
    {
        var host = Lps(TwoSockets);
        host.Busy(100, 100, 20, 0, 100);
        var near = host.Queue(2);
        host.Queue(4);
        Assert.Equal(new(new(2), near, BalanceReason.RatherThanIdle), host.Find(0, thresholds: false));
    }

    [Fact]
    public void The_load_of_a_pCPU_is_an_average_that_keeps_beta_of_the_old()
    {
        var host = Lps(Topology.Of(1, 2));
        host.Balancer.Burn(new(0), 80);
        host.Balancer.EndLoadPeriod();
        Assert.Equal(10L << IoBoost.HistoryBits, host.Balancer.HistoryBusy(new(0)));
        host.Balancer.EndLoadPeriod();
        Assert.Equal((10L << IoBoost.HistoryBits) * 7 / 8, host.Balancer.HistoryBusy(new(0)));
    }

    [Fact]
    public void The_order_follows_the_loads_of_the_last_load_period()
    {
        var host = Lps(Topology.Of(1, 3));
        host.Busy(0, 50, 90);
        host.Queue(1);
        host.Queue(2);
        Assert.Equal(new PcpuId(2), host.Find(0).Target);
        host.Busy(0, 90, 50);
        Assert.Equal(new PcpuId(1), host.Find(0).Target);
    }

    [Fact]
    public void A_search_on_1024_pCPUs_looks_at_as_few_queues_as_on_8()
    {
        var host = Lps(Topology.Of(4, 128, 2));
        var loads = new int[1024];
        for (var p = 1; p < loads.Length; p++) loads[p] = 90;
        host.Busy(loads);
        for (var p = 300; p < 900; p++) host.Queue(p);
        Assert.Equal(BalanceReason.OtherSocket, host.Find(0).Reason);
        // The thief's own core; and the most loaded of all sockets: may anybody move, and who fits?
        Assert.InRange(host.QueuesLookedAt, 1, 3);
    }

    [Fact]
    public void What_is_found_is_what_a_plain_search_over_all_pCPUs_finds()
    {
        var random = RandomStream.For(17);
        for (var world = 0; world < 500; world++)
        {
            var topology = Topology.Of(random.Next(1, 4), random.Next(1, 5), 2);
            var host = Lps(topology, Paper with { LpPick = LpPick.First });
            var busy = new int[topology.Count];
            for (var p = 0; p < busy.Length; p++) busy[p] = random.Next(0, 101);
            for (var p = 0; p < busy.Length; p++) host.Balancer.Burn(new(p), busy[p] * 8);
            host.Balancer.EndLoadPeriod();
            for (var i = random.Next(0, 6); i > 0; i--) host.Queue(random.Next(0, busy.Length));
            Assert.Equal(Plain(topology, host, busy), host.Find(0).Target);
        }
    }

    private static PcpuId Plain(Topology topology, Host host, int[] busy)
    {
        var waiting = Enumerable.Range(1, busy.Length - 1).Select(p => new PcpuId(p))
            .Where(p => !host.First(p).IsNone).ToList();
        foreach (var p in waiting)
            if (topology.CoreOf(p) == 0) return p;
        var near = waiting.Where(p => topology.SocketOf(p) == 0).DefaultIfEmpty(PcpuId.None)
            .MaxBy(p => p.IsNone ? (-1, 0) : (busy[p.Index], -p.Index));
        if (!near.IsNone && busy[near.Index] - busy[0] > 40) return near;
        var far = waiting.Where(p => topology.SocketOf(p) != 0).DefaultIfEmpty(PcpuId.None)
            .MaxBy(p => p.IsNone ? (-1, 0) : (busy[p.Index], -p.Index));
        return !far.IsNone && busy[far.Index] - busy[0] > 80 ? far : PcpuId.None;
    }
}
