using Flms.Core;
using Flms.Sim.Network;

namespace Flms.Sim.Workloads;

/// <summary>A remote client with one request on its way at a time. If a packet is lost, it asks again after the time
/// that TCP would take.</summary>
internal abstract class AskingClient : RemoteEnd
{
    // Linux's least. A late answer is waited for, however long it takes: TCP would learn the guest's delays.
    private static readonly Duration Timeout = 200.Ms;

    private int _bytes;
    private int _expected;
    private long _number;       // of the present request
    private int _got;
    private bool _asked;
    private long _lost;

    /// <summary>Sends a request, and waits for an answer of so many bytes.</summary>
    protected void Ask(int bytes, int expected, Instant now)
    {
        (_bytes, _expected, _asked) = (bytes, expected, true);
        _number++;
        Send(now);
    }

    /// <summary>Waits, with nothing on its way.</summary>
    protected void Pause(Duration pause, Instant now) => AlarmAt(now + pause);

    /// <summary>The answer is complete: ask again, or pause.</summary>
    protected abstract void Answered(Instant now);

    /// <summary>The pause is over.</summary>
    protected virtual void Paused(Instant now) { }

    protected internal override void AtRemote(in Packet packet, Instant now)
    {
        if (!_asked || packet.Tag != _number) return;
        _got += packet.Bytes;
        if (_got < _expected) return;
        _asked = false;
        Answered(now);
    }

    protected internal override void AlarmFired(Instant now)
    {
        if (!_asked) Paused(now);
        else if (Flow.Lost != _lost) Send(now);
        else AlarmAt(now + Timeout);
    }

    private void Send(Instant now)
    {
        (_got, _lost) = (0, Flow.Lost);
        Flow.SendToGuest(_bytes, _number, now);
        AlarmAt(now + Timeout);
    }
}
