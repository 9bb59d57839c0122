using System.Globalization;
using Flms.Core;
using Flms.Lab.Settings;
using Flms.Sim;

namespace Flms.Sweep.Tuning;

/// <summary>One setting that a search may change: draws values of it.</summary>
/// <remarks>
/// Lengths of time, and whole numbers over a wide range, are drawn by octaves: a slice of 100 us is as far from 1 ms as
/// 1 ms is from 10 ms. Nothing but operations that IEEE 754 defines exactly is used, so that a search is the same on
/// every machine. Drawn numbers have two digits: nobody sets a slice of 1.2839 ms.
/// </remarks>
internal sealed class TuneOption
{
    // Where a setting states no bound, it is sought this many times below and above its default.
    private const double Unbounded = 30;

    // From this ratio of its bounds on, a whole number is drawn by octaves.
    private const double Wide = 50;

    private readonly double _least;
    private readonly double _most;
    private readonly bool _octaves;
    private readonly IReadOnlyList<string> _words;

    private TuneOption(Setting setting, double least, double most, bool octaves, IReadOnlyList<string> words) =>
        (Setting, _least, _most, _octaves, _words) = (setting, least, most, octaves, words);

    /// <summary>The setting; its default is where the search begins.</summary>
    public Setting Setting { get; }

    /// <summary>What is known of a setting; null if it is none that can be sought (a text, a list).</summary>
    public static TuneOption? Of(Setting setting)
    {
        if (setting.Kind == SettingKind.YesNo) return new(setting, 0, 0, false, ["false", "true"]);
        if (setting.Kind == SettingKind.Choice) return new(setting, 0, 0, false, setting.Choices);
        if (setting.Kind is not (SettingKind.Duration or SettingKind.Whole or SettingKind.Fraction)) return null;
        if (Number(setting, setting.Default) is not { } start) return null;
        var least = Number(setting, setting.Min) ?? (start > 0 ? start / Unbounded : 0);
        var most = Number(setting, setting.Max) ?? (start > 0 ? start * Unbounded : Unbounded);
        // Zero has no octave below it: what is shorter than a microsecond changes nothing.
        if (setting.Kind == SettingKind.Duration && least < 1_000) least = Math.Min(1_000, most);
        return most <= least ? null : new(setting, least, most,
            least > 0 && (setting.Kind == SettingKind.Duration || most / least > Wide), []);
    }

    /// <summary>Any value.</summary>
    public string Any(RandomStream random)
    {
        if (_words.Count > 0) return _words[random.Next(0, _words.Count)];
        return Text(_octaves ? ByOctave(random, _least, _most) : _least + (_most - _least) * random.Next());
    }

    /// <summary>A value near another one: within an octave of it, or within a tenth of the range.</summary>
    public string Near(string value, RandomStream random)
    {
        if (_words.Count > 0 || Number(Setting, value) is not { } centre) return Any(random);
        var (least, most) = _octaves && centre > 0 ? (centre / 2, centre * 2)
            : (centre - (_most - _least) / 10, centre + (_most - _least) / 10);
        (least, most) = (Math.Max(least, _least), Math.Min(most, _most));
        return most <= least ? value : Text(least + (most - least) * random.Next());
    }

    private static double ByOctave(RandomStream random, double least, double most)
    {
        var octaves = 0;
        for (var x = least; x < most; x *= 2) octaves++;
        var low = least;
        for (var i = random.Next(0, octaves); i > 0; i--) low *= 2;
        return low + (Math.Min(low * 2, most) - low) * random.Next();
    }

    private static double? Number(Setting setting, string text)
    {
        var free = setting with { Min = "", Max = "" };
        if (text == "" || !free.TryRead(text, out var value, out _, out _)) return null;
        return value switch
        {
            Duration d => d.Ns,
            int n => n,
            Fraction f => (double)f.Num / f.Den,
            _ => null,
        };
    }

    private string Text(double value)
    {
        if (Setting.Kind == SettingKind.Fraction)
            return Math.Clamp((decimal)Math.Round(value, 3), (decimal)_least, (decimal)_most)
                .ToString("0.#########", CultureInfo.InvariantCulture);
        var whole = TwoDigits((long)value);
        whole = Math.Clamp(whole, (long)Math.Ceiling(_least), (long)_most);
        return Setting.Kind == SettingKind.Duration ? new Duration(whole).ToString()
            : whole.ToString(CultureInfo.InvariantCulture);
    }

    private static long TwoDigits(long value)
    {
        var grain = 1L;
        while (Math.Abs(value) / grain >= 100) grain *= 10;
        return (value + (value < 0 ? -grain / 2 : grain / 2)) / grain * grain;
    }
}
