namespace Flms.Sim.Network;

/// <summary>Packets in line, first in, first out. Grows to what it once had to hold, and never shrinks.</summary>
internal sealed class PacketQueue
{
    private Packet[] _packets = new Packet[16];
    private int _head;

    public int Count { get; private set; }

    public ref readonly Packet First => ref _packets[_head];

    public ref readonly Packet this[int i] => ref _packets[(_head + i) & (_packets.Length - 1)];

    public void Add(in Packet packet)
    {
        if (Count == _packets.Length) Grow();
        _packets[(_head + Count++) & (_packets.Length - 1)] = packet;
    }

    public Packet Take()
    {
        var packet = _packets[_head];
        _head = (_head + 1) & (_packets.Length - 1);
        Count--;
        return packet;
    }

    public void Clear() => (_head, Count) = (0, 0);

    private void Grow()
    {
        var packets = new Packet[_packets.Length * 2];
        for (var i = 0; i < Count; i++) packets[i] = this[i];
        (_packets, _head) = (packets, 0);
    }
}
