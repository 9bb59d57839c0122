using Flms.Core;
using Flms.Sim.Network;
using Flms.Sim.Workloads.Tcp;

namespace Flms.Sim.Workloads;

// The guest receives: the kernel's part when a packet is delivered, and the thread that reads.
internal sealed class TcpStreamReader : Workload, IGuestEnd, ITcpTimed
{
    private readonly TcpStreamSetup _setup;
    private readonly Flow _flow;
    private readonly TcpReceiver _receiver;
    private TcpStreamTimer _timer = null!;
    private Instant _owesSince;
    private long _reading;      // bytes of the system call that it is in; 0 while it sleeps
    private long _bytes;

    public TcpStreamReader(TcpStreamSetup setup)
    {
        _setup = setup;
        _receiver = setup.Receiver();
        _flow = new(this, new TcpStreamSource(setup));
        Flows = [_flow];
    }

    public override IReadOnlyList<Rate> Rates => [TcpStreamSetup.Throughput(_bytes)];

    public override long Lost => _flow.Lost;

    public Instant Deadline => _receiver.Owes ? _owesSince + _setup.DelayedAck : Instant.Never;

    protected internal override IReadOnlyList<Flow> Flows { get; }

    public void AtGuest(in Packet packet, Instant now)
    {
        if (!_receiver.Owes) _owesSince = now;
        if (_receiver.Arrive(packet.Tag, packet.Bytes)) Acknowledge(_flow.InterruptVcpu, now);
        else _timer.Arm();
        if (_reading == 0 && _receiver.Unread > 0) Wake(this);
    }

    public void TimedOut(VcpuId vcpu, Instant now) => Acknowledge(vcpu, now);

    protected internal override void Start(Instant now) => _timer = TcpStreamTimer.Of(this, Group);

    protected internal override void Woken(Instant now) => Read();

    protected internal override void WorkDone(Instant now)
    {
        _bytes += _reading;
        if (_receiver.Read(_reading)) Acknowledge(Vcpu, now);
        _reading = 0;
        Read();
    }

    protected internal override void ResetSamples() => _bytes = 0;

    // Woken twice at one instant it reads once.
    private void Read()
    {
        if (_reading > 0 || _receiver.Unread == 0) return;
        _reading = _receiver.Unread;
        Want(_setup.CallTime(_reading));
    }

    private void Acknowledge(VcpuId vcpu, Instant now) => _flow.SendToRemote(vcpu, 0, _receiver.Acknowledge(), now);
}

// The other machine: it has always something to send.
internal sealed class TcpStreamSource(TcpStreamSetup setup) : RemoteEnd
{
    private TcpSender _sender = null!;
    private bool _armed;

    protected internal override void Start(Instant now)
    {
        _sender = setup.Sender(Flow);
        Send(now);
    }

    protected internal override void AtRemote(in Packet packet, Instant now)
    {
        _sender.Acknowledge(packet.Tag, now);
        Send(now);
    }

    // The alarm is not moved at each acknowledgement: it finds out when it fires.
    protected internal override void AlarmFired(Instant now)
    {
        _armed = false;
        if (_sender.Deadline(long.MaxValue) <= now)
        {
            _sender.TimeOut(now);
            Flow.SendToGuest(0, _sender.Sent, now);
        }
        Arm();
    }

    private void Send(Instant now)
    {
        for (var size = _sender.Size(long.MaxValue); size > 0; size = _sender.Size(long.MaxValue))
            Flow.SendToGuest(size, _sender.Send(size, now), now);
        Arm();
    }

    private void Arm()
    {
        if (_armed) return;
        _armed = true;
        AlarmAt(_sender.Deadline(long.MaxValue));
    }
}
