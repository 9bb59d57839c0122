using Flms.Sim;

namespace Flms.Bench.Peers;

/// <summary>The workload <c>hold</c> of spec/peers.md section 1, for an event queue alone: some events are pending, and
/// each plans itself anew as it comes.</summary>
public static class Hold
{
    private static readonly long[] _delays = Delays();

    /// <summary>Runs it on <see cref="EventQueue"/>.</summary>
    /// <param name="pending">How many events are pending at any time; 1 to
    /// <see cref="EventQueue.MaxEntities"/>.</param>
    /// <param name="events">How many come.</param>
    /// <returns>The time of the last, in ns.</returns>
    public static long Run(int pending, long events)
    {
        var queue = new EventQueue(pending);
        for (var e = 0; e < pending; e++) queue.Set(e, _delays[e & 4095]);
        var last = 0L;
        var next = pending;
        while (events > 0)
        {
            var some = (int)Math.Min(events, 1000);
            last = RunSome(queue, ref next, some);
            events -= some;
        }
        return last;
    }

    private static long RunSome(EventQueue queue, ref int next, int events)
    {
        var at = 0L;
        for (; events > 0; events--)
        {
            var key = queue.Next;
            at = EventQueue.TimeOf(key);
            queue.Set(EventQueue.EntityOf(key), at + _delays[next++ & 4095]);
        }
        return at;
    }

    // Uniform over 1 to 2^20.
    private static long[] Delays()
    {
        var delays = new long[4096];
        var x = 88_172_645_463_325_252UL;
        for (var i = 0; i < delays.Length; i++)
        {
            x ^= x >> 12;
            x ^= x << 25;
            x ^= x >> 27;
            delays[i] = 1 + (long)(unchecked(x * 2_685_821_657_736_338_717UL) >> 44);
        }
        return delays;
    }
}
