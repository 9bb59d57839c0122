namespace Flms.Sweep.Tuning;

/// <summary>Settings that a search tries, on top of those that it began with.</summary>
/// <param name="Key">As in <c>sp_slice=1ms, vtrc=false</c>, by name; empty for those that it began with.</param>
internal sealed record TuneCandidate(string Key)
{
    /// <summary>The settings that the search began with.</summary>
    public static readonly TuneCandidate Start = new("");

    public TuneCandidate(IEnumerable<(string Name, string Value)> values)
        : this(string.Join(", ",
            values.OrderBy(v => v.Name, StringComparer.Ordinal).Select(v => $"{v.Name}={v.Value}")))
    {
    }

    /// <summary>Name and value of each setting.</summary>
    public IReadOnlyList<(string Name, string Value)> Values =>
    [
        .. Key.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2))
            .Select(pair => (pair[0], pair[1])),
    ];
}
