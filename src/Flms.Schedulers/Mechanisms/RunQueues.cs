using Flms.Core;

namespace Flms.Schedulers.Mechanisms;

/// <summary>Some queues of vCPUs. A vCPU is on at most one of them; every operation takes constant time.</summary>
/// <remarks>
/// Doubly linked by index: the links of all vCPUs stand in one array, and each queue's own link (its head) behind them,
/// so a queue is a ring and no operation has a special case for the empty one. Nothing is allocated after construction.
/// </remarks>
public sealed class RunQueues
{
    private struct Link
    {
        public int Next;
        public int Previous;
    }

    private const int Off = -1;
    private readonly Link[] _links;
    private readonly int _vcpus;

    /// <summary>Empty queues.</summary>
    /// <param name="vcpus">vCPUs are 0 to this less one.</param>
    /// <param name="queues">Queues are 0 to this less one.</param>
    public RunQueues(int vcpus, int queues)
    {
        _vcpus = vcpus;
        _links = new Link[vcpus + queues];
        for (var v = 0; v < vcpus; v++) _links[v] = new() { Next = Off, Previous = Off };
        for (var q = vcpus; q < _links.Length; q++) _links[q] = new() { Next = q, Previous = q };
    }

    /// <summary>Is the vCPU on a queue?</summary>
    public bool Contains(VcpuId v) => _links[v.Index].Next != Off;

    /// <summary>Is nobody on the queue?</summary>
    public bool IsEmpty(int queue) => _links[_vcpus + queue].Next == _vcpus + queue;

    /// <summary>The first on the queue; None if it is empty.</summary>
    public VcpuId Head(int queue) => Id(_links[_vcpus + queue].Next);

    /// <summary>The last on the queue; None if it is empty.</summary>
    public VcpuId Tail(int queue) => Id(_links[_vcpus + queue].Previous);

    /// <summary>The one behind <paramref name="v"/> on its queue; None if it is the last.</summary>
    public VcpuId After(VcpuId v) => Id(_links[v.Index].Next);

    /// <summary>The one ahead of <paramref name="v"/> on its queue; None if it is the first.</summary>
    public VcpuId Before(VcpuId v) => Id(_links[v.Index].Previous);

    /// <summary>Puts a vCPU that is on no queue at the tail.</summary>
    public void Append(int queue, VcpuId v) => Insert(v.Index, _vcpus + queue);

    /// <summary>Puts a vCPU that is on no queue at the head.</summary>
    public void Prepend(int queue, VcpuId v) => Insert(v.Index, _links[_vcpus + queue].Next);

    /// <summary>Puts a vCPU that is on no queue ahead of one that is on one.</summary>
    public void InsertBefore(VcpuId place, VcpuId v) => Insert(v.Index, place.Index);

    /// <summary>Takes a vCPU off its queue.</summary>
    public void Remove(VcpuId v)
    {
        ref var link = ref _links[v.Index];
        Check.That(link.Next != Off, "P2");
        _links[link.Previous].Next = link.Next;
        _links[link.Next].Previous = link.Previous;
        link.Next = Off;
    }

    private VcpuId Id(int index) => index < _vcpus ? new(index) : VcpuId.None;

    private void Insert(int v, int before)
    {
        ref var link = ref _links[v];
        Check.That(link.Next == Off, "P2");
        var after = _links[before].Previous;
        link.Next = before;
        link.Previous = after;
        _links[after].Next = v;
        _links[before].Previous = v;
    }
}
