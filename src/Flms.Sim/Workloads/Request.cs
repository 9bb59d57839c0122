using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Workloads;

/// <summary>A remote client sends requests; the guest takes the interrupt, and then a thread of it answers.</summary>
/// <remarks>
/// <para>The interrupt part may run on another vCPU than the thread: so it is in a guest that has been changed for
/// vTurbo (spec/compared-systems.md 2.6), whose interrupts go to a vCPU of their own. The thread's part of a request
/// begins when the interrupt part is done, if its vCPU runs then; both parts take requests in turn. What completes in
/// the interrupt part alone, as an ICMP echo does, is <c>ping</c> with <c>vcpu</c>.</para>
/// <para>With <c>outstanding</c> requests the client (or the thread itself, reading a disk) sends the next when it
/// has the answer to one. In a domain that has a network requests and answers go through its path (docs/io-paths.md),
/// on top of which both parts take their work; the setting <c>network</c> then counts for nothing, and a request that
/// the path loses is not sent again. Not modelled: locks that the thread holds when its vCPU is preempted.</para>
/// </remarks>
public sealed record RequestSetup : WorkloadSetup
{
    internal const int RingSize = 1024;
    internal const int Bytes = 64;  // each way, where the domain has a network; as ping

    /// <summary>The vCPU that takes the device's interrupts. Default 0 (spec/xen.md 5, item 1).</summary>
    [Option("The vCPU that takes the interrupts.", "spec/xen.md 5, item 1: default 0", Min = "0")]
    public override int? Vcpu { get; init; } = 0;

    /// <summary>The vCPU of the thread that answers; null, the default, for that of the interrupts.</summary>
    [Option("The vCPU of the thread that answers; without it, the one that takes the interrupts.",
        "spec/compared-systems.md 2.6: another one, for vTurbo", Min = "0")]
    public int? AppVcpu { get; init; }

    /// <summary>Least time from one request to the next. Default 18 ms.</summary>
    [Option("Least time from one request to the next.", "as ping", Min = "1us")]
    public Duration IntervalMin { get; init; } = 18.Ms;

    /// <summary>Greatest time from one request to the next. Default 55 ms.</summary>
    [Option("Greatest time from one request to the next.", "as ping", Min = "1us")]
    public Duration IntervalMax { get; init; } = 55.Ms;

    /// <summary>How requests are spaced. Default: uniform.</summary>
    [Option("How requests are spaced.", "as ping")]
    public Spacing Spacing { get; init; } = Spacing.Uniform;

    /// <summary>How many requests are on their way always, in place of the spacing; 0, the default, for the
    /// spacing.</summary>
    [Option("How many requests are on their way at any time, each sent when one is answered; 0 to send by the "
        + "intervals.", "spec/compared-systems.md 5: closed loops", Min = "0", Max = "1024")]
    public int Outstanding { get; init; }

    /// <summary>CPU time that a request takes in interrupt context. Default 5 us.</summary>
    [Option("CPU time that one request takes in interrupt context.", "spec/compared-systems.md 5: 3 to 10 us",
        Min = "1ns")]
    public Duration InterruptWork { get; init; } = 5.Us;

    /// <summary>CPU time that a request takes in the thread. Default 30 us.</summary>
    [Option("CPU time that one request takes in the thread.", "as ping", Min = "1ns")]
    public Duration Work { get; init; } = 30.Us;

    /// <summary>Time on the network, each way. Default 0.</summary>
    [Option("Time on the network or in the device, each way.", "as ping", Min = "0", Max = "10s")]
    public Duration Network { get; init; } = Duration.Zero;

    /// <inheritdoc />
    public override int HighestVcpu => Math.Max(Vcpu ?? 0, AppVcpu ?? 0);

    /// <inheritdoc />
    public override string RoundTrip => "request.rtt";

    /// <inheritdoc />
    public override string? Problem() => IntervalMin <= IntervalMax ? null
        : $"interval_min is {IntervalMin}, longer than interval_max, which is {IntervalMax}";

    /// <inheritdoc />
    public override bool Pins(int vcpu, int copy) => AppVcpu != null;

    /// <inheritdoc />
    public override int CopiesOn(int vcpu) =>
        (vcpu == (Vcpu ?? 0) ? 1 : 0) + (vcpu == (AppVcpu ?? Vcpu ?? 0) ? 1 : 0);

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new RequestInterrupt(this, random);

    /// <inheritdoc />
    public override Workload Create(RandomStream random, int vcpu, int copy) =>
        vcpu == (Vcpu ?? 0) && copy == 0 ? Create(random) : new RequestThread(this);
}

internal sealed class RequestInterrupt : Workload, IGuestEnd
{
    private readonly RequestSetup _setup;
    private readonly RandomStream _random;
    private readonly Flow _flow;
    private readonly Ring _sentAt = new(RequestSetup.RingSize);
    private readonly Ring _arrivals = new(RequestSetup.RingSize);  // of requests that the client has sent
    private RequestThread _thread = null!;
    private long _lost;

    public RequestInterrupt(RequestSetup setup, RandomStream random)
    {
        (_setup, _random) = (setup, random);
        _flow = new(this, new Client(this));
        Flows = [_flow];
    }

