using System.Globalization;
using System.Reflection;
using Flms.Core;
using Flms.Lab.Input;

namespace Flms.Lab.Settings;

/// <summary>How the value of a setting is written.</summary>
public enum SettingKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    YesNo,

    /// <summary>A length of time with its unit, like <c>12.3ms</c>.</summary>
    Duration,

    /// <summary>A number like <c>0.125</c> or <c>1/8</c>.</summary>
    Fraction,

    /// <summary>One of a few words.</summary>
    Choice,

    /// <summary>pCPUs as Linux lists them, like <c>0-3,8</c>.</summary>
    Pcpus,

    /// <summary>A list or map of its own.</summary>
    Structure,
}

/// <summary>One thing that can be set: the single source of its reading, its documentation and its schema.</summary>
public sealed record Setting
{
    /// <summary>Its name, in snake_case.</summary>
    public required string Name { get; init; }

    /// <summary>How its value is written.</summary>
    public required SettingKind Kind { get; init; }

    /// <summary>What it does, in one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>Where the default comes from; empty where that is no question.</summary>
    public string Source { get; init; } = "";

    /// <summary>The unit of a plain number; empty where the kind has its own.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The value if nothing is said, as the user would write it; empty if there is none.</summary>
    public string Default { get; init; } = "";

    /// <summary>The least value, as the user would write it; empty for none.</summary>
    public string Min { get; init; } = "";

    /// <summary>The greatest value, as the user would write it; empty for none.</summary>
    public string Max { get; init; } = "";

    /// <summary>The words to choose from, for <see cref="SettingKind.Choice"/>.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Must it be given?</summary>
    public bool Required { get; init; }

    internal PropertyInfo? Property { get; init; }

    internal Type? EnumType { get; init; }

    /// <summary>The values allowed, as help shows them: <c>1 to 65535</c>; empty if there is no limit.</summary>
    public string Range =>
        Kind == SettingKind.Choice ? Quote.Or(Choices)
        : Min != "" && Max != "" ? $"{Min} to {Max}"
        : Min != "" ? $"at least {Min}"
        : Max != "" ? $"at most {Max}"
        : "";

    /// <summary>The kind in a word, as help shows it.</summary>
    public string KindName => Kind switch
    {
        SettingKind.Text => "text",
        SettingKind.Whole => "whole number",
        SettingKind.YesNo => "true or false",
        SettingKind.Duration => "duration",
        SettingKind.Fraction => "number",
        SettingKind.Choice => "one of",
        SettingKind.Pcpus => "pCPUs",
        _ => "structure",
    };

    /// <summary>Reads a value as it is written.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="value">The value: string, int, bool, Duration, Fraction or the enum's.</param>
    /// <param name="what">What is wrong with it, if anything is.</param>
    /// <param name="advice">What to write instead.</param>
    /// <returns>Whether it can be taken.</returns>
    public bool TryRead(string text, out object value, out string what, out string advice)
    {
        (value, what, advice) = (text, "", "");
        if (!TryForm(text, out value, out var form))
        {
            what = $"{Name} is {Quote.Text(text)}, which is not {form}";
            advice = Advice();
            return false;
        }
        if (Min != "" && TryForm(Min, out var min, out _) && Compare(value, min) < 0
            || Max != "" && TryForm(Max, out var max, out _) && Compare(value, max) > 0)
        {
            what = $"{Name} is {text.Trim()}, which is out of range";
            advice = Advice();
            return false;
        }
        return true;
    }

    internal string Advice()
    {
        var write = Kind switch
        {
            SettingKind.Duration => "write a number with ns, us, ms, s, min or h",
            SettingKind.YesNo => "write true or false",
            SettingKind.Choice => $"write {Range}",
            SettingKind.Whole => "write a whole number",
            SettingKind.Fraction => "write a number like 0.125 or 1/8",
            _ => "write one value",
        };
        if (Range != "" && Kind != SettingKind.Choice) write += $", {Range}";
        if (Unit != "") write += $" ({Unit})";
        return Default != "" ? $"{write}; default {Default}" : write;
    }

    private bool TryForm(string text, out object value, out string form)
    {
        value = text;
        form = "text";
        switch (Kind)
        {
            case SettingKind.Whole:
                form = "a whole number";
                var whole = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n);
                value = n;
                return whole;
            case SettingKind.YesNo:
                form = "true or false";
                value = text is "true" or "True" or "TRUE";
                return (bool)value || text is "false" or "False" or "FALSE";
            case SettingKind.Duration:
                form = "a duration with its unit";
                var time = Duration.TryParse(text, out var d);
                value = d;
                return time;
            case SettingKind.Fraction:
                form = "a number";
                var number = Fraction.TryParse(text, out var f);
                value = f;
                return number;
            case SettingKind.Choice:
                form = "known";
                var i = Choices.ToList().IndexOf(text.Replace('_', '-'));
                value = i < 0 || EnumType == null ? text : Enum.GetValues(EnumType).GetValue(i)!;
                return i >= 0;
            default:
                return true;
        }
    }

    private static int Compare(object a, object b) => (a, b) switch
    {
        (Fraction x, Fraction y) => ((Int128)x.Num * y.Den).CompareTo((Int128)y.Num * x.Den),
        (Duration x, Duration y) => x.CompareTo(y),
        (int x, int y) => x.CompareTo(y),
        _ => 0,
    };
}
