using Flms.Core;

namespace Flms.Testing;

/// <summary>The time axis of a chart: columns of equal length, and gaps that are passed over.</summary>
public sealed class TimeAxis
{
    private readonly List<long> _starts = [];
    private readonly List<string?> _gaps = [];

    /// <summary>An axis without columns yet.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="column">How long a column is, above zero.</param>
    public TimeAxis(Instant from, Duration column)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(column.Ns, 1);
        Column = column;
        End = from;
    }

    /// <summary>An axis of equal columns.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="column">How long a column is, above zero.</param>
    /// <param name="columns">How many.</param>
    public TimeAxis(Instant from, Duration column, int columns) : this(from, column)
    {
        for (var i = 0; i < columns; i++) AddColumn();
    }

    /// <summary>How long a column is.</summary>
    public Duration Column { get; }

    /// <summary>Where the axis ends.</summary>
    public Instant End { get; private set; }

    /// <summary>How many cells: columns and gaps.</summary>
    public int Count => _starts.Count;

    /// <summary>Adds a column at the end.</summary>
    public void AddColumn()
    {
        _starts.Add(End.Ns);
        _gaps.Add(null);
        End += Column;
    }

    /// <summary>Adds a stretch of time at the end that is not drawn.</summary>
    /// <param name="length">How long.</param>
    public void AddGap(Duration length)
    {
        _starts.Add(End.Ns);
        _gaps.Add($"[{length}]");
        End += length;
    }

    /// <summary>When a cell begins.</summary>
    public Instant StartOf(int cell) => new(_starts[cell]);

    /// <summary>The text of a gap, like <c>[3s]</c>; null for a column.</summary>
    public string? GapAt(int cell) => _gaps[cell];

    /// <summary>The cell in which a moment lies; -1 if it lies before the axis, <see cref="Count"/> if after.</summary>
    public int CellAt(Instant at)
    {
        if (at >= End) return Count;
        var i = _starts.BinarySearch(at.Ns);
        return i >= 0 ? i : ~i - 1;
    }
}
