namespace Flms.Sim.Workloads;

/// <summary>Times that wait in line, first in, first out: what a device's ring holds. Never allocates after
/// construction.</summary>
internal sealed class Ring(int capacity)
{
    private readonly long[] _times = new long[capacity];
    private int _head;

    public int Count { get; private set; }

    public bool IsFull => Count == _times.Length;

    public long First => _times[_head];

    public void Add(long time) => _times[(_head + Count++) % _times.Length] = time;

    public long Take()
    {
        var time = _times[_head];
        _head = (_head + 1) % _times.Length;
        Count--;
        return time;
    }
}
