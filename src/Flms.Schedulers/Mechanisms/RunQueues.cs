using Flms.Core;

namespace Flms.Schedulers.Mechanisms;

/// <summary>Some queues of runnable vCPUs. A vCPU is on at most one; every operation takes constant time.</summary>
/// <param name="vcpus">vCPUs are 0 to this less one.</param>
/// <param name="queues">Queues are 0 to this less one.</param>
public sealed class RunQueues(int vcpus, int queues)
{
    private readonly Rings _rings = new(vcpus, queues);

    /// <summary>Is the vCPU on a queue?</summary>
    public bool Contains(VcpuId v) => _rings.Contains(v.Index);

    /// <summary>Is nobody on the queue?</summary>
    public bool IsEmpty(int queue) => _rings.IsEmpty(queue);

    /// <summary>The first on the queue; None if it is empty.</summary>
    public VcpuId Head(int queue) => new(_rings.Head(queue));

    /// <summary>The last on the queue; None if it is empty.</summary>
    public VcpuId Tail(int queue) => new(_rings.Tail(queue));

    /// <summary>The one behind <paramref name="v"/> on its queue; None if it is the last.</summary>
    public VcpuId After(VcpuId v) => new(_rings.After(v.Index));

    /// <summary>The one ahead of <paramref name="v"/> on its queue; None if it is the first.</summary>
    public VcpuId Before(VcpuId v) => new(_rings.Before(v.Index));

    /// <summary>Puts a vCPU that is on no queue at the tail.</summary>
    public void Append(int queue, VcpuId v) => _rings.Append(queue, v.Index);

    /// <summary>Puts a vCPU that is on no queue at the head.</summary>
    public void Prepend(int queue, VcpuId v) => _rings.Prepend(queue, v.Index);

    /// <summary>Puts a vCPU that is on no queue ahead of one that is on one.</summary>
    public void InsertBefore(VcpuId place, VcpuId v) => _rings.InsertBefore(place.Index, v.Index);

    /// <summary>Takes a vCPU off its queue.</summary>
    public void Remove(VcpuId v) => _rings.Remove(v.Index);
}
