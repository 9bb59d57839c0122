using Flms.Core;

namespace Flms.Sim.Workloads;

/// <summary>By what a guest's thread knows that it is time to send.</summary>
public enum SendClock : byte
{
    /// <summary>A timer: it sends as soon as its vCPU runs after the interval is over.</summary>
    Wall,

    /// <summary>Its own CPU time: it computes for the interval, and then sends.</summary>
    Run,
}

/// <summary>A thread that sends an echo request to another domain of the same host, and waits for the answer.</summary>
/// <remarks>
/// The other domain has an <c>echo</c>. Both guests' scheduling counts: the answer waits for the other domain's vCPU,
/// and for its way back into this thread for this domain's (spec/compared-systems.md 7, item 12). The round trip is
/// taken by the thread, from sending to having the answer. A request to a domain that does not exist yet, or any more,
/// is lost; the answer of one that is destroyed meanwhile is waited for in vain.
/// </remarks>
public sealed record PeerPingSetup : WorkloadSetup
{
    /// <summary>The vCPU of the thread. Default 0.</summary>
    [Option("The vCPU of the thread, and of its interrupts.", "ours", Min = "0")]
    public override int? Vcpu { get; init; } = 0;

    /// <summary>The domain that answers. Must be given.</summary>
    [Option("The domain that answers: one with an echo.", "ours")]
    public string To { get; init; } = "";

    /// <summary>Least time from an answer to the next request. Default 18 ms.</summary>
    [Option("Least time from an answer to the next request.", "as ping", Min = "1us")]
    public Duration IntervalMin { get; init; } = 18.Ms;

    /// <summary>Greatest time from an answer to the next request. Default 55 ms.</summary>
    [Option("Greatest time from an answer to the next request.", "as ping", Min = "1us")]
    public Duration IntervalMax { get; init; } = 55.Ms;

    /// <summary>What the interval is counted by. Default: a timer.</summary>
    [Option("What the interval is counted by: a timer, or the thread's own CPU time.",
        "ours: a ping program has a timer")]
    public SendClock Clock { get; init; } = SendClock.Wall;

    /// <summary>CPU time that sending takes, and having the answer. Default 5 us.</summary>
    [Option("CPU time that sending takes, and again having the answer.", "spec/compared-systems.md 5: 3 to 10 us",
        Min = "1ns")]
    public Duration Work { get; init; } = 5.Us;

    /// <summary>Time from one domain to the other. Default 0.</summary>
    [Option("Time from one domain to the other, each way.", "ours: none", Min = "0", Max = "10s")]
    public Duration Network { get; init; } = Duration.Zero;

    /// <inheritdoc />
    public override string RoundTrip => "peer_ping.rtt";

    /// <inheritdoc />
    public override string? Problem() => To == "" ? "it does not say to whom"
        : IntervalMin <= IntervalMax ? null
        : $"interval_min is {IntervalMin}, longer than interval_max, which is {IntervalMax}";

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new PeerPing(this, random);
}

/// <summary>Answers the echo requests of other domains, in interrupt context.</summary>
public sealed record EchoSetup : WorkloadSetup
{
    /// <summary>The vCPU that takes the interrupts. Default 0 (spec/xen.md 5, item 1).</summary>
    [Option("The vCPU that takes the interrupts.", "spec/xen.md 5, item 1: default 0", Min = "0")]
    public override int? Vcpu { get; init; } = 0;

    /// <summary>CPU time that one answer takes. Default 5 us.</summary>
    [Option("CPU time that one answer takes.", "spec/compared-systems.md 5: 3 to 10 us", Min = "1ns")]
    public Duration Work { get; init; } = 5.Us;

    /// <inheritdoc />
    public override Workload Create(RandomStream random) => new Echo(this);
}

internal sealed class PeerPing(PeerPingSetup setup, RandomStream random) : Workload
{
    private enum Doing : byte { Waiting, Sending, Receiving }

    private readonly Histogram _roundTrips = new();
    private Echo? _peer;
    private Doing _doing;
    private Instant _sentAt;
    private long _lost;

    public override long Lost => _lost;

    public override string Measure => setup.RoundTrip;

    public override Histogram Samples => _roundTrips;

    public Duration Network => setup.Network;

    protected internal override void Start(Instant now)
    {
        _peer = (Echo?)Machine!.Find(setup.To, w => w is Echo)
            ?? throw new ArgumentException($"peer_ping: there is no domain {setup.To} with an echo");
        Next(now);
    }

    /// <summary>The answer is on its way.</summary>
    public void Answer(Instant arrives) => AlarmAt(arrives);

    protected internal override void AlarmFired(Instant now)
    {
        if (_doing == Doing.Waiting) _doing = Doing.Sending;
        Want(setup.Work);
    }

    protected internal override void WorkDone(Instant now)
    {
        if (_doing == Doing.Sending)
        {
            _doing = Doing.Receiving;
            _sentAt = now;
            if (_peer!.Take(this, now + setup.Network)) return;
            _lost++;
            Next(now);
            return;
        }
        _roundTrips.Record(now - _sentAt);
        Next(now);
    }

    protected internal override void ResetSamples()
    {
        base.ResetSamples();
        _lost = 0;
    }

    private void Next(Instant now)
    {
        var interval = setup.IntervalMin == setup.IntervalMax ? setup.IntervalMin
            : random.Uniform(setup.IntervalMin, setup.IntervalMax);
        _doing = setup.Clock == SendClock.Wall ? Doing.Waiting : Doing.Sending;
        if (_doing == Doing.Waiting) AlarmAt(now + interval);
        else Want(interval + setup.Work);
    }
}

internal sealed class Echo(EchoSetup setup) : Workload
{
    // Each thread that asks has one request on its way, so the ring never holds more than there are threads.
    private readonly Queue<(PeerPing From, Instant Arrives)> _coming = new(64);
    private int _arrived;

    public override Urgency Urgency => Urgency.Interrupt;

    /// <summary>A request is on its way; whether there is anybody to take it.</summary>
    public bool Take(PeerPing from, Instant arrives)
    {
        if (!Machine![Vcpu].Present) return false;
        _coming.Enqueue((from, arrives));
        if (_coming.Count == _arrived + 1) AlarmAt(arrives);
        return true;
    }

    protected internal override void Start(Instant now) { }

    protected internal override void AlarmFired(Instant now)
    {
        var i = 0;
        var next = Instant.Never;
        foreach (var (_, arrives) in _coming)
        {
            if (i++ < _arrived) continue;
            if (arrives > now)
            {
                next = arrives;
                break;
            }
            _arrived++;
            DeviceEvent();
            if (_arrived == 1) Want(setup.Work);
        }
        if (next != Instant.Never) AlarmAt(next);
    }

    protected internal override void WorkDone(Instant now)
    {
        var (from, _) = _coming.Dequeue();
        _arrived--;
        from.Answer(now + from.Network);
        if (_arrived > 0) Want(setup.Work);
    }
}
