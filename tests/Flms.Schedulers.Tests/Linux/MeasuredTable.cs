namespace Flms.Schedulers.Tests.Linux;

/// <summary>Figures of a model beside measured ones: how many are within 10 %, within 25 %, and which are not.
/// </summary>
public sealed class MeasuredTable
{
    private readonly List<string> _beyond = [];
    private readonly List<string> _lines = [];

    /// <summary>How many figures were compared.</summary>
    public int Count { get; private set; }

    /// <summary>How many differ by at most 10 % of the measured figure.</summary>
    public int Within10 { get; private set; }

    /// <summary>How many differ by at most 25 %; those within 10 % are among them.</summary>
    public int Within25 { get; private set; }

    /// <summary>The names of those that differ by more, in order.</summary>
    public IReadOnlyList<string> Beyond => _beyond;

    /// <summary>Every figure, a line each.</summary>
    public string Lines => string.Join('\n', _lines);

    /// <summary>Compares one figure.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="measured">As measured, above zero.</param>
    /// <param name="ours">The model's.</param>
    public void Add(string name, double measured, double ours)
    {
        var off = Math.Abs(ours - measured) / measured;
        Count++;
        if (off <= 0.10 + 1e-9) Within10++;
        if (off <= 0.25 + 1e-9) Within25++;
        else _beyond.Add(name);
        _lines.Add($"{name}: measured {measured:0.000}, ours {ours:0.000}, {(ours - measured) / measured:+0%;-0%}");
    }
}
