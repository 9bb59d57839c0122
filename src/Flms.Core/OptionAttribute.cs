namespace Flms.Core;

/// <summary>Describes one setting: help, docs, schema and range checks all come from here.</summary>
/// <remarks>
/// Put it on an init-only property of an options record. The type gives the form: <see cref="Duration"/>,
/// <see cref="Fraction"/>, <c>int</c>, <c>bool</c> or an enum. The default is the property's initial value.
/// </remarks>
/// <param name="summary">What it does, in one sentence.</param>
/// <param name="source">Where the default comes from: paper, specification section, equation; or "ours" with the
/// reason.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string summary, string source) : Attribute
{
    /// <summary>What it does, in one sentence.</summary>
    public string Summary { get; } = summary;

    /// <summary>Where the default comes from.</summary>
    public string Source { get; } = source;

    /// <summary>The unit of a plain number, like <c>credits</c> or <c>%</c>; empty where the type has its
    /// own.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The least value allowed, written as the user would; empty for none.</summary>
    public string Min { get; init; } = "";

    /// <summary>The greatest value allowed, written as the user would; empty for none.</summary>
    public string Max { get; init; } = "";
}
