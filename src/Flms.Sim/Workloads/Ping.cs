using Flms.Core;
using Flms.Sim.Network;

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
/// with it (spec/xen.md 5, items 1 and 2). Round trip = network there + wait + answer + network back. In a domain that
/// has a network the requests go through its path (docs/io-paths.md), on top of which the answer takes its work; the
/// setting <c>network</c> then counts for nothing.
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

internal sealed class Ping : Workload, IGuestEnd
{
    private const int Bytes = 64; // as ping sends by default, with its header

    // Requests that have reached the guest and are not answered; a full ring drops, as a network card's does.
    private readonly long[] _sentAt = new long[1024];
    private readonly Histogram _roundTrips = new();
    private readonly PingSetup _setup;
    private readonly RandomStream _random;
    private readonly Flow _flow;
    private int _head;
    private int _waiting;
    private long _lost;

    public Ping(PingSetup setup, RandomStream random)
    {
        (_setup, _random) = (setup, random);
        _flow = new(this, new Client(this));
        Flows = [_flow];
    }

    public override Urgency Urgency => Urgency.Interrupt;

    public override string Measure => _setup.RoundTrip;

    public override Histogram Samples => _roundTrips;

    public override long Lost => _lost + _flow.Lost;

    protected internal override IReadOnlyList<Flow> Flows { get; }

    protected internal override void Start(Instant now)
    {
        if (!_flow.Connected) AlarmAt(now + Interval() + _setup.Network);
    }

    protected internal override void AlarmFired(Instant now)
    {
        if (_flow.Connected)
        {
            Want(_setup.Work);
            return;
        }
        AlarmAt(now + Interval());
        if (IsFull()) return;
        DeviceEvent();
        Add(now.Ns - _setup.Network.Ns);
        if (_waiting == 1) Want(_setup.Work);
    }

    public void AtGuest(in Packet packet, Instant now)
    {
        if (IsFull()) return;
        Add(packet.Tag);
        if (_waiting > 1) return;
        if (Vcpu == _flow.InterruptVcpu) Want(_setup.Work);
        else AlarmAt(now);
    }

    protected internal override void WorkDone(Instant now)
    {
        var sentAt = _sentAt[_head];
        _head = (_head + 1) % _sentAt.Length;
        if (_flow.Connected) _flow.SendToRemote(Vcpu, Bytes, sentAt, now);
        else _roundTrips.Record(now + _setup.Network - new Instant(sentAt));
        if (--_waiting > 0) Want(_setup.Work);
    }

    protected internal override void ResetSamples()
    {
        base.ResetSamples();
        _lost = 0;
    }

    private bool IsFull()
    {
        if (_waiting < _sentAt.Length) return false;
        _lost++;
        return true;
    }

    private void Add(long sentAt) => _sentAt[(_head + _waiting++) % _sentAt.Length] = sentAt;

    private Duration Interval() => _setup.Spacing == Spacing.Poisson
        ? _random.Exponential((_setup.IntervalMin + _setup.IntervalMax) / 2)
        : _setup.IntervalMin == _setup.IntervalMax ? _setup.IntervalMin
        : _random.Uniform(_setup.IntervalMin, _setup.IntervalMax);

    // Where the domain has a network: the program on the remote host. The tag says when the request was sent.
    private sealed class Client(Ping of) : RemoteEnd
    {
        protected internal override void Start(Instant now) => AlarmAt(now + of.Interval());

        protected internal override void AlarmFired(Instant now)
        {
            AlarmAt(now + of.Interval());
            Flow.SendToGuest(Bytes, now.Ns, now);
        }

        protected internal override void AtRemote(in Packet packet, Instant now) =>
            of._roundTrips.Record(now - new Instant(packet.Tag));
    }
}
