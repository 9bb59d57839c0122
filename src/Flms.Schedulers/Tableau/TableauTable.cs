using Flms.Core;

namespace Flms.Schedulers.Tableau;

/// <summary>A stretch of a pCPU's table.</summary>
/// <param name="Owner">The task whose time it is; -1 if it is nobody's.</param>
/// <param name="Begin">Its beginning, in ns from the beginning of the table.</param>
/// <param name="End">Its end, in ns from the beginning of the table.</param>
public readonly record struct TableauSlot(int Owner, long Begin, long End);

/// <summary>Who owns each pCPU at each moment of a hyperperiod; then it begins anew.</summary>
/// <remarks>
/// Each pCPU's time is divided into slots, one after the other, and also cut into equal slices no longer than its
/// shortest slot, so that a slice holds parts of two slots at most: a look-up is one division, one step through the
/// index and one comparison. Slots shorter than <see cref="ShortestSlice"/> do not make slices shorter than that; they
/// are walked over.
/// </remarks>
public sealed class TableauTable
{
    /// <summary>No slice is shorter, so that the index of a pCPU has at most 2,055 entries. 50 us.</summary>
    public static readonly Duration ShortestSlice = 50.Us;

    private readonly int[] _first;          // slot of each pCPU; one more, the end of the last
    private readonly int[] _firstSlice;
    private readonly long[] _width;
    private int[] _slices;                  // the slot in which each slice begins
    private long[] _ends;
    private int[] _owners;
    private int _count;
    private int _sliceCount;
    private int _pcpu;

    /// <summary>A table in which all time is nobody's.</summary>
    /// <param name="pcpus">pCPUs, at least 1.</param>
    /// <param name="slots">For so many slots in all it has room from the beginning; more make it allocate.</param>
    public TableauTable(int pcpus, int slots)
    {
        Pcpus = pcpus;
        _first = new int[pcpus + 1];
        _firstSlice = new int[pcpus];
        _width = new long[pcpus];
        slots = Math.Max(slots, pcpus);
        (_ends, _owners) = (new long[slots], new int[slots]);
        _slices = new int[pcpus * (Length / ShortestSlice.Ns + 1)];
        Begin();
        for (var p = 0; p < pcpus; p++) EndPcpu();
    }

    /// <summary>How many pCPUs it is for.</summary>
    public int Pcpus { get; }

    private static long Length => TableauPeriods.Hyperperiod.Ns;

    /// <summary>How many slots a pCPU has.</summary>
    public int SlotsOf(PcpuId p) => _first[p.Index + 1] - _first[p.Index];

    /// <summary>A pCPU's slot by its number.</summary>
    public TableauSlot Slot(PcpuId p, int number) => Slot(p.Index, _first[p.Index] + number);

    /// <summary>The slot at a time.</summary>
    /// <param name="p">The pCPU.</param>
    /// <param name="offset">Ns from the beginning of the table; less than a hyperperiod.</param>
    public TableauSlot At(PcpuId p, long offset)
    {
        var i = _slices[_firstSlice[p.Index] + offset / _width[p.Index]];
        while (_ends[i] <= offset) i++;
        return Slot(p.Index, i);
    }

    /// <summary>Empties the table; the slots of pCPU 0 come next.</summary>
    internal void Begin() => (_count, _sliceCount, _pcpu, _first[0]) = (0, 0, 0, 0);

    /// <summary>Adds time to the pCPU whose turn it is, up to <paramref name="end"/>.</summary>
    internal void Append(int owner, long end)
    {
        if (_count > _first[_pcpu] && _owners[_count - 1] == owner)
        {
            _ends[_count - 1] = end;
            return;
        }
        if (_count == _ends.Length)
        {
            Array.Resize(ref _ends, 2 * _count);
            Array.Resize(ref _owners, 2 * _count);
        }
        (_ends[_count], _owners[_count]) = (end, owner);
        _count++;
    }

    /// <summary>Gives the last slot of the pCPU whose turn it is all time up to <paramref name="end"/>.</summary>
    internal void Stretch(long end) => _ends[_count - 1] = end;

    /// <summary>Who owns the last slot of the pCPU whose turn it is; -1 if there is none.</summary>
    internal int LastOwner => _count > _first[_pcpu] ? _owners[_count - 1] : -1;

    /// <summary>What is left of this pCPU's time is nobody's; the next pCPU is next.</summary>
    internal void EndPcpu()
    {
        if (_count == _first[_pcpu] || _ends[_count - 1] < Length) Append(-1, Length);
        var shortest = Length;
        for (var i = _first[_pcpu]; i < _count; i++)
        {
            var slot = Slot(_pcpu, i);
            shortest = Math.Min(shortest, slot.End - slot.Begin);
        }
        var width = Math.Max(shortest, ShortestSlice.Ns);
        _width[_pcpu] = width;
        _firstSlice[_pcpu] = _sliceCount;
        var at = _first[_pcpu];
        for (long begin = 0; begin < Length; begin += width)
        {
            while (_ends[at] <= begin) at++;
            _slices[_sliceCount++] = at;
        }
        _first[++_pcpu] = _count;
    }

    private TableauSlot Slot(int p, int i) => new(_owners[i], i == _first[p] ? 0 : _ends[i - 1], _ends[i]);
}
