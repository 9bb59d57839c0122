using Flms.Core;

namespace Flms.Schedulers.Credit2;

/// <summary>Which pCPUs share a runqueue (spec/xen.md 4.1): groups of the topology, cut where they are too large, never
/// within a core.</summary>
internal sealed class RunqueueLayout
{
    private readonly int[] _queueOf;
    private readonly CpuMask[] _masks;
    private readonly PcpuId[][] _pcpus;

    /// <summary>Cuts a machine up.</summary>
    public RunqueueLayout(Topology topology, RunqueueSpan span, int most)
    {
        _queueOf = new int[topology.Count];
        Array.Fill(_queueOf, -1);
        var open = new int[topology.Count];     // of each group, the queue that is being filled; -1 for none
        Array.Fill(open, -1);
        var sizes = new int[topology.Count];
        for (var i = 0; i < topology.Count; i++)
        {
            if (_queueOf[i] >= 0) continue;
            var p = new PcpuId(i);
            var together = span == RunqueueSpan.Cpu ? 1 : topology.CoreMask(p).Count;
            ref var queue = ref open[GroupOf(topology, span, p)];
            if (queue < 0 || sizes[queue] + together > most) queue = Count++;
            sizes[queue] += together;
            if (span == RunqueueSpan.Cpu) _queueOf[i] = queue;
            else for (var q = p; !q.IsNone; q = topology.CoreMask(p).After(q)) _queueOf[q.Index] = queue;
        }
        _masks = new CpuMask[Count];
        _pcpus = new PcpuId[Count][];
        for (var q = 0; q < Count; q++)
        {
            _masks[q] = new(topology.Count);
            _pcpus[q] = new PcpuId[sizes[q]];
            var n = 0;
            for (var i = 0; i < topology.Count; i++)
            {
                if (_queueOf[i] != q) continue;
                _masks[q].Add(new(i));
                _pcpus[q][n++] = new(i);
            }
        }
    }

    /// <summary>How many runqueues there are.</summary>
    public int Count { get; }

    /// <summary>The runqueue of a pCPU.</summary>
    public int this[PcpuId p] => _queueOf[p.Index];

    /// <summary>The pCPUs of a runqueue as a set. Not to be changed.</summary>
    public CpuMask Mask(int queue) => _masks[queue];

    /// <summary>The pCPUs of a runqueue, ascending.</summary>
    public ReadOnlySpan<PcpuId> Pcpus(int queue) => _pcpus[queue];

    private static int GroupOf(Topology topology, RunqueueSpan span, PcpuId p) => span switch
    {
        RunqueueSpan.Cpu => p.Index,
        RunqueueSpan.Core => topology.CoreOf(p),
        RunqueueSpan.Socket => topology.SocketOf(p),
        RunqueueSpan.Node => topology.NodeOf(p),
        _ => 0,
    };
}
