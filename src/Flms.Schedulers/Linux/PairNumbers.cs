using Flms.Core;

namespace Flms.Schedulers.Linux;

/// <summary>Numbers for pairs of numbers, 0, 1, 2... in the order in which they come: so that what is kept for each
/// pair takes room only for those that have come.</summary>
/// <remarks>A table with open addressing, at most half full. It grows when a pair comes, never when one is looked up.
/// </remarks>
internal sealed class PairNumbers
{
    private struct Slot
    {
        public int Pair;    // + 1; 0 for none
        public int Number;
    }

    private readonly int _width;
    private Slot[] _slots;
    private int _shift;

    /// <summary>No pair.</summary>
    /// <param name="width">The second of a pair is 0 to this less one; its product with the number of firsts fits into
    /// 31 bits.</param>
    /// <param name="room">So many pairs can come before it grows, 1 or more.</param>
    public PairNumbers(int width, int room)
    {
        _width = width;
        _slots = Table(room);
    }

    /// <summary>How many pairs have come.</summary>
    public int Count { get; private set; }

    /// <summary>The number of a pair; -1 if it has not come.</summary>
    public int Of(int first, int second)
    {
        var pair = first * _width + second + 1;
        var at = Home(pair);
        while (true)
        {
            ref readonly var slot = ref _slots[at];
            if (slot.Pair == pair) return slot.Number;
            if (slot.Pair == 0) return -1;
            at = (at + 1) & (_slots.Length - 1);
        }
    }

    /// <summary>A pair comes that has not come before.</summary>
    /// <returns>Its number.</returns>
    public int Add(int first, int second)
    {
        Check.That(Of(first, second) < 0, "P2");
        if (2 * (Count + 1) > _slots.Length)
        {
            var old = _slots;
            _slots = Table(_slots.Length);
            foreach (var slot in old)
                if (slot.Pair != 0) Put(slot);
        }
        Put(new() { Pair = checked(first * _width + second + 1), Number = Count });
        return Count++;
    }

    private void Put(Slot slot)
    {
        var at = Home(slot.Pair);
        while (_slots[at].Pair != 0) at = (at + 1) & (_slots.Length - 1);
        _slots[at] = slot;
    }

    private Slot[] Table(int room)
    {
        var bits = 1;
        while (1 << bits < 2 * room) bits++;
        _shift = 32 - bits;
        return new Slot[1 << bits];
    }

    private int Home(int pair) => (int)(unchecked((uint)pair * 0x9E37_79B1u) >> _shift);
}
