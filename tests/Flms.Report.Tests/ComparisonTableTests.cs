using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Flms.Report.Tests;

public sealed class ComparisonTableTests
{
    /// <summary>The table as a file or a pipe gets it, or as a terminal of some width does.</summary>
    private static string Write(
        ReportData data, int? terminalWidth = null, string? noColor = null)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.EightBit,
            Out = terminalWidth is null ? new AnsiConsoleOutput(text) : new FakeTerminal(text, terminalWidth.Value),
        });
        if (terminalWidth is not null) console.Profile.Capabilities.Unicode = true;
        ComparisonTable.Write(console, data, noColor);
        return text.ToString();
    }

    private sealed class FakeTerminal(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;
        public bool IsTerminal => true;
        public int Width => width;
        public int Height => 50;
        public void SetEncoding(Encoding encoding) { }
    }

    private static ReportData Many(int schedulers) => Sample.With(
        [.. Enumerable.Range(1, schedulers).Select(i => ($"policy-with-a-long-name-{i}", 100.0 / i, 1.0 / i))]);

    private static void FitsIn(int width, string text) =>
        Assert.All(text.Split('\n'), line => Assert.True(line.TrimEnd().Length <= width, line));

    [Fact]
    public void Without_a_terminal_it_is_plain_ASCII_of_at_most_100_columns()
    {
        var text = Write(Sample.With(("credit", 16, 1), ("flms", 1, 0.1)));

        Assert.DoesNotContain('\e', text);
        Assert.All(text, c => Assert.True(c is '\n' or '\r' or (>= ' ' and <= '~'), $"U+{(int)c:X4}"));
        FitsIn(100, text);
    }

    [Fact]
    public void Rows_are_schedulers_and_the_best_carries_a_star()
    {
        var lines = Write(Sample.With(("credit", 16, 1), ("flms", 1.25, 0.1))).Split('\n');

        Assert.Contains(lines, line => Regex.IsMatch(line, @"^\| credit .* 16\.0 \+-1\.0 "));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^\| flms .* 1\.25 \+-0\.10\*[ |]"));
    }

    [Fact]
    public void Many_schedulers_with_long_names_fit_and_each_has_its_row()
    {
        var text = Write(Many(25));

        FitsIn(100, text);
        for (var i = 1; i <= 25; i++)
            Assert.Contains($"policy-with-a-long-name-{i} ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_schedulers_make_one_table_ranked_by_latency()
    {
        var text = Write(Sample.With(
            [.. Enumerable.Range(1, 24).Select(i => ($"policy-{i}", 100.0 / i, 1.0 / i))]));
        FitsIn(100, text);
        var rows = text.Split('\n').Where(line => line.StartsWith("| policy-", StringComparison.Ordinal)).ToList();

        Assert.Equal(24, rows.Count);
        Assert.StartsWith("| policy-24 ", rows[0], StringComparison.Ordinal);
        Assert.StartsWith("| policy-1 ", rows[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("p50", text, StringComparison.Ordinal);
        Assert.DoesNotContain("  CPU shares", text, StringComparison.Ordinal);
        Assert.Contains("p99 ms", text, StringComparison.Ordinal);
        Assert.Contains("+-", rows[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(100)]
    [InlineData(200)]
    public void A_terminal_gets_a_frame_within_its_width(int width)
    {
        var text = Write(Many(5), width, "1");

        Assert.Contains('│', text);
        FitsIn(width, text);
    }

    [Fact]
    public void A_terminal_gets_colour_unless_NO_COLOR_is_set()
    {
        var data = Sample.With(("credit", 16, 1), ("flms", 1, 0.1));

        Assert.Contains("\e[1;38;5;2m", Write(data, 100), StringComparison.Ordinal);
        Assert.Contains("\e[1;38;5;2m", Write(data, 100, ""), StringComparison.Ordinal);
        Assert.DoesNotContain('\e', Write(data, 100, "1"));
    }

    [Fact]
    public void Names_with_brackets_are_text()
    {
        var data = Sample.With(("credit", 16, 1)) with { Warnings = ["[red] is no markup"] };
        var text = Write(data with { Schedulers = [data.Schedulers[0] with { Label = "credit [xen]" }] });

        Assert.Contains("credit [xen]", text, StringComparison.Ordinal);
        Assert.Contains("[red] is no markup", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_replications_it_says_that_there_are_no_intervals() =>
        Assert.Contains("no intervals", Write(Sample.With(("credit", 16, 0))), StringComparison.Ordinal);
}
