using Flms.Lab.Input;

namespace Flms.Lab.Settings;

/// <summary>A map of the document with a known set of keys, as it is being read.</summary>
internal sealed class Section
{
    private readonly Mapping? _map;
    private readonly IReadOnlyList<Setting> _keys;
    private readonly Problems _problems;

    /// <summary>Begins to read, and notes every key that is not known.</summary>
    /// <param name="node">The map; null for an empty one.</param>
    /// <param name="keys">The keys that it may have.</param>
    /// <param name="what">What it describes, as messages name it.</param>
    /// <param name="top">Where problems of the whole lie if there is no node.</param>
    /// <param name="problems">Where problems are noted.</param>
    public Section(Node? node, IReadOnlyList<Setting> keys, string what, Place top, Problems problems)
    {
        (_keys, _problems) = (keys, problems);
        Place = node?.Place ?? top;
        _map = node as Mapping;
        if (_map == null && node is not (null or Scalar { IsNull: true }))
            problems.Add(node.Place, $"{node.Form} stands where {what} should be", "write a map of keys");
        if (_map == null) return;
        foreach (var (key, _) in _map.Entries)
            if (!keys.Any(k => k.Name == key.Value))
                problems.Add(key.Place, $"{what} has no key {Quote.Text(key.Value)}",
                    Nearest.Advice(key.Value, [.. keys.Select(k => k.Name)]));
        foreach (var key in keys)
            if (key.Required && _map[key.Name] == null)
                problems.Add(Place, $"{what} lacks the key {key.Name}", $"add it: {key.Summary.TrimEnd('.')}");
    }

    /// <summary>Where it begins.</summary>
    public Place Place { get; }

    /// <summary>The value of a key; null if it is not there or has nothing.</summary>
    public Node? this[Setting key] => _map?[key.Name] is { } n and not Scalar { IsNull: true } ? n : null;

    /// <summary>Is the key there, even if it has nothing?</summary>
    public bool Has(Setting key) => _map?[key.Name] != null;

    /// <summary>Where the value of a key stands, or the section if it is not there.</summary>
    public Place PlaceOf(Setting key) => this[key]?.Place ?? Place;

    /// <summary>Reads one value.</summary>
    /// <param name="key">Its key, one of those given at construction.</param>
    /// <param name="fallback">The value if the key is not there, or cannot be read.</param>
    public T Read<T>(Setting key, T fallback)
    {
        System.Diagnostics.Debug.Assert(_keys.Contains(key), "a key is read that is not declared");
        return this[key] is { } node && OptionBinder.Read(node, key, _problems) is T value ? value : fallback;
    }

    /// <summary>The items of a list; none if the key is not there; a single value counts as a list of one.</summary>
    public IReadOnlyList<Node> Items(Setting key) => this[key] switch
    {
        null => [],
        Sequence list => list.Items,
        var one => [one],
    };
}
