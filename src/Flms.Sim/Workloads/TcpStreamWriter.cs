using Flms.Core;
using Flms.Sim.Network;
using Flms.Sim.Workloads.Tcp;

namespace Flms.Sim.Workloads;

// The guest sends: the thread that writes, and the kernel's part when an acknowledgement is delivered.
internal sealed class TcpStreamWriter : Workload, IGuestEnd, ITcpTimed
{
    private readonly TcpStreamSetup _setup;
    private readonly TcpStreamSink _sink;
    private readonly Flow _flow;
    private readonly long _buffer;
    private readonly long _write;
    private TcpSender _sender = null!;
    private TcpStreamTimer _timer = null!;
    private long _written;      // since the beginning
    private bool _writes;

    public TcpStreamWriter(TcpStreamSetup setup)
    {
        _setup = setup;
        (_buffer, _write) = (setup.SendBuffer * 1024L, setup.Write * 1024L);
        _sink = new(setup);
        _flow = new(this, _sink);
        Flows = [_flow];
    }

    public override IReadOnlyList<Rate> Rates => [TcpStreamSetup.Throughput(_sink.Bytes)];

    public override long Lost => _flow.Lost;

    public Instant Deadline => _sender.Deadline(_written - _sender.Sent);

    protected internal override IReadOnlyList<Flow> Flows { get; }

    private long Room => _buffer - (_written - _sender.Acknowledged);

    public void AtGuest(in Packet packet, Instant now)
    {
        _sender.Acknowledge(packet.Tag, now);
        Send(_flow.InterruptVcpu, now);
        // A writer that waits is woken when a third of its buffer is free (Linux).
        if (!_writes && Room >= Math.Max(_buffer / 3, _write)) Wake(this);
    }

    public void TimedOut(VcpuId vcpu, Instant now)
    {
        _sender.TimeOut(now);
        _flow.SendToRemote(vcpu, 0, _sender.Sent, now);
    }

    protected internal override void Start(Instant now)
    {
        _timer = TcpStreamTimer.Of(this, Group);
        _sender = _setup.Sender(_flow);
        Write();
    }

    protected internal override void Woken(Instant now)
    {
        if (!_writes) Write();
    }

    protected internal override void WorkDone(Instant now)
    {
        _writes = false;
        _written += _write;
        Send(Vcpu, now);
        if (Room >= _write) Write();
    }

    protected internal override void ResetSamples() => _sink.Bytes = 0;

    private void Write()
    {
        _writes = true;
        Want(_setup.CallTime(_write));
    }

    private void Send(VcpuId vcpu, Instant now)
    {
        for (var size = _sender.Size(_written - _sender.Sent); size > 0; size = _sender.Size(_written - _sender.Sent))
            _flow.SendToRemote(vcpu, size, _sender.Send(size, now), now);
        _timer.Arm();
    }
}

// The other machine: it reads at once whatever comes.
internal sealed class TcpStreamSink(TcpStreamSetup setup) : RemoteEnd
{
    private readonly TcpReceiver _receiver = setup.Receiver();
    private Instant _owesSince;
    private bool _armed;

    public long Bytes { get; set; }

    protected internal override void Start(Instant now) { }

    protected internal override void AtRemote(in Packet packet, Instant now)
    {
        if (!_receiver.Owes) _owesSince = now;
        Bytes += packet.Bytes;
        var must = _receiver.Arrive(packet.Tag, packet.Bytes);
        must |= _receiver.Read(packet.Bytes);
        if (must) Acknowledge(now);
        else Arm();
    }

    protected internal override void AlarmFired(Instant now)
    {
        _armed = false;
        if (!_receiver.Owes) return;
        if (_owesSince + setup.DelayedAck <= now) Acknowledge(now);
        else Arm();
    }

    private void Acknowledge(Instant now) => Flow.SendToGuest(0, _receiver.Acknowledge(), now);

    private void Arm()
    {
        if (_armed) return;
        _armed = true;
        AlarmAt(_owesSince + setup.DelayedAck);
    }
}
