using Flms.Core;

namespace Flms.Schedulers.Flms;

/// <summary>The pCPUs of each socket in descending order of load, and who of them has waiting vCPUs.</summary>
/// <remarks>
/// Places in the order are dense over the whole machine, socket by socket. The sets are <see cref="CpuMask"/>s over
/// places, not over pCPUs, so the most loaded member of a socket is the first at or after the socket's first place.
/// The order is made anew at the first question after <see cref="LoadsChanged"/>.
/// </remarks>
internal sealed class LoadRanking
{
    private readonly long[] _loads;
    private readonly PcpuId[] _at;      // by place
    private readonly int[] _placeOf;    // by pCPU
    private readonly int[] _firstPlace; // by socket, and one more
    private readonly long[] _keys;
    private readonly int[] _socketRank; // by pCPU, for the sort
    private readonly bool[] _io;        // by pCPU: is it an SP?
    private readonly int[] _level;      // by pCPU: -1 if nobody waits
    private readonly CpuMask[] _sets;   // by group and level + 1; level -1 holds every pCPU of the group
    private readonly int _levels;
    private bool _stale;

    /// <summary>All pCPUs are LPs on which nobody waits.</summary>
    /// <param name="topology">The machine's shape.</param>
    /// <param name="loads">The load of each pCPU, 0 or more; read again after each <see cref="LoadsChanged"/>.</param>
    /// <param name="levels">Levels are 0 to this less one.</param>
    public LoadRanking(Topology topology, long[] loads, int levels)
    {
        var pcpus = topology.Count;
        _loads = loads;
        _levels = levels;
        _at = new PcpuId[pcpus];
        _placeOf = new int[pcpus];
        _firstPlace = new int[topology.Sockets + 1];
        _keys = new long[pcpus];
        _socketRank = new int[pcpus];
        _io = new bool[pcpus];
        _level = new int[pcpus];
        Array.Fill(_level, -1);
        for (var p = 0; p < pcpus; p++)
        {
            _socketRank[p] = topology.SocketOf(new(p));
            _firstPlace[_socketRank[p] + 1]++;
        }
        for (var s = 0; s < topology.Sockets; s++) _firstPlace[s + 1] += _firstPlace[s];
        _sets = new CpuMask[2 * (levels + 1)];
        for (var i = 0; i < _sets.Length; i++) _sets[i] = new(pcpus);
        _stale = true;
        Refresh();
    }

    /// <summary>The loads have changed: the order is made anew before it is next used.</summary>
    public void LoadsChanged() => _stale = true;

    /// <summary>Is the pCPU of that group?</summary>
    public bool IsOf(PcpuId p, bool io) => _io[p.Index] == io;

    /// <summary>The pCPU's group, and what waits there: -1 for nobody, else the greatest urgency.</summary>
    public void Set(PcpuId p, bool io, int level)
    {
        if (_io[p.Index] == io)
        {
            if (_level[p.Index] != level) SetLevel(p, io, _level[p.Index], level);
            return;
        }
        Mark(p, false);
        _io[p.Index] = io;
        _level[p.Index] = level;
        Mark(p, true);
    }

    /// <summary>Is any pCPU of the group at that level or above?</summary>
    public bool Any(bool io, int level) => !SetOf(io, level).IsEmpty;

    /// <summary>The most loaded pCPU of the socket in that group at that level or above; None if there is none.
    /// </summary>
    public PcpuId First(int socket, bool io, int level)
    {
        Refresh();
        return In(socket, SetOf(io, level).After(new(_firstPlace[socket] - 1)));
    }

    /// <summary>The next less loaded one after <paramref name="p"/>; None if there is none.</summary>
    public PcpuId Next(PcpuId p, int socket, bool io, int level) =>
        In(socket, SetOf(io, level).After(new(_placeOf[p.Index])));

    private PcpuId In(int socket, PcpuId place) =>
        place.IsNone || place.Index >= _firstPlace[socket + 1] ? PcpuId.None : _at[place.Index];

    private CpuMask SetOf(bool io, int level) => _sets[(io ? _levels + 1 : 0) + level + 1];

    // Only the sets between the two levels change.
    private void SetLevel(PcpuId p, bool io, int from, int to)
    {
        var place = new PcpuId(_placeOf[p.Index]);
        for (var level = from + 1; level <= to; level++) SetOf(io, level).Set(place, true);
        for (var level = to + 1; level <= from; level++) SetOf(io, level).Set(place, false);
        _level[p.Index] = to;
    }

    private void Mark(PcpuId p, bool member)
    {
        var place = new PcpuId(_placeOf[p.Index]);
        for (var level = -1; level <= _level[p.Index]; level++) SetOf(_io[p.Index], level).Set(place, member);
    }

    private void Refresh()
    {
        if (!_stale) return;
        _stale = false;
        // Keys order by socket, then load downward, then number; loads are below 2^38 and the machine below 2^14.
        const long greatest = (1L << 38) - 1;
        for (var p = 0; p < _at.Length; p++)
        {
            _at[p] = new(p);
            _keys[p] = (long)_socketRank[p] << 52 | (greatest - Math.Min(_loads[p], greatest)) << 14 | (long)p;
        }
        Array.Sort(_keys, _at);
        foreach (var set in _sets) set.Clear();
        for (var place = 0; place < _at.Length; place++) _placeOf[_at[place].Index] = place;
        for (var p = 0; p < _at.Length; p++) Mark(new(p), true);
    }
}
