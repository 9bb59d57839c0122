using Flms.Core;
using Flms.Schedulers;

namespace Flms.Testing.Tests;

/// <summary>A chart says what a run was, and fails when it was not.</summary>
public sealed class GanttTests
{
    private static Scheduler RoundRobin(ISchedHost host) => new RoundRobinScheduler(host, new());

    private static string Lines(params string[] lines) => string.Join('\n', lines);

    // doc: hogs
    [Fact]
    public void Hogs_take_turns() => Gantt.Check(RoundRobin, """
        1 pcpu, column 10ms
        a  wants *.................
        a  gets  000------000------
        b  wants *.................
        b  gets  ---000------000---
        c  wants *.................
        c  gets  ------000------000
        a : b : c gets 1 : 1 : 1 within 1%
        """);
    // end doc

    [Fact]
    public void Remarks_rulers_and_empty_lines_are_kept() => Gantt.Check(RoundRobin, """

        2 pcpu, column 10ms
             0         100       (a ruler)
        a  wants *..3......   a remark may not stand behind a picture, so this line is one
        web/0 wants .1........
        web/0 gets  .0........

        web/1 wants .1........
        web/1 gets  .1........
        """);

    [Fact]
    public void Responses_are_filled_in_below_what_is_wanted() => Assert.Equal(
        Lines(
            "1 pcpu, column 10ms", "hog wants *......", "hog gets  000-000", "  web weight=512 wants .1....1",
            "  web            gets  .--0..-"),
        Gantt.Draw(RoundRobin, Lines("1 pcpu, column 10ms", "hog wants *......", "  web weight=512 wants .1....1")));

    [Fact]
    public void What_changes_within_a_column_is_a_tilde() => Assert.Equal(
        Lines("1 pcpu, column 20ms", "a wants *....", "a gets  0~-0~", "b wants *....", "b gets  -~0-~"),
        Gantt.Draw(RoundRobin, Lines("1 pcpu, column 20ms", "a wants *....", "b wants *....")));

    [Fact]
    public void Gaps_pass_over_time() => Assert.Equal(
        Lines(
            "1 pcpu, column 10ms", "a wants *..[57ms]....", "a gets  000[57ms]~--~", "b wants *..[57ms]....",
            "b gets  ---[57ms]~00~"),
        Gantt.Draw(RoundRobin, Lines("1 pcpu, column 10ms", "a wants *..[57ms]....", "b wants *..[57ms]....")));

    [Fact]
    public void Notes_say_who_moved() => Assert.Equal(
        Lines(
            "2 pcpu, column 10ms", "a wants *......", "a gets  000111-", "a notes ...m...", "b wants *......",
            "b gets  111---0", "c wants *......", "c gets  ---0001", "c notes ......m"),
        Gantt.Draw(RoundRobin, Lines(
            "2 pcpu, column 10ms", "a wants *......", "a notes", "b wants *......", "c wants *......", "c notes")));

    [Theory]
    [InlineData("web waits at most 5ms", "web waits at most 5ms: it waits up to 60ms")]
    [InlineData("a : b gets 1 : 2 within 1%", "it is ")]
    [InlineData("a gets 30% within 1%", "% of a pCPU")]
    [InlineData("a waits on average 1ms within 1%", "on average")]
    [InlineData("a migrates at most 0 times", null)]
    [InlineData("web waits at most 60ms", null)]
    [InlineData("a : b gets 1 : 1 within 5%", null)]
    [InlineData("a gets 43% within 1%", null)]
    public void Numbers_under_the_picture_are_checked(string claim, string? problem)
    {
        var drawn = Gantt.Draw(RoundRobin, Lines(
            "1 pcpu, column 10ms", "a wants *.............................", "b wants *.............................",
            "web wants .1......4", claim));
        if (problem == null)
        {
            Gantt.Check(RoundRobin, drawn, file: "");
            return;
        }
        var mismatch = Mismatch(drawn);
        Assert.Contains(problem, mismatch.Message, StringComparison.Ordinal);
    }

    // An empty file name: these must fail even while other charts are being rewritten.
    private static ChartMismatch Mismatch(params string[] chart) =>
        Assert.Throws<ChartMismatch>(() => Gantt.Check(RoundRobin, Lines(chart), file: ""));