    public override Urgency Urgency => Urgency.Interrupt;

    public override long Lost => _lost + _flow.Lost;

    protected internal override IReadOnlyList<Flow> Flows { get; }

    protected internal override void Start(Instant now)
    {
        foreach (var w in Group)
            if (w is RequestThread thread) _thread = thread;
        _thread.Interrupt = this;
        if (_flow.Connected) return;
        if (_setup.Outstanding == 0) AlarmAt(now + Interval() + _setup.Network);
        else for (var i = 0; i < _setup.Outstanding; i++) Send(now);
    }

    /// <summary>The thread has answered a request. Where there is no network the client has the answer at once, or
    /// after its time there, and may send the next.</summary>
    public void Answer(long sentAt, Instant now)
    {
        if (_flow.Connected)
        {
            _flow.SendToRemote(_thread.Vcpu, RequestSetup.Bytes, sentAt, now);
            return;
        }
        var answered = now + _setup.Network;
        _thread.Record(answered - new Instant(sentAt));
        Send(answered);
    }

    public void AtGuest(in Packet packet, Instant now)
    {
        if (!Add(packet.Tag) || _sentAt.Count > 1) return;
        if (Vcpu == _flow.InterruptVcpu) Want(_setup.InterruptWork);
        else AlarmAt(now);
    }

    protected internal override void AlarmFired(Instant now)
    {
        if (_flow.Connected)
        {
            Want(_setup.InterruptWork);
            return;
        }
        if (_setup.Outstanding == 0)
        {
            AlarmAt(now + Interval());
            Arrive(now);
            return;
        }
        while (_arrivals.Count > 0 && _arrivals.First <= now.Ns) Arrive(new(_arrivals.Take()));
        if (_arrivals.Count > 0) AlarmAt(new(_arrivals.First));
    }

    protected internal override void WorkDone(Instant now)
    {
        if (!_thread.Take(_sentAt.Take(), now)) _lost++;
        if (_sentAt.Count > 0) Want(_setup.InterruptWork);
    }

    protected internal override void ResetSamples() => _lost = 0;

    private void Send(Instant now)
    {
        if (_setup.Outstanding == 0) return;
        var arrival = now + _setup.Network;
        if (_arrivals.Count == 0) AlarmAt(arrival);
        _arrivals.Add(arrival.Ns);
    }

    private void Arrive(Instant now)
    {
        if (!_sentAt.IsFull) DeviceEvent();
        if (Add(now.Ns - _setup.Network.Ns) && _sentAt.Count == 1) Want(_setup.InterruptWork);
    }

    private bool Add(long sentAt)
    {
        if (_sentAt.IsFull)
        {
            _lost++;
            return false;
        }
        _sentAt.Add(sentAt);
        return true;
    }

    private Duration Interval() => _setup.Spacing == Spacing.Poisson
        ? _random.Exponential((_setup.IntervalMin + _setup.IntervalMax) / 2)
        : _setup.IntervalMin == _setup.IntervalMax ? _setup.IntervalMin
        : _random.Uniform(_setup.IntervalMin, _setup.IntervalMax);

    // Where the domain has a network: the program on the remote host. The tag says when the request was sent.
    private sealed class Client(RequestInterrupt of) : RemoteEnd
    {
        protected internal override void Start(Instant now)
        {
            if (of._setup.Outstanding == 0) AlarmAt(now + of.Interval());
            for (var i = 0; i < of._setup.Outstanding; i++) Flow.SendToGuest(RequestSetup.Bytes, now.Ns, now);
        }

        protected internal override void AlarmFired(Instant now)
        {
            AlarmAt(now + of.Interval());
            Flow.SendToGuest(RequestSetup.Bytes, now.Ns, now);
        }

        protected internal override void AtRemote(in Packet packet, Instant now)
        {
            of._thread.Record(now - new Instant(packet.Tag));
            if (of._setup.Outstanding > 0) Flow.SendToGuest(RequestSetup.Bytes, now.Ns, now);
        }
    }
}

internal sealed class RequestThread(RequestSetup setup) : Workload
{
    private readonly Ring _sentAt = new(RequestSetup.RingSize);
    private readonly Histogram _roundTrips = new();

    public RequestInterrupt Interrupt { get; set; } = null!;

    public override string Measure => setup.RoundTrip;

    public override Histogram Samples => _roundTrips;

    public override long Lost => Interrupt.Lost;

    /// <summary>Hands it a request; whether there was room for one more.</summary>
    public bool Take(long sentAt, Instant now)
    {
        if (_sentAt.IsFull) return false;
        _sentAt.Add(sentAt);
        // By its alarm: whoever is done at this instant is told before anybody wakes (law H3).
        if (_sentAt.Count == 1) AlarmAt(now);
        return true;
    }

    /// <summary>The client has an answer after so long.</summary>
    public void Record(Duration roundTrip) => _roundTrips.Record(roundTrip);

    protected internal override void Start(Instant now) { }

    protected internal override void AlarmFired(Instant now) => Want(setup.Work);

    protected internal override void WorkDone(Instant now)
    {
        var sentAt = _sentAt.Take();
        if (_sentAt.Count > 0) Want(setup.Work);
        Interrupt.Answer(sentAt, now);
    }
}
