using System.Globalization;
using System.Text.RegularExpressions;
using Flms.Core;

namespace Flms.Testing;

/// <summary>The numbers under a chart: sentences that are checked against the run.</summary>
internal static partial class GanttClaims
{
    [GeneratedRegex(@"^(?<who>\S+) waits at most (?<limit>\S+)$")]
    private static partial Regex AtMost();

    [GeneratedRegex(@"^(?<who>\S+) waits on average (?<mean>\S+) within (?<within>[\d.]+)%$")]
    private static partial Regex Average();

    [GeneratedRegex(@"^(?<who>\S+( : \S+)+) gets? (?<parts>[\d.]+( : [\d.]+)+) within (?<within>[\d.]+)%$")]
    private static partial Regex Ratio();

    [GeneratedRegex(@"^(?<who>\S+) gets (?<share>[\d.]+)% within (?<within>[\d.]+)%$")]
    private static partial Regex Share();

    [GeneratedRegex(@"^(?<who>\S+) migrates at most (?<limit>\d+) times$")]
    private static partial Regex Migrates();

    [GeneratedRegex(@"^\S+( : \S+)* (gets?|waits|migrates)\b.*(within|at most|on average|%)")]
    private static partial Regex Resembles();

    /// <summary>Is the line a claim, rather than a remark?</summary>
    internal static bool IsClaim(string line) => Resembles().IsMatch(line);

    /// <summary>What is wrong with a claim; null if it holds.</summary>
    /// <exception cref="FormatException">It cannot be read.</exception>
    internal static string? Problem(GanttText chart, Tally tally, string line)
    {
        Match Is(Regex form) => form.Match(line);
        if (Is(AtMost()) is { Success: true } a) return WaitsAtMost(chart, tally, a);
        if (Is(Average()) is { Success: true } b) return WaitsOnAverage(chart, tally, b);
        if (Is(Ratio()) is { Success: true } c) return GetsInProportion(chart, tally, c);
        if (Is(Share()) is { Success: true } d) return GetsShare(chart, tally, d);
        if (Is(Migrates()) is { Success: true } e) return MigratesAtMost(chart, tally, e);
        throw new FormatException($"cannot read `{line}`; there are `a waits at most 1ms`, "
            + "`a waits on average 5ms within 1%`, `a : b gets 1 : 2 within 1%`, `a gets 25% within 1%`, "
            + "`a migrates at most 3 times`");
    }

    private static string? WaitsAtMost(GanttText chart, Tally tally, Match m)
    {
        var limit = Length(m.Groups["limit"].Value);
        var longest = Duration.Zero;
        foreach (var v in chart.Named(m.Groups["who"].Value))
            longest = Duration.Max(longest, tally.LongestWait(new(v)));
        return longest <= limit ? null : $"it waits up to {longest}";
    }

    private static string? WaitsOnAverage(GanttText chart, Tally tally, Match m)
    {
        var (waited, times) = (0L, 0L);
        foreach (var v in chart.Named(m.Groups["who"].Value))
        {
            waited += tally.Waited(new(v)).Ns;
            times += tally.Dispatches(new(v));
        }
        if (times == 0) return "it never ran";
        var mean = Math.Round((decimal)waited / times);
        return Near(mean, Length(m.Groups["mean"].Value).Ns, m) ? null
            : $"it waits {new Duration((long)mean)} on average";
    }

    private static string? GetsInProportion(GanttText chart, Tally tally, Match m)
    {
        var names = m.Groups["who"].Value.Split(" : ");
        var parts = m.Groups["parts"].Value.Split(" : ");
        if (names.Length != parts.Length)
            throw new FormatException($"`{m.Value}` has {names.Length} names and {parts.Length} parts");
        var (ran, want, got) = (0m, 0m, new decimal[names.Length]);
        for (var i = 0; i < names.Length; i++)
        {
            got[i] = RanOf(chart, tally, names[i]);
            ran += got[i];
            want += Number(parts[i]);
        }
        if (ran == 0) return "none of them ran";
        var all = true;
        for (var i = 0; i < names.Length; i++)
        {
            all &= Near(got[i] / ran, Number(parts[i]) / want, m);
            parts[i] = (got[i] / ran * want).ToString("0.###", CultureInfo.InvariantCulture);
        }
        return all ? null : $"it is {string.Join(" : ", parts)}";
    }

    private static string? GetsShare(GanttText chart, Tally tally, Match m)
    {
        var share = RanOf(chart, tally, m.Groups["who"].Value) * 100 / chart.Axis.End.Ns;
        return Near(share, Number(m.Groups["share"].Value), m) ? null
            : $"it gets {share.ToString("0.###", CultureInfo.InvariantCulture)}% of a pCPU";
    }

    private static string? MigratesAtMost(GanttText chart, Tally tally, Match m)
    {
        var times = 0L;
        foreach (var v in chart.Named(m.Groups["who"].Value)) times += tally.Migrations(new(v));
        return times <= Number(m.Groups["limit"].Value) ? null : $"it migrates {times} times";
    }

    private static decimal RanOf(GanttText chart, Tally tally, string name)
    {
        var ran = 0L;
        foreach (var v in chart.Named(name)) ran += tally.Ran(new(v)).Ns;
        return ran;
    }

    private static bool Near(decimal got, decimal want, Match m) =>
        Math.Abs(got - want) <= want * Number(m.Groups["within"].Value) / 100;

    private static Duration Length(string text) => Duration.TryParse(text, out var d)
        ? d : throw new FormatException($"{text} is not a length of time like 10ms");

    private static decimal Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var n)
            ? n : throw new FormatException($"{text} is not a number");
}
