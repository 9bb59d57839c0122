namespace Flms.Sim.Guests;

/// <summary>The threads that wait for one vCPU of a guest, the one with the least virtual run time first.</summary>
/// <remarks>A binary heap in which each thread knows its place, so that any can leave. Their virtual run times stand
/// still while they wait. Among equals the lowest number comes first. Grows to the most that ever waited, and then
/// allocates no more.</remarks>
internal sealed class ThreadQueue
{
    // How far it is searched for a thread that may go elsewhere, so that a search costs no more in a long queue.
    private const int Looks = 32;

    private GuestThread[] _heap = new GuestThread[16];

    public int Count { get; private set; }

    public GuestThread? First => Count == 0 ? null : _heap[0];

    public void Add(GuestThread thread)
    {
        if (Count == _heap.Length) Array.Resize(ref _heap, 2 * Count);
        Rise(thread, Count++);
    }

    public void Remove(GuestThread thread)
    {
        var slot = thread.Slot;
        thread.Slot = -1;
        var moved = _heap[--Count];
        _heap[Count] = null!;
        if (moved == thread) return;
        if (slot > 0 && Before(moved, _heap[(slot - 1) / 2])) Rise(moved, slot);
        else Sink(moved, slot);
    }

    /// <summary>One that may run on another vCPU; null if there is none among those that are looked at.</summary>
    public GuestThread? FirstFor(GuestCpu cpu)
    {
        for (var i = 0; i < Count && i < Looks; i++)
            if (_heap[i].MayRun(cpu)) return _heap[i];
        return null;
    }

    private static bool Before(GuestThread a, GuestThread b)
    {
        var (x, y) = (a.Virtual, b.Virtual);
        return x < y || x == y && a.Number < b.Number;
    }

    private void Rise(GuestThread thread, int slot)
    {
        while (slot > 0)
        {
            var parent = _heap[(slot - 1) / 2];
            if (!Before(thread, parent)) break;
            Put(parent, slot);
            slot = (slot - 1) / 2;
        }
        Put(thread, slot);
    }

    private void Sink(GuestThread thread, int slot)
    {
        while (2 * slot + 1 < Count)
        {
            var child = 2 * slot + 1;
            if (child + 1 < Count && Before(_heap[child + 1], _heap[child])) child++;
            if (!Before(_heap[child], thread)) break;
            Put(_heap[child], slot);
            slot = child;
        }
        Put(thread, slot);
    }

    private void Put(GuestThread thread, int slot)
    {
        _heap[slot] = thread;
        thread.Slot = slot;
    }
}
