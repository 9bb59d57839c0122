using Flms.Core;

namespace Flms.Schedulers.Flms;

/// <summary>Measures the samples of <see cref="LoadEstimate"/> from the vCPUs' changes of state.</summary>
/// <remarks>
/// It counts how many vCPUs of each group run and wait, and integrates the counts over time, so that a change costs
/// the same however many vCPUs there are, and vCPUs that run across the end of a period are cut exactly. The integral
/// is kept less <c>count * now</c>, so that it changes only where a count does. That may exceed 64 bits, and so is
/// reckoned modulo 2^64: a sample fits, and comes out exact.
/// </remarks>
public sealed class LoadMeter
{
    private struct Side
    {
        public long Running;
        public long Waiting;
        public long RunNs;      // of the period, less Running * now
        public long WaitNs;     // of the period, less Waiting * now
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
        side.Running += running;
        side.Waiting += waiting;
        unchecked
        {
            side.RunNs -= running * now.Ns;
            side.WaitNs -= waiting * now.Ns;
        }
    }

    /// <summary>Ends a period: what happened in it. The next begins at <paramref name="now"/>.</summary>
    public LoadSample Take(Instant now)
    {
        var (ioRun, ioWait) = Take(ref _sides[1], now);
        var (cpuRun, cpuWait) = Take(ref _sides[0], now);
        return new(ioRun, ioWait, cpuRun, cpuWait);
    }

    private static (Duration Run, Duration Wait) Take(ref Side side, Instant now)
    {
        unchecked
        {
            var (running, waiting) = (side.Running * now.Ns, side.Waiting * now.Ns);
            var sample = (new Duration(side.RunNs + running), new Duration(side.WaitNs + waiting));
            (side.RunNs, side.WaitNs) = (-running, -waiting);
            return sample;
        }
    }
}
