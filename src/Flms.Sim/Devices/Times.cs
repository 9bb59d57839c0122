namespace Flms.Sim.Devices;

/// <summary>Times in line, first in, first out. Grows to what it once had to hold, and never shrinks.</summary>
internal sealed class Times
{
    private long[] _times = new long[16];
    private int _head;

    public int Count { get; private set; }

    public long First => _times[_head];

    public void Add(long time)
    {
        if (Count == _times.Length) Grow();
        _times[(_head + Count++) & (_times.Length - 1)] = time;
    }

    public long Take()
    {
        var time = _times[_head];
        _head = (_head + 1) & (_times.Length - 1);
        Count--;
        return time;
    }

    private void Grow()
    {
        var times = new long[_times.Length * 2];
        for (var i = 0; i < Count; i++) times[i] = _times[(_head + i) & (_times.Length - 1)];
        (_times, _head) = (times, 0);
    }
}