    [Fact]
    public void A_wrong_picture_fails_with_both_pictures_and_the_place()
    {
        var mismatch = Mismatch("1 pcpu, column 10ms", "a  wants *.....", "a  gets  000--0");
        Assert.Contains("a  gets  000--0", mismatch.Message, StringComparison.Ordinal);
        Assert.Contains("a  gets  000000\n            ^", mismatch.Message, StringComparison.Ordinal);
        Assert.Contains("FLMS_UPDATE=1", mismatch.Message, StringComparison.Ordinal);
        Assert.Contains("a  gets  000000", mismatch.Drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_response_fails() =>
        Assert.Contains("a gets  000", Mismatch("1 pcpu, column 10ms", "a wants *..").Drawn, StringComparison.Ordinal);

    [Fact]
    public void A_chart_runs_under_the_referee() => Assert.Equal("P2", Assert.Throws<PolicyFault>(() =>
        Gantt.Draw(host => new Puppet(host), Lines("1 pcpu, column 10ms", "a wants *.....", "b wants .1"))).Law);

    [Theory]
    [InlineData("1 pcpu\na wants *..", "does not say `column 10ms`")]
    [InlineData("column 1ms\na wants *..", "how many pcpus")]
    [InlineData("1 pcpu, column 1ms, colour blue\na wants *..", "`colour blue`")]
    [InlineData("1 pcpu, column 1ms, costs huge\na wants *..", "none, typical or harness")]
    [InlineData("1 pcpu, column 1ms", "no line `NAME wants")]
    [InlineData("1 pcpu, column 1ms\na wants *.x", "wants `x` after `*`")]
    [InlineData("1 pcpu, column 1ms\na wants ..x", "wants `x`")]
    [InlineData("1 pcpu, column 1ms\na wants ..[3]", "`[3]` is not a gap")]
    [InlineData("1 pcpu, column 1ms\na wants ..[3s]\nb wants .......", "`[3s]`")]
    [InlineData("1 pcpu, column 1ms\na gets 000", "a has no line `wants`")]
    [InlineData("1 pcpu, column 1ms\na wants *\na wants *", "two lines `wants`")]
    [InlineData("1 pcpu, column 1ms\na pin=1 wants *", "below 1")]
    [InlineData("1 pcpu, column 1ms\na size=1 wants *", "`size=1`")]
    [InlineData("1 pcpu, column 1ms\na wants *..\nb waits at most 1ms", "called b")]
    [InlineData("1 pcpu, column 1ms\na wants *..\na waits at most long", "not a length of time")]
    [InlineData("1 pcpu, column 1ms\na wants *..\na waits about 5ms within reason", "cannot read")]
    public void What_cannot_be_read_is_said_in_one_line(string chart, string problem)
    {
        var error = Assert.Throws<FormatException>(() => Gantt.Draw(RoundRobin, chart));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Attributes_and_header_shape_the_host()
    {
        var drawn = Gantt.Draw(host =>
        {
            var t = host.Topology;
            Assert.Equal((8, 4, 2, 1), (t.Count, t.Cores, t.Sockets, t.Nodes));
            return new RoundRobinScheduler(host, new());
        }, Lines(
            "2 sockets x 2 cores x 2 threads, 1 node, column 1ms, costs typical, seed 7",
            "a/0 weight=99 cap=40 kind=latency pin=2 wants 2....", "a/1 soft=0-1 pin=3,5-6 wants ..1.."));
        Assert.Contains("~2~..", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void Update_writes_into_the_source_and_keeps_its_indentation()
    {
        var file = Path.GetTempFileName();
        try
        {
            var quotes = new string('"', 3);
            var source = Lines(
                "class X", "{", $"    void A() => Gantt.Check(P, {quotes}", "        1 pcpu, column 10ms",
                "        a wants *..", $"        {quotes});", "", $"    void B() => Gantt.Check(P, {quotes}",
                "      1 pcpu, column 10ms", "", "      a wants *.", $"      {quotes});", "}", "");
            File.WriteAllText(file, source);
            Gantt.Update(RoundRobin, "1 pcpu, column 10ms\na wants *..", null, file, 3);
            Gantt.Update(RoundRobin, "1 pcpu, column 10ms\n\na wants *.", null, file, 8);
            var expected = source
                .Replace("a wants *..\n", "a wants *..\n        a gets  000\n", StringComparison.Ordinal)
                .Replace("a wants *.\n", "a wants *.\n      a gets  00\n", StringComparison.Ordinal);
            Assert.Equal(expected, File.ReadAllText(file));
            Assert.Throws<FormatException>(() =>
                Gantt.Update(RoundRobin, "1 pcpu, column 10ms\na wants *.....", null, file, 3));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
