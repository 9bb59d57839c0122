namespace Flms.Lab.Input;

/// <summary>A part of a YAML document that knows where it was written.</summary>
internal abstract class Node(Place place)
{
    /// <summary>Where it begins.</summary>
    public Place Place { get; } = place;

    /// <summary>What it is, as a message says it.</summary>
    public abstract string Form { get; }

    /// <summary>A copy that can be changed without changing this one.</summary>
    public abstract Node Copy();
}

/// <summary>A single value.</summary>
internal sealed class Scalar(Place place, string value, bool quoted) : Node(place)
{
    /// <summary>The text, without quotes.</summary>
    public string Value { get; } = value;

    /// <summary>Was it written in quotes, or as a block?</summary>
    public bool Quoted { get; } = quoted;

    /// <summary>Is it YAML's null: nothing, or <c>~</c>, or <c>null</c>?</summary>
    public bool IsNull => !Quoted && Value is "" or "~" or "null";

    public override string Form => IsNull ? "nothing" : Quote.Text(Value);

    public override Node Copy() => this;
}

/// <summary>Values in order.</summary>
internal sealed class Sequence(Place place) : Node(place)
{
    /// <summary>The values.</summary>
    public List<Node> Items { get; } = [];

    public override string Form => "a list";

    public override Node Copy()
    {
        var copy = new Sequence(Place);
        foreach (var item in Items) copy.Items.Add(item.Copy());
        return copy;
    }
}

/// <summary>Values by key, in the order of writing.</summary>
internal sealed class Mapping(Place place) : Node(place)
{
    /// <summary>Keys with their values; no key twice.</summary>
    public List<(Scalar Key, Node Value)> Entries { get; } = [];

    public override string Form => "a map of keys";

    public override Node Copy()
    {
        var copy = new Mapping(Place);
        foreach (var (key, value) in Entries) copy.Entries.Add((key, value.Copy()));
        return copy;
    }

    /// <summary>The value of a key; null if the key is not there.</summary>
    public Node? this[string key]
    {
        get
        {
            foreach (var (k, v) in Entries)
                if (k.Value == key) return v;
            return null;
        }
    }

    /// <summary>Gives a key a value, in place of the one it had.</summary>
    public void Set(Scalar key, Node value)
    {
        for (var i = 0; i < Entries.Count; i++)
            if (Entries[i].Key.Value == key.Value)
            {
                Entries[i] = (Entries[i].Key, value);
                return;
            }
        Entries.Add((key, value));
    }
}
