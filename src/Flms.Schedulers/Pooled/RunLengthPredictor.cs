using Flms.Core;

namespace Flms.Schedulers.Pooled;

/// <summary>Predicts the next of a row of states from the present one and how long it has lasted.</summary>
/// <remarks>
/// AsymSched's RLE predictor (spec/compared-systems.md 2.11): a table, found by a hash of (state, run length), that
/// remembers which state came after. Where it has no entry of just that state and length it predicts that the state
/// stays. An entry is written when a state ends, and mended when it had predicted an end that did not come.
/// </remarks>
public sealed class RunLengthPredictor
{
    private struct Entry
    {
        public int State;
        public int Length;      // 0: never written
        public int Next;
    }

    private readonly Entry[] _table;
    private int _state = -1;
    private int _length;

    /// <summary>A predictor that has seen nothing.</summary>
    /// <param name="entries">How many entries the table has; at least 1. A new one that falls on an old one replaces
    /// it.</param>
    public RunLengthPredictor(int entries)
    {
        Check.That(entries > 0);
        _table = new Entry[entries];
    }

    /// <summary>The present state; -1 before the first.</summary>
    public int State => _state;

    /// <summary>How often in a row it was seen.</summary>
    public int Length => _length;

    /// <summary>The state that is expected next; -1 before the first.</summary>
    public int Prediction
    {
        get
        {
            if (_length == 0) return _state;
            ref readonly var entry = ref EntryOf(_state, _length);
            return Matches(entry) ? entry.Next : _state;
        }
    }

    /// <summary>Tells it the next state.</summary>
    /// <param name="state">0 or more.</param>
    public void Observe(int state)
    {
        Check.That(state >= 0);
        if (_length > 0)
        {
            ref var entry = ref EntryOf(_state, _length);
            if (state != _state || Matches(entry)) entry = new() { State = _state, Length = _length, Next = state };
        }
        _length = state == _state ? _length + 1 : 1;
        _state = state;
    }

    private bool Matches(in Entry entry) => entry.Length == _length && entry.State == _state;

    // Two primes mix the pair; the table's size takes what it needs.
    private ref Entry EntryOf(int state, int length) =>
        ref _table[(int)(unchecked((uint)state * 2_654_435_761u ^ (uint)length * 40_503u) % (uint)_table.Length)];
}
