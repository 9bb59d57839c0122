using Flms.Core;

namespace Flms.Schedulers.Flms;

/// <summary>Measures the samples of <see cref="LoadEstimate"/> from the vCPUs' changes of state.</summary>
/// <remarks>
/// It counts how many vCPUs of each group run and wait, and integrates the counts over time, so that a change costs
/// the same however many vCPUs there are, and vCPUs that run across the end of a period are cut exactly.
/// </remarks>
public sealed class LoadMeter
{
    private struct Side
    {
        public long Running;
        public long Waiting;
        public long RunNs;
        public long WaitNs;
        public Instant Since;
    }

    private readonly Side[] _sides = new Side[2];

    /// <summary>So many more (or fewer) vCPUs of a group run, and so many more (or fewer) wait, from now on.</summary>
    /// <param name="io">Are they on I/O duty (else: compute)?</param>
    /// <param name="running">Change of the number that run.</param>
    /// <param name="waiting">Change of the number that wait for a pCPU; parked vCPUs do not wait.</param>
    /// <param name="now">The time; never earlier than at the last call.</param>
    public void Change(bool io, int running, int waiting, Instant now)
    {
        ref var side = ref _sides[io ? 1 : 0];
        Advance(ref side, now);
        side.Running += running;
        side.Waiting += waiting;
    }

    /// <summary>Ends a period: what happened in it. The next begins at <paramref name="now"/>.</summary>
    public LoadSample Take(Instant now)
    {
        Advance(ref _sides[0], now);
        Advance(ref _sides[1], now);
        var sample = new LoadSample(
            new(_sides[1].RunNs), new(_sides[1].WaitNs), new(_sides[0].RunNs), new(_sides[0].WaitNs));
        (_sides[0].RunNs, _sides[0].WaitNs) = (0, 0);
        (_sides[1].RunNs, _sides[1].WaitNs) = (0, 0);
        return sample;
    }

    private static void Advance(ref Side side, Instant now)
    {
        var elapsed = (now - side.Since).Ns;
        side.RunNs += side.Running * elapsed;
        side.WaitNs += side.Waiting * elapsed;
        side.Since = now;
    }
}
