using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>How the remote client spaces its requests.</summary>
public enum Spacing : byte
{
    /// <summary>Uniform between the least and the greatest interval; periodic if they are equal.</summary>
    Uniform,

    /// <summary>Poisson: exponential intervals with the mean of the two.</summary>
    Poisson,
}

/// <summary>A remote client sends echo requests; the guest answers them in interrupt context; the client
/// measures.</summary>
/// <remarks>
/// The client is another machine: it sends whatever state the guest is in. A request that finds its vCPU running
/// interrupts the guest's threads; one that finds it blocked wakes it; one that finds it waiting for a pCPU waits
/// with it (spec/xen.md 5, items 1 and 2). Round trip = network there + wait + answer + network back.
/// </remarks>
public sealed record PingSetup : WorkloadSetup
{
    /// <summary>The vCPU that takes the device's interrupts. Default 0 (spec/xen.md 5, item 1).</summary>
    [Option("The vCPU that takes the interrupts.", "spec/xen.md 5, item 1: default 0", Min = "0")]
    public override int? Vcpu { get; init; } = 0;

    /// <summary>Least time from one request to the next. Default 18 ms.</summary>
    [Option("Least time from one request to the next.", "spec/xen.md 6.3: 18 to 55 ms", Min = "1us")]
    public Duration IntervalMin { get; init; } = 18.Ms;

    /// <summary>Greatest time from one request to the next. Default 55 ms.</summary>
    [Option("Greatest time from one request to the next.", "spec/xen.md 6.3: 18 to 55 ms", Min = "1us")]
    public Duration IntervalMax { get; init; } = 55.Ms;

    /// <summary>How requests are spaced. Default: uniform.</summary>
    [Option("How requests are spaced.", "spec/xen.md 6.3: random between two bounds")]
    public Spacing Spacing { get; init; } = Spacing.Uniform;

    /// <summary>CPU time that one answer takes in the guest. Default 30 us.</summary>
    [Option("CPU time that one answer takes in the guest.", "spec/xen.md 6.3: 30 us", Min = "1ns")]
    public Duration Work { get; init; } = 30.Us;

    /// <summary>Time on the network, each way. Default 0.</summary>
    [Option("Time on the network, each way.", "spec/xen.md 6.3: none", Min = "0", Max = "10s")]
    public Duration Network { get; init; } = Duration.Zero;

    /// <inheritdoc />
    public override string RoundTrip => "ping.rtt";

    /// <inheritdoc />
    public override string? Problem() => IntervalMin <= IntervalMax ? null
        : $"interval_min is {IntervalMin}, longer than interval_max, which is {IntervalMax}";

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Ping(this, random);
}

internal sealed class Ping(PingSetup setup, RandomStream random) : Workload
{
    // Requests that have reached the guest and are not answered; a full ring drops, as a network card's does.
    private readonly long[] _sentAt = new long[1024];
    private readonly Histogram _roundTrips = new();
    private int _head;
    private int _waiting;
    private long _lost;

    public override Urgency Urgency => Urgency.Interrupt;

    public override string Measure => setup.RoundTrip;

    public override Histogram Samples => _roundTrips;

    public override long Lost => _lost;

    protected internal override void Start(Instant now) => AlarmAt(now + Interval() + setup.Network);

    protected internal override void AlarmFired(Instant now)
    {
        AlarmAt(now + Interval());
        if (_waiting == _sentAt.Length)
        {
            _lost++;
            return;
        }
        DeviceEvent();
        _sentAt[(_head + _waiting) % _sentAt.Length] = now.Ns - setup.Network.Ns;
        if (_waiting++ == 0) Want(setup.Work);
    }

    protected internal override void WorkDone(Instant now)
    {
        var answered = now + setup.Network;
        _roundTrips.Record(answered - new Instant(_sentAt[_head]));
        _head = (_head + 1) % _sentAt.Length;
        if (--_waiting > 0) Want(setup.Work);
    }

    protected internal override void ResetSamples()
    {
        base.ResetSamples();
        _lost = 0;
    }

    private Duration Interval() => setup.Spacing == Spacing.Poisson
        ? random.Exponential((setup.IntervalMin + setup.IntervalMax) / 2)
        : setup.IntervalMin == setup.IntervalMax ? setup.IntervalMin
        : random.Uniform(setup.IntervalMin, setup.IntervalMax);
}
