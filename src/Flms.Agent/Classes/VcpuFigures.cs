using Flms.Agent.Sampling;

namespace Flms.Agent.Classes;

/// <summary>How a vCPU behaves, averaged: the figures behind its class. Whole numbers throughout.</summary>
/// <remarks>
/// None of them depends on how the agent itself schedules the vCPU: work is told by wake-up, not by timeslice, since
/// shorter slices make more timeslices of the same work; and demand counts time that the vCPU waited. Otherwise the
/// agent would classify its own doings, and a class could keep itself up.
/// </remarks>
public struct VcpuFigures
{
    /// <summary>Fraction bits of the averages, so that small changes are not lost in rounding.</summary>
    private const int Bits = 8;

    private const int Gain = 8; // of the average: 1/8, as in equations 1 and 2

    private long _run;    // thousandths of a pCPU
    private long _wait;   // likewise
    private long _wakes;  // a second
    private long _device; // a second
    private bool _any;

    /// <summary>Time it ran: thousandths of a pCPU.</summary>
    public readonly long Run => _run >> Bits;

    /// <summary>Time it ran or waited for a pCPU: thousandths of a pCPU.</summary>
    public readonly long Demand => (_run + _wait) >> Bits;

    /// <summary>Time it waited for a pCPU ("CPU ready", steal): thousandths of the time.</summary>
    public readonly long Wait => _wait >> Bits;

    /// <summary>How often it woke, a second: as often as it went to sleep.</summary>
    public readonly long Wakes => _wakes >> Bits;

    /// <summary>How often the threads woke that serve the VM's devices, all of them together, a second.</summary>
    public readonly long DeviceWakes => _device >> Bits;

    /// <summary>How long it runs when it wakes, in ns; <see cref="long.MaxValue"/> if it never sleeps.</summary>
    public readonly long WorkNs => _wakes == 0 ? _run == 0 ? 0 : long.MaxValue : 1_000_000 * _run / _wakes;

    /// <summary>Takes in a period.</summary>
    /// <param name="sample">What the vCPU did.</param>
    /// <param name="deviceRate">How often the threads that serve the VM's devices go to sleep, in thousandths a
    /// second.</param>
    public void Add(in ThreadSample sample, long deviceRate)
    {
        if (!sample.Any) return;
        var ns = sample.ElapsedNs;
        Average(ref _run, Scaled(sample.RunNs, 1000, ns));
        Average(ref _wait, Scaled(sample.WaitNs, 1000, ns));
        Average(ref _wakes, Scaled(sample.SleepRate, 1, 1000));
        Average(ref _device, Scaled(deviceRate, 1, 1000));
        _any = true;
    }

    private readonly void Average(ref long average, long value) =>
        average = _any ? average + (value - average) / Gain : value;

    private static long Scaled(long x, long by, long over) => (long)(((Int128)Math.Max(0, x) * by << Bits) / over);
}
