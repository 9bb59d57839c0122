using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.ShortSlice;

/// <summary>Round robin with a queue for each pCPU; balancing does nothing but keep the queues equally long.</summary>
/// <remarks>
/// Wake-ups and used-up slices go to the tail, nobody preempts. An idle pCPU pulls from the longest queue. At the end
/// of a slice a pCPU compares its queue with that of one other, each time the next, and sends who has just run there if
/// that leaves the two more equal: one look a slice, whatever the size of the machine, and all pairs are looked at in
/// turn. (How Hu 2012 compares queues is not told; that part is inferred.)
/// </remarks>
internal sealed class EqualQueues : Scheduler
{
    private struct Pcpu
    {
        public int Load;        // on its queue, or running there
        public PcpuId Peer;     // whom it compared itself with last
    }

    private readonly Duration _slice;
    private readonly RunQueues _queues;
    private readonly Pcpu[] _pcpus;
    private readonly PcpuId[] _homes;
    private readonly CpuMask _idlers;
    private readonly CpuMask _waiting;

    public EqualQueues(ISchedHost host, Duration slice) : base(host)
    {
        _slice = slice;
        var pcpus = host.Topology.Count;
        _queues = new(host.VcpuCapacity, pcpus);
        _pcpus = new Pcpu[pcpus];
        for (var p = 0; p < pcpus; p++) _pcpus[p].Peer = new(p);
        _homes = new PcpuId[host.VcpuCapacity];
        _idlers = new CpuMask(pcpus).Fill();
        _waiting = new(pcpus);
    }

    public override void VcpuAdded(VcpuId v, Instant now)
    {
        // As many first homes everywhere, by number: at this point nobody has any load.
        var affinity = Host[v].Affinity;
        _homes[v.Index] = affinity.Cycle(new((v.Index + _pcpus.Length - 1) % _pcpus.Length));
    }

    public override void VcpuRemoved(VcpuId v, Instant now) { }

    public override void Wake(VcpuId v, Instant now)
    {
        Enqueue(v);
        KickFor(v);
    }

    public override void Sleep(VcpuId v, Instant now) => Dequeue(v);

    public override Decision Schedule(PcpuId p, VcpuId last, Left left, Instant now)
    {
        if (!last.IsNone)
        {
            _pcpus[p.Index].Load--;
            if (left != Left.Blocked) Requeue(p, last);
        }
        var next = _queues.Head(p.Index);
        if (next.IsNone) next = Pull(p);
        _idlers.Set(p, next.IsNone);
        // Another pCPU may idle that could not take the next, but can take the last.
        if (next != last && (left is Left.Runnable or Left.Yielded)) KickFor(last);
        if (next.IsNone) return Decision.Idle;
        Dequeue(next);
        _pcpus[p.Index].Load++;
        if (_homes[next.Index] != p)
        {
            Host.Trace(Note.Steal, next, p, _homes[next.Index].Index);
            _homes[next.Index] = p;
        }
        return new(next, _slice);
    }

    public override void Adjusted(VcpuId v, Instant now)
    {
        if (!_queues.Contains(v)) return;
        if (!Host[v].Affinity.Contains(_homes[v.Index]))
        {
            Dequeue(v);
            Enqueue(v);
        }
        KickFor(v);
    }

    private void Requeue(PcpuId p, VcpuId last)
    {
        ref var pcpu = ref _pcpus[p.Index];
        pcpu.Peer = new((pcpu.Peer.Index + 1) % _pcpus.Length);
        if (_pcpus[pcpu.Peer.Index].Load < pcpu.Load && Host[last].Affinity.Contains(pcpu.Peer))
        {
            Host.Trace(Note.Place, last, p, pcpu.Peer.Index);
            _homes[last.Index] = pcpu.Peer;
        }
        Enqueue(last);
    }

    private void Enqueue(VcpuId v)
    {
        var affinity = Host[v].Affinity;
        ref var home = ref _homes[v.Index];
        if (!affinity.Contains(home)) home = affinity.Cycle(home);
        _queues.Append(home.Index, v);
        _pcpus[home.Index].Load++;
        _waiting.Add(home);
    }

    // An idle pCPU that is kicked counts as busy at once, so that the next wake-up finds another.
    private void KickFor(VcpuId v)
    {
        var home = _homes[v.Index];
        var p = _idlers.Contains(home) ? home : _idlers.FirstBoth(Host[v].Affinity);
        if (p.IsNone) return;
        _idlers.Remove(p);
        Host.Kick(p);
    }

    private void Dequeue(VcpuId v)
    {
        var home = _homes[v.Index];
        _queues.Remove(v);
        _pcpus[home.Index].Load--;
        if (_queues.IsEmpty(home.Index)) _waiting.Remove(home);
    }

    // The first that may run here, of the longest queue that has one; the lowest pCPU among equals.
    private VcpuId Pull(PcpuId p)
    {
        var best = VcpuId.None;
        var longest = 0;
        for (var peer = _waiting.First(); !peer.IsNone; peer = _waiting.After(peer))
        {
            if (_pcpus[peer.Index].Load <= longest) continue;
            var v = _queues.Head(peer.Index);
            while (!v.IsNone && !Host[v].Affinity.Contains(p)) v = _queues.After(v);
            if (v.IsNone) continue;
            best = v;
            longest = _pcpus[peer.Index].Load;
        }
        return best;
    }
}
