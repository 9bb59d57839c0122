using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Network;

/// <summary>A driver domain stands between the card and the guest: paravirtual or emulated.</summary>
internal sealed class RelayedInterface(PhysicalNetwork network, InterfaceSetup setup, int firstVcpu, int vcpus,
    DriverDomain driver) : Interface(network, setup, firstVcpu, vcpus), IBackEndWork
{
    private const int PageShift = 12;

    private readonly bool _emulated = setup.Path == NetworkPath.Emulated;
    private readonly PacketQueue _toGuest = new();  // they wait at the back end for the guest's ring
    private readonly PacketQueue _fromGuest = new();
    private readonly PacketQueue _batchToGuest = new();
    private readonly PacketQueue _batchFromGuest = new();
    private long _pages;                            // of the guest's ring in use

    /// <summary>The thread that serves it.</summary>
    public BackEndThread Thread { get; set; } = null!;

    IBackEndWork? IBackEndWork.NextReady { get; set; }

    bool IBackEndWork.IsReady { get; set; }

    public override long Held => base.Held + _toGuest.Count + _fromGuest.Count + _batchToGuest.Count
        + _batchFromGuest.Count;

    public override void FromWire(in Packet packet, Instant now)
    {
        if (!FrontEnd.IsPresent || !driver.Receiver.Take(packet, now)) Drop(packet);
    }

    /// <summary>The driver domain has polled a packet for this interface.</summary>
    public void FromBridge(in Packet packet, VcpuId at, Instant now)
    {
        if (_toGuest.Count >= Setup.Queue)
        {
            Drop(packet);
            return;
        }
        _toGuest.Add(packet);
        if (HasRoom(packet)) Thread.Serve(this, at, now);
    }

    public override long InterruptCost() => Setup.Interrupt.Ns
        + (_emulated ? Setup.InterruptExits * Setup.Exit.Ns + Setup.InterruptAccesses * Setup.Access.Ns : 0);

    public override long ReceiveCost(in Packet packet) =>
        Setup.Receive.Ns + (_emulated ? Frames(packet) * Setup.Frame.Ns : 0);

    public override long TransmitCost(in Packet packet) => Setup.Transmit.Ns
        + (_emulated ? Frames(packet) * Setup.TransmitAccesses * Setup.Access.Ns : 0);

    public override long Push(in Packet packet, Instant now)
    {
        if (_fromGuest.Count >= Setup.Queue)
        {
            Drop(packet);
            return 0;
        }
        _fromGuest.Add(packet);
        // A back end that is at work looks at the ring again before it sleeps. A device model is told by the access.
        if (!Thread.Enlist(this)) return 0;
        if (Thread.IsActive)
        {
            Thread.CountSuppressed();
            return 0;
        }
        if (!_emulated && Setup.Notify.Ns > 0) return Setup.Notify.Ns;
        Thread.SignalFromAfar(now);
        return 0;
    }

    public override void Tell(Instant now) => Thread.SignalFromAfar(now);

    public override void Taken(in Packet packet, Instant now)
    {
        _pages -= Pages(packet);
        if (_toGuest.Count > 0 && HasRoom(_toGuest.First)) Thread.Serve(this, VcpuId.None, now);
    }

    long IBackEndWork.TakeBatch(int budget)
    {
        var cost = 0L;
        var frames = 0L;
        while (_toGuest.Count > 0 && HasRoom(_toGuest.First)
            && (frames == 0 || frames + Frames(_toGuest.First) <= budget))
        {
            var packet = _toGuest.Take();
            frames += Frames(packet);
            _pages += Pages(packet);
            cost += _emulated ? Frames(packet) * Setup.DeviceModel.Ns
                : Setup.BackEnd.Ns + InterfaceSetup.Copy(packet.Bytes, Setup.CopyToGuest);
            _batchToGuest.Add(packet);
        }
        while (_fromGuest.Count > 0 && (frames == 0 || frames + Frames(_fromGuest.First) <= budget))
        {
            var packet = _fromGuest.Take();
            frames += Frames(packet);
            cost += driver.Setup.Transmit.Ns + (_emulated ? Frames(packet) * Setup.DeviceModel.Ns
                : Setup.BackEnd.Ns + InterfaceSetup.Copy(packet.Bytes, Setup.CopyFromGuest));
            _batchFromGuest.Add(packet);
        }
        return frames == 0 ? -1 : cost;
    }

    long IBackEndWork.BatchDone(Instant now)
    {
        while (_batchFromGuest.Count > 0) Network.ToRemote.Send(_batchFromGuest.Take(), now);
        if (_batchToGuest.Count == 0) return 0;
        while (_batchToGuest.Count > 0) FrontEnd.Add(_batchToGuest.Take());
        if (FrontEnd.IsActive)
        {
            FrontEnd.CountSuppressed();
            return 0;
        }
        if (Setup.Notify.Ns > 0) return Setup.Notify.Ns;
        FrontEnd.SignalFromAfar(now);
        return 0;
    }

    void IBackEndWork.Told(Instant now) => FrontEnd.SignalFromAfar(now);

    bool IBackEndWork.HasMore => _fromGuest.Count > 0 || _toGuest.Count > 0 && HasRoom(_toGuest.First);

    private bool HasRoom(in Packet packet) => _pages == 0 || _pages + Pages(packet) <= Setup.Ring;

    private static long Pages(in Packet packet) => Math.Max(1, (packet.Bytes + (1 << PageShift) - 1) >> PageShift);
}
