namespace Flms.Agent.Linux;

/// <summary>The events of the kernel's scheduler, of all threads of this host, as they come.</summary>
public interface ISchedEvents : IDisposable
{
    /// <summary>The clock of the events: ns of the monotonic clock.</summary>
    long Now { get; }

    /// <summary>From now on events are kept until they are taken.</summary>
    void Start();

    /// <summary>From now on none are reported; those that are there can still be taken.</summary>
    void Stop();

    /// <summary>Waits until there are many events, or so long.</summary>
    /// <param name="milliseconds">The longest time.</param>
    void Wait(int milliseconds);

    /// <summary>Takes all events that are there.</summary>
    /// <param name="into">They are put behind what is in it: pCPU after pCPU, and of each in order of time.</param>
    void Take(SchedRecords into);

    /// <summary>How many events were lost since <see cref="Start"/>, as far as the kernel tells it at all; more than
    /// the notes that were taken if the last ones were lost with nothing behind them.</summary>
    long Lost { get; }
}

/// <summary>Events in a row, without a copy for each reader.</summary>
public sealed class SchedRecords
{
    private SchedRecord[] _records = new SchedRecord[4096];

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public ref SchedRecord this[int place] => ref _records[place];

    /// <summary>One more at the end, cleared.</summary>
    public ref SchedRecord Add()
    {
        if (Count == _records.Length) Array.Resize(ref _records, Count * 2);
        ref var record = ref _records[Count++];
        record = default;
        return ref record;
    }

    /// <summary>Takes the last away.</summary>
    public void RemoveLast() => Count--;

    /// <summary>None are left.</summary>
    public void Clear() => Count = 0;
}
