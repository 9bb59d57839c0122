using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Brm;

/// <summary>Credit that sends vCPUs, by a biased draw, to the memory node where they stall least.</summary>
/// <remarks>
/// <para><i>Theory of operation</i> (spec/compared-systems.md 2.8). What a vCPU loses outside its core, waiting for
/// caches and memory, foretells how fast it runs on a NUMA machine. Counters give that penalty, in ns of stall a ms of
/// running, for the node where it runs. Every epoch each pCPU brings its runner's average for this node up to date and
/// draws another node, the likelier the smaller the penalty known there. If that is smaller by the margin, and the node
/// is not too full, the vCPU goes to an idle pCPU there, or changes places with a runner if the two together gain. Now
/// and then it tries any node: else nothing would be known of the others. At most one goes from a node to another in an
/// epoch, so that there is no herd.</para>
/// <para><i>Stealing</i> looks on its own node first, as Credit does. On another node it takes, of the vCPUs that it
/// may take from a queue, the one whose penalty grows least.</para>
/// <para><i>What is not known.</i> A node that a vCPU has not run on counts as if it were as good as this one: there is
/// no reason to go, other than to try it. A vCPU without misses tries nothing.</para>
/// <para><i>Rejected.</i> Queueing it on a busy pCPU: the one that it left idles, and steals it back at once, as idle
/// pCPUs do under Credit. Exploring by moving the vCPU that waits: its penalty could not be measured.
/// <i>Not modelled.</i> Contention in a shared cache: the host's miss rates do not depend on neighbours. The paper's
/// estimator: only its abstract could be read, and all numbers are inferred.</para>
/// </remarks>
public sealed class BrmScheduler : CreditScheduler
{
    private const long Unknown = -1;
    private const int NsPerMs = 1_000_000;
    private const long OneMs = NsPerMs;
    private const long DrawScale = 1L << 30;

    private struct Vcpu
    {
        public long RunNs;          // counters at the beginning of its sample
        public long Misses;
        public long Remote;
        public int Node;            // where the sample is taken; -1 for none
        public PcpuId Wish;         // where it is sent; None for nowhere
        public Instant Sent;        // when it last was
    }

    private readonly BrmOptions _options;
    private readonly Draws _draws;
    private readonly int _nodes;
    private readonly Vcpu[] _vcpus;
    private readonly long[] _penalties;     // of each vCPU on each node, ns of stall a ms of running
    private readonly int[] _load;           // runnable vCPUs of each node
    private readonly Instant[] _moved;      // the last epoch in which one went from a node to another
    private readonly CpuMask _target;
    private Instant _counted = Instant.Never;
    private int _runnable;
    private bool _armed;

    /// <summary>A scheduler without vCPUs.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">The settings.</param>
    public BrmScheduler(ISchedHost host, BrmOptions options) : base(host, options)
    {
        _options = options;
        _draws = new((ulong)options.Seed);
        _nodes = host.Topology.Nodes;
        _vcpus = new Vcpu[host.VcpuCapacity];
        _penalties = new long[host.VcpuCapacity * _nodes];
        _load = new int[_nodes];
        _moved = new Instant[_nodes * _nodes];
        Array.Fill(_moved, Instant.Never);
        _target = new(host.Topology.Count);
    }

    /// <inheritdoc />
    public override int Timers => FirstFreeTimer + Host.Topology.Count;

    /// <inheritdoc />
    public override void VcpuAdded(VcpuId v, Instant now)
    {
        _vcpus[v.Index] = new() { Node = -1, Wish = PcpuId.None, Sent = Instant.Never };
        Array.Fill(_penalties, Unknown, v.Index * _nodes, _nodes);
        base.VcpuAdded(v, now);
        if (_armed || _nodes == 1) return;
        _armed = true;
        for (var p = 0; p < Host.Topology.Count; p++) Host.Arm(FirstFreeTimer + p, now + _options.Epoch);
    }

    /// <inheritdoc />
    public override void Timer(int timer, Instant now)
    {
        if (timer < FirstFreeTimer)
        {
            base.Timer(timer, now);
            return;
        }
        Host.Arm(timer, now + _options.Epoch);
        var p = new PcpuId(timer - FirstFreeTimer);
        var v = CurrentOf(p);
        if (!v.IsNone && Sample(v, Host.Topology.NodeOf(p))) Consider(p, v, now);
    }

    /// <inheritdoc />
    protected override PcpuId Placement(VcpuId v, PcpuId from, bool commit)
    {
        ref var s = ref _vcpus[v.Index];
        var wish = s.Wish;
        if (commit) s.Wish = PcpuId.None;
        if (!wish.IsNone && Host[v].Affinity.Contains(wish)) return wish;
        var to = base.Placement(v, from, commit);
        // Credit's choice among the idle pCPUs, unless it is known to be bad there.
        var worse = Increase(v, from, to) > 0 && Host[v].Affinity.Contains(from);
        return worse ? from : to;
    }

    /// <inheritdoc />
    protected override VcpuId Loot(PcpuId peer, PcpuId thief, Pri mine, bool soft, Instant now)
    {
        if (Host.Topology.NodeOf(peer) == Host.Topology.NodeOf(thief))
            return base.Loot(peer, thief, mine, soft, now);
        var best = VcpuId.None;
        var least = long.MaxValue;
        for (var v = HeadOf(peer); !v.IsNone && Ledger.PriOf(v) > mine; v = Behind(v))
        {
            // Who has just been sent there is not fetched back.
            if (_vcpus[v.Index].Sent == now || !MayGo(v, thief, soft, now)) continue;
            var increase = Increase(v, peer, thief);
            if (increase >= least) continue;
            least = increase;
            best = v;
        }
        return best;
    }

