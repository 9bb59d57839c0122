using Flms.Core;
using Flms.Sim.Devices;

namespace Flms.Sim.Network;

/// <summary>One direction of a link: rate, delay, and a queue that drops when it is full.</summary>
/// <remarks>
/// A packet leaves when those before it have left, and arrives the delay after its last bit. Everything is known when
/// it is sent, so it costs one event, at its arrival. What has not left counts as waiting, the packet that is being
/// sent among it. Fractions of a ns are carried on to the next packet while the link is busy: its rate is exact.
/// </remarks>
internal sealed class Link(NetworkSetup setup, IPacketSink end) : Device
{
    private const int KilobitsPerByte = 8_000; // times a byte over Mbit/s: ns

    private readonly PacketQueue _packets = new();
    private readonly Times _arrivals = new();
    private readonly long _queueNs = setup.Queue * 1_000L * KilobitsPerByte / setup.Rate;
    private long _freeAt;
    private long _rest;

    /// <summary>Packets that arrived, and their payload.</summary>
    public long Packets { get; private set; }

    /// <summary>Payload that arrived, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Packets for which there was no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Packets on their way.</summary>
    public int Held => _packets.Count;

    /// <summary>Sends a packet; whether there was room for it.</summary>
    public bool Send(in Packet packet, Instant now)
    {
        if (_freeAt <= now.Ns) (_freeAt, _rest) = (now.Ns, 0);
        var work = (long)setup.OnWire(packet.Bytes) * KilobitsPerByte + _rest;
        var free = _freeAt + work / setup.Rate;
        if (free - now.Ns > _queueNs)
        {
            Dropped++;
            Flow.Lose(packet);
            return false;
        }
        (_freeAt, _rest) = (free, work % setup.Rate);
        _packets.Add(packet);
        _arrivals.Add(free + setup.Delay.Ns);
        if (_packets.Count == 1) AlarmAt(new(_arrivals.First));
        return true;
    }

    protected internal override void AlarmFired(Instant now)
    {
        while (_packets.Count > 0 && _arrivals.First <= now.Ns)
        {
            _arrivals.Take();
            var packet = _packets.Take();
            Packets++;
            Bytes += packet.Bytes;
            end.Take(packet, now);
        }
        if (_packets.Count > 0) AlarmAt(new(_arrivals.First));
    }

    public void ResetStatistics() => (Packets, Bytes, Dropped) = (0, 0, 0);
}
