using Flms.Core;
using Flms.Schedulers.Mechanisms;

namespace Flms.Schedulers.Pooled;

// The two levels of AQL's clustering: over sockets, and into pools within each (spec/compared-systems.md 3.1).
public sealed partial class AqlScheduler
{
    private readonly int[] _thrashers;      // of each socket
    private readonly int[] _socketPcpus;
    private readonly int[] _wanted = new int[Classes];      // vCPUs of one socket by class
    private readonly int[] _pcpus = new int[Classes];       // what the classes of one socket get
    private readonly int[] _room = new int[Classes];        // how many more vCPUs each may take

    // Thrashers first: none has two more than another. Then everybody else, until no move makes loads more equal.
    private void SpreadOverSockets()
    {
        if (_load.Length == 1) return;
        Array.Clear(_thrashers);
        for (var v = 0; v < _socket.Length; v++)
            if (IsMember(new(v)) && Thrashes(v)) _thrashers[_socket[v]]++;
        for (var moved = true; moved;)
        {
            var (most, least) = (0, 0);
            for (var s = 1; s < _thrashers.Length; s++)
            {
                if (_thrashers[s] > _thrashers[most]) most = s;
                if (_thrashers[s] < _thrashers[least]) least = s;
            }
            moved = _thrashers[most] > _thrashers[least] + 1 && MoveOne(most, least, thrasher: true);
            if (moved) (_thrashers[most], _thrashers[least]) = (_thrashers[most] - 1, _thrashers[least] + 1);
        }
        for (var moved = true; moved;)
        {
            var (most, least) = (0, 0);
            for (var s = 1; s < _load.Length; s++)
            {
                if (Lighter(most, s)) most = s;
                if (Lighter(s, least)) least = s;
            }
            // Only if the receiver is not fuller afterwards than the giver was.
            var helps = (long)(_load[least] + 1) * _socketPcpus[most] < (long)_load[most] * _socketPcpus[least];
            moved = helps && MoveOne(most, least, thrasher: false);
        }
    }

    private bool MoveOne(int from, int to, bool thrasher)
    {
        for (var v = 0; v < _socket.Length; v++)
        {
            if (!IsMember(new(v)) || _socket[v] != from || Thrashes(v) != thrasher || !MayBeOn(new(v), to)) continue;
            _socket[v] = to;
            _load[from]--;
            _load[to]++;
            return true;
        }
        return false;
    }

    private bool Thrashes(int v) => _types.Of(new(v)) == VcpuType.Llco;

    private static int ClassOf(VcpuType type) => type switch
    {
        VcpuType.IoInt or VcpuType.ConSpin => Short,
        VcpuType.Llcf => Long,
        _ => Neutral,
    };

    private void FormPools(int socket, Instant now)
    {
        if (_load[socket] == 0) return;
        Array.Clear(_wanted);
        for (var v = 0; v < _socket.Length; v++)
            if (IsMember(new(v)) && _socket[v] == socket) _wanted[ClassOf(_types.Of(new(v)))]++;
        DealPcpus(_socketPcpus[socket], _load[socket]);
        Shares.Deal(_load[socket], _pcpus, _room);
        // Who cares is sure of a place; what is left is for those who do not.
        for (var c = 0; c < Classes; c++)
            if (c != Neutral && _pcpus[c] > 0) _room[c] -= _wanted[c];
        for (var v = 0; v < _socket.Length; v++)
            if (IsMember(new(v)) && _socket[v] == socket) Wish(new(v), PoolFor(new(v), socket));
        MovePcpus(socket, now);
        for (var v = 0; v < _socket.Length; v++)
            if (IsMember(new(v)) && _socket[v] == socket) Follow(new(v), now);
    }

    // By largest remainder; then a class that came away empty takes one of the largest, if others fill it up.
    private void DealPcpus(int pcpus, int vcpus)
    {
        Shares.Deal(pcpus, _wanted, _pcpus);
        var idlers = _wanted[Neutral];
        var each = (vcpus + pcpus - 1) / pcpus;
        for (var c = 0; c < Classes; c++)
        {
            if (c == Neutral || _wanted[c] == 0 || _pcpus[c] > 0) continue;
            var fill = Math.Max(0, each - _wanted[c]);
            var giver = Neutral;
            for (var g = 0; g < Classes; g++)
                if (_pcpus[g] > _pcpus[giver]) giver = g;
            if (fill > idlers || (_pcpus[giver] < 2 && (giver != Neutral || _pcpus[Neutral] == 0))) continue;
            idlers -= fill;
            _pcpus[giver]--;
            _pcpus[c]++;
        }
    }

    private void MovePcpus(int socket, Instant now)
    {
        // How many more each class needs; those that may stay, stay.
        _pcpus.CopyTo(_room, 0);
        for (var p = 0; p < Host.Topology.Count; p++)
            if (Host.Topology.SocketOf(new(p)) == socket) _room[PoolOf(new PcpuId(p)) % Classes]--;
        for (var p = 0; p < Host.Topology.Count; p++)
        {
            if (Host.Topology.SocketOf(new(p)) != socket) continue;
            var c = PoolOf(new PcpuId(p)) % Classes;
            if (_room[c] >= 0) continue;
            var to = _room[Short] > 0 ? Short : _room[Neutral] > 0 ? Neutral : Long;
            _room[c]++;
            _room[to]--;
            Move(new PcpuId(p), socket * Classes + to, now);
        }
    }

    private int PoolFor(VcpuId v, int socket)
    {
        var own = ClassOf(_types.Of(v));
        if (own != Neutral && _pcpus[own] > 0) return socket * Classes + own;
        // It does not care, or its class has no pCPU: where it is, if there is room, else wherever there is.
        var present = PoolOf(v) / Classes == socket ? PoolOf(v) % Classes : Neutral;
        var best = _pcpus[present] > 0 && _room[present] > 0 ? present : -1;
        for (var c = 0; c < Classes && best < 0; c++)
            if (_pcpus[c] > 0 && _room[c] > 0) best = c;
        for (var c = 0; c < Classes && best < 0; c++)
            if (_pcpus[c] > 0) best = c;
        _room[best]--;
        return socket * Classes + best;
    }
}
