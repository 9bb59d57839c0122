using Flms.Agent.Discovery;
using Flms.Agent.Linux;
using Flms.Core;

namespace Flms.Agent.Sampling;

/// <summary>Reads the kernel's counters of many threads, once a period.</summary>
/// <remarks>
/// Each thread has a slot with two files kept open: schedstat (run, wait, timeslices) and status (switches). The second
/// is long, and costs the kernel four times as much as the first; so it is read in each of a thread's first two
/// periods, and then in every fourth, a quarter of the threads at a time. Nothing is allocated. A kept file never tells
/// of another thread that was given the same number (<see cref="ISystemFiles"/>): its reads fail, and the slot says
/// <see cref="IsGone"/>.
/// </remarks>
/// <param name="files">The machine's files.</param>
public sealed class Sampler(ISystemFiles files) : IDisposable
{
    private struct Slot
    {
        public VmThread? Thread;
        public int Schedstat;
        public int Status;
        public bool Gone;
        public int Reads;              // of status
        public long At;                // when schedstat was last read, ns
        public long SwitchesAt;        // when status was
        public ThreadCounters Counted; // then
        public ThreadSample Sample;
    }

    private const int Turns = 4;

    private readonly byte[] _text = new byte[16 << 10];
    private Slot[] _slots = new Slot[64];
    private int _used; // slots at and above it were never used
    private int _turn; // whose switches are read in this period

    /// <summary>How many reads have failed other than because a thread had ended.</summary>
    public long Faults { get; private set; }

    /// <summary>How many threads are read.</summary>
    public int Count { get; private set; }

    /// <summary>Begins to read a thread.</summary>
    /// <param name="thread">Which.</param>
    /// <param name="slot">Its number here, until it is removed; dense from 0, the lowest free.</param>
    /// <returns>0; or the negative error number, and nothing was begun.</returns>
    public int Add(VmThread thread, out int slot)
    {
        slot = -1;
        var schedstat = files.Open(thread.FileFolder + "/schedstat");
        if (schedstat < 0) return schedstat;
        var status = files.Open(thread.FileFolder + "/status");
        var error = status < 0 ? status : Check(thread);
        if (error < 0)
        {
            files.Close(schedstat);
            if (status >= 0) files.Close(status);
            return error;
        }
        slot = 0;
        while (slot < _used && _slots[slot].Thread != null) slot++;
        if (slot == _slots.Length) Array.Resize(ref _slots, 2 * _slots.Length);
        _used = Math.Max(_used, slot + 1);
        _slots[slot] = new() { Thread = thread, Schedstat = schedstat, Status = status };
        Count++;
        return 0;
    }

    /// <summary>Ends reading a thread.</summary>
    public void Remove(int slot)
    {
        ref var s = ref _slots[slot];
        files.Close(s.Schedstat);
        files.Close(s.Status);
        s = default;
        Count--;
    }

    /// <summary>Reads every thread.</summary>
    /// <param name="now">The time, on a clock that only grows.</param>
    public void Sample(Instant now)
    {
        _turn = (_turn + 1) % Turns;
        for (var i = 0; i < _used; i++)
        {
            ref var s = ref _slots[i];
            if (s.Thread == null || s.Gone) continue;
            var (sleeps, preemptions) = (s.Sample.SleepRate, s.Sample.PreemptionRate);
            s.Sample = new() { SleepRate = sleeps, PreemptionRate = preemptions };
            var error = ReadTimes(ref s, now.Ns);
            if (error == 0 && (s.Reads < 2 || i % Turns == _turn)) error = ReadSwitches(ref s, now.Ns);
            if (error == 0) continue;
            s.Sample.ElapsedNs = 0;
            if (Errno.IsGone(error)) s.Gone = true;
            else Faults++;
        }
    }

    /// <summary>What the thread did in the last period.</summary>
    public ref readonly ThreadSample Of(int slot) => ref _slots[slot].Sample;

    /// <summary>Everything that was counted of the thread, as last read.</summary>
    public ref readonly ThreadCounters TotalOf(int slot) => ref _slots[slot].Counted;

    /// <summary>Has the thread ended?</summary>
    public bool IsGone(int slot) => _slots[slot].Gone;

    /// <inheritdoc />
    public void Dispose()
    {
        for (var i = 0; i < _used; i++)
            if (_slots[i].Thread != null) Remove(i);
    }

    // The files were opened by number: if that had been given to another thread since it was found, they are its files.
    private int Check(VmThread thread)
    {
        var n = files.ReadOnce(thread.FileFolder + "/stat", _text);
        if (n < 0) return n;
        return ProcText.TryStat(_text.AsSpan(0, n), out var stat) && stat.Started == thread.Id.Started
            ? 0 : -Errno.NoProcess;
    }

    private int ReadTimes(ref Slot s, long now)
    {
        var n = files.Read(s.Schedstat, _text);
        if (n < 0) return n;
        if (!ProcText.TryScheduleStatistics(_text.AsSpan(0, n), out var run, out var wait, out var slices))
            return -Errno.Invalid;
        if (s.At > 0 && now > s.At)
        {
            s.Sample.ElapsedNs = now - s.At;
            s.Sample.RunNs = run - s.Counted.RunNs;
            s.Sample.WaitNs = wait - s.Counted.WaitNs;
            s.Sample.Timeslices = slices - s.Counted.Timeslices;
        }
        (s.Counted.RunNs, s.Counted.WaitNs, s.Counted.Timeslices) = (run, wait, slices);
        s.At = now;
        return 0;
    }

    private int ReadSwitches(ref Slot s, long now)
    {
        var n = files.Read(s.Status, _text);
        if (n < 0) return n;
        var text = _text.AsSpan(0, n);
        if (!ProcText.TryValue(text, "\nvoluntary_ctxt_switches:"u8, out var sleeps)
            || !ProcText.TryValue(text, "\nnonvoluntary_ctxt_switches:"u8, out var preemptions)) return -Errno.Invalid;
        if (s.SwitchesAt > 0 && now > s.SwitchesAt)
        {
            s.Sample.SleepRate = Rate(sleeps - s.Counted.Sleeps, now - s.SwitchesAt);
            s.Sample.PreemptionRate = Rate(preemptions - s.Counted.Preemptions, now - s.SwitchesAt);
        }
        (s.Counted.Sleeps, s.Counted.Preemptions) = (sleeps, preemptions);
        s.SwitchesAt = now;
        s.Reads = Math.Min(s.Reads + 1, 2);
        return 0;
    }

    // Thousandths a second.
    private static long Rate(long count, long ns) => (long)((Int128)count * 1_000_000_000_000 / ns);
}