    // The penalty of the runner since the last look, if it has been on this node all the time.
    private bool Sample(VcpuId v, int node)
    {
        ref var s = ref _vcpus[v.Index];
        ref readonly var now = ref Host.Counters(v);
        var ran = now.RunNs - s.RunNs;
        var valid = s.Node == node && ran >= OneMs;
        if (valid)
        {
            var remote = now.RemoteAccesses - s.Remote;
            var local = now.LlcMisses - s.Misses - remote;
            var stall = (local * _options.LocalMiss.Ns + remote * _options.RemoteMiss.Ns) * NsPerMs / ran;
            ref var penalty = ref _penalties[v.Index * _nodes + node];
            penalty = penalty == Unknown ? stall : penalty + _options.Gain.Of(stall - penalty);
        }
        if (!valid && s.Node == node) return false;
        (s.RunNs, s.Misses, s.Remote, s.Node) = (now.RunNs, now.LlcMisses, now.RemoteAccesses, node);
        return valid;
    }

    private void Consider(PcpuId p, VcpuId v, Instant now)
    {
        var here = Host.Topology.NodeOf(p);
        var penalty = _penalties[v.Index * _nodes + here];
        if (penalty == 0) return;
        var explores = _draws.Below(DrawScale) < _options.Explore.Of(DrawScale);
        var to = explores ? AnyOther(here) : Biased(v, here, penalty);
        if (!explores && penalty - PenaltyOn(v, to, penalty) <= _options.Margin.Of(penalty)) return;
        if (_moved[here * _nodes + to] == now) return;
        _target.CopyFrom(Host.Topology.Node(to));
        _target.IntersectWith(Host[v].Affinity);
        var target = _target.CycleBoth(p, Idlers);
        var partner = VcpuId.None;
        if (!target.IsNone && IsFull(to, now)) return;
        if (target.IsNone)
        {
            partner = Partner(p, penalty - PenaltyOn(v, to, penalty), now);
            if (partner.IsNone) return;
            target = ProcessorOf(partner);
            Send(partner, p, now);
        }
        _moved[here * _nodes + to] = now;
        Send(v, target, now);
        if (!partner.IsNone) return;
        _load[here]--;
        _load[to]++;
    }

    private void Send(VcpuId v, PcpuId to, Instant now)
    {
        _vcpus[v.Index].Wish = to;
        _vcpus[v.Index].Sent = now;
        SendAway(v);
    }

    // Among the runners of the target pCPUs, the one that gains most, or loses least, by coming here; None if it would
    // lose more than the other gains, or if none may come.
    private VcpuId Partner(PcpuId here, long gain, Instant now)
    {
        var best = VcpuId.None;
        var most = -1 - gain;
        for (var q = _target.First(); !q.IsNone; q = _target.After(q))
        {
            var w = CurrentOf(q);
            if (w.IsNone || _vcpus[w.Index].Sent == now || !Host[w].Affinity.Contains(here)) continue;
            var gains = -Increase(w, q, here);
            if (gains <= most) continue;
            most = gains;
            best = w;
        }
        return best;
    }

    private int AnyOther(int here)
    {
        var n = (int)_draws.Below(_nodes - 1);
        return n < here ? n : n + 1;
    }

    // Each other node with a chance in proportion to 1 / (penalty + 1); in 2^30 parts of a node without penalty.
    private int Biased(VcpuId v, int here, long penalty)
    {
        var sum = 0L;
        for (var n = 0; n < _nodes; n++)
            if (n != here) sum += DrawScale / (PenaltyOn(v, n, penalty) + 1) + 1;
        var draw = _draws.Below(sum);
        var last = here;
        for (var n = 0; n < _nodes && draw >= 0; n++)
        {
            if (n == here) continue;
            draw -= DrawScale / (PenaltyOn(v, n, penalty) + 1) + 1;
            last = n;
        }
        return last;
    }

    private long PenaltyOn(VcpuId v, int node, long unknown)
    {
        var known = _penalties[v.Index * _nodes + node];
        return known == Unknown ? unknown : known;
    }

    // How much worse it is elsewhere; 0 if that is not known.
    private long Increase(VcpuId v, PcpuId from, PcpuId to)
    {
        var here = _penalties[v.Index * _nodes + Host.Topology.NodeOf(from)];
        var there = _penalties[v.Index * _nodes + Host.Topology.NodeOf(to)];
        return here == Unknown || there == Unknown ? 0 : there - here;
    }

    // Would one more be too many there? Loads are counted once an epoch, and kept up to date by what is moved.
    private bool IsFull(int node, Instant now)
    {
        if (_counted != now) CountLoads(now);
        var share = (long)_runnable * Host.Topology.Node(node).Count / Host.Topology.Count;
        return _load[node] + 1 > share + _options.Imbalance;
    }

    private void CountLoads(Instant now)
    {
        _counted = now;
        _runnable = 0;
        Array.Clear(_load);
        for (var i = 0; i < _vcpus.Length; i++)
        {
            ref readonly var info = ref Host[new(i)];
            if (!info.Present || !info.Runnable) continue;
            _load[Host.Topology.NodeOf(ProcessorOf(new(i)))]++;
            _runnable++;
        }
    }
}
