namespace Flms.Schedulers.Mechanisms;

/// <summary>Which members a search of an <see cref="IndexHeap{TKey}"/> may return.</summary>
public interface IMemberFilter
{
    /// <summary>May it be returned?</summary>
    bool Allows(int member);
}

/// <summary>Some of the numbers 0 to n-1, each with a key: the least key is found at once.</summary>
/// <remarks>
/// <para>A binary heap that knows where each member stands, so that any member can be taken out or given another key in
/// a number of steps that grows with the logarithm of the members. Of equal keys the lowest number comes first. For
/// queues by deadline, budget or virtual time. Nothing is allocated after construction.</para>
/// <para>A sorted list, as Xen's, would be walked at each insertion: with 512 vCPUs in one global queue that is the
/// greater part of an event.</para>
/// </remarks>
/// <typeparam name="TKey">The order. A struct, so that comparisons are compiled in place.</typeparam>
public sealed class IndexHeap<TKey> where TKey : struct, IComparable<TKey>
{
    private const int Off = -1;
    private readonly (TKey Key, int Member)[] _slots;
    private readonly int[] _slotOf;

    /// <summary>An empty heap.</summary>
    /// <param name="members">Members are 0 to this less one.</param>
    public IndexHeap(int members)
    {
        _slots = new (TKey, int)[members];
        _slotOf = new int[members];
        Array.Fill(_slotOf, Off);
    }

    /// <summary>How many are in it.</summary>
    public int Count { get; private set; }

    /// <summary>Is it in the heap?</summary>
    public bool Contains(int member) => _slotOf[member] != Off;

    /// <summary>The key of one that is in the heap.</summary>
    public TKey KeyOf(int member) => _slots[_slotOf[member]].Key;

    /// <summary>The one with the least key; -1 if there is none.</summary>
    public int First() => Count == 0 ? -1 : _slots[0].Member;

    /// <summary>The one with the least key among those that the filter allows; -1 if there is none.</summary>
    /// <remarks>Looks at those with lesser keys that the filter refuses, and at nobody behind the one found but their
    /// neighbours: at once where everybody is allowed.</remarks>
    public int First<TFilter>(TFilter filter) where TFilter : struct, IMemberFilter
    {
        var found = Off;
        Search(0, ref filter, ref found);
        return found == Off ? -1 : _slots[found].Member;
    }

    /// <summary>Puts one in, or gives one that is in it another key.</summary>
    public void Set(int member, TKey key)
    {
        var slot = _slotOf[member];
        if (slot == Off) slot = Count++;
        _slots[slot] = (key, member);
        _slotOf[member] = slot;
        if (!Rise(slot)) Sink(slot);
    }

    /// <summary>Takes one out that may be in it.</summary>
    /// <returns>Whether it was.</returns>
    public bool Remove(int member)
    {
        var slot = _slotOf[member];
        if (slot == Off) return false;
        _slotOf[member] = Off;
        var last = _slots[--Count];
        if (slot == Count) return true;
        _slots[slot] = last;
        _slotOf[last.Member] = slot;
        if (!Rise(slot)) Sink(slot);
        return true;
    }

    private void Search<TFilter>(int slot, ref TFilter filter, ref int found) where TFilter : struct, IMemberFilter
    {
        if (slot >= Count || (found != Off && !Before(slot, found))) return;
        if (filter.Allows(_slots[slot].Member))
        {
            found = slot;
            return;
        }
        Search(2 * slot + 1, ref filter, ref found);
        Search(2 * slot + 2, ref filter, ref found);
    }

    private bool Before(int a, int b)
    {
        var order = _slots[a].Key.CompareTo(_slots[b].Key);
        return order != 0 ? order < 0 : _slots[a].Member < _slots[b].Member;
    }

    private bool Rise(int slot)
    {
        var from = slot;
        while (slot > 0 && Before(slot, (slot - 1) / 2))
        {
            Swap(slot, (slot - 1) / 2);
            slot = (slot - 1) / 2;
        }
        return slot != from;
    }

    private void Sink(int slot)
    {
        while (true)
        {
            var child = 2 * slot + 1;
            if (child >= Count) return;
            if (child + 1 < Count && Before(child + 1, child)) child++;
            if (!Before(child, slot)) return;
            Swap(slot, child);
            slot = child;
        }
    }

    private void Swap(int a, int b)
    {
        (_slots[a], _slots[b]) = (_slots[b], _slots[a]);
        _slotOf[_slots[a].Member] = a;
        _slotOf[_slots[b].Member] = b;
    }
}
