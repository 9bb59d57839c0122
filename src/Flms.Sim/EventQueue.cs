using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flms.Core;

namespace Flms.Sim;

/// <summary>The next event of each entity, and which of them comes first.</summary>
/// <remarks>
/// <para><i>Theory of operation.</i> An entity (a pCPU, a guest's alarm, a policy's timer) has at most one pending
/// event: one slot, which may be set again at any moment. The slots are the leaves of a 4-ary tournament tree of 8-byte
/// keys, <c>time &lt;&lt; 16 | entity</c>; every inner node holds the least key below it, so the root is the next
/// event. Setting a slot walks from its leaf to the root: one load of three neighbours and three minima a level, no
/// branch that depends on data, and only one of the minima waits for the level below. Firing an event and setting the
/// entity's next one is a single walk, and so is moving or cancelling one: no dead entry ever has to be popped.</para>
/// <para><i>Ties.</i> At equal times the entity with the lower number comes first. The order is total, so no counter of
/// insertions is needed and results do not depend on the history of the queue.</para>
/// <para><i>Rejected.</i> A binary heap with lazy deletion pops twice for each preempted slice; an indexed heap writes
/// back a position for every move; a calendar queue is faster with a million events, which no host has.</para>
/// <para>Range: times below 2^47 ns (39 hours); at most 65,536 entities.</para>
/// </remarks>
public sealed class EventQueue
{
    private const int EntityBits = 16;
    private const long EntityMask = (1L << EntityBits) - 1;

    /// <summary>What an empty slot holds: later than every event.</summary>
    public const long NoEvent = long.MaxValue;

    /// <summary>The most entities one queue can hold.</summary>
    public const int MaxEntities = 1 << EntityBits;

    /// <summary>The latest moment that an event can have; anything later counts as never.</summary>
    public static readonly Instant Horizon = new((1L << (63 - EntityBits)) - 1);

    // Level k of the tree lies at [4^k, 2*4^k), so the parent of i is i/4 and its neighbours are i^1, i^2, i^3.
    private readonly long[] _tree;
    private readonly int _leaves;

    /// <summary>A queue with every slot empty.</summary>
    /// <param name="entities">Entities are 0 to this less one; 1 to <see cref="MaxEntities"/>.</param>
    public EventQueue(int entities)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(entities, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entities, MaxEntities);
        _leaves = 4;
        while (_leaves < entities) _leaves *= 4;
        _tree = new long[2 * _leaves];
        Array.Fill(_tree, NoEvent);
    }

    /// <summary>The key of the next event, or <see cref="NoEvent"/>. Compare it with a later reading to see whether it
    /// is still due.</summary>
    public long Next => _tree[1];

    /// <summary>The time of the event with this key; beyond <see cref="Horizon"/> for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long TimeOf(long key) => key >> EntityBits;

    /// <summary>The entity of the event with this key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int EntityOf(long key) => (int)(key & EntityMask);

    /// <summary>Sets the entity's event, in place of the one it had.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="at">When, in ns; beyond <see cref="Horizon"/> empties the slot.</param>
    public void Set(int entity, long at) =>
        Place(entity, at > Horizon.Ns ? NoEvent : at << EntityBits | (long)entity);

    /// <summary>Empties the entity's slot.</summary>
    public void Clear(int entity) => Place(entity, NoEvent);

    /// <summary>When the entity's event is due, in ns; beyond <see cref="Horizon"/> if it has none.</summary>
    public long DueAt(int entity) => TimeOf(_tree[_leaves + entity]);

    private void Place(int entity, long key)
    {
        ref var tree = ref MemoryMarshal.GetArrayDataReference(_tree);
        var i = (nint)(_leaves + entity);
        Unsafe.Add(ref tree, i) = key;
        while (i > 1)
        {
            var two = Min(Unsafe.Add(ref tree, i ^ 1), Unsafe.Add(ref tree, i ^ 2));
            var others = Min(two, Unsafe.Add(ref tree, i ^ 3));
            key = Min(key, others);
            i >>= 2;
            Unsafe.Add(ref tree, i) = key;
        }
    }

    // Keys are never negative, so their difference cannot overflow and its sign says which is less. Written as
    // arithmetic because a branch here would be taken at random: about 20 cycles each time it is guessed wrong.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Min(long a, long b)
    {
        var d = unchecked(a - b);
        return unchecked(b + (d & (d >> 63)));
    }
}
