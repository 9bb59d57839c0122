using Flms.Core;
using Flms.Schedulers;

namespace Flms.Testing.Tests;

/// <summary>A chart says what a run was, and fails when it was not.</summary>
public sealed class GanttTests
{
    private static Scheduler RoundRobin(ISchedHost host) => new RoundRobinScheduler(host, new());

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

    [Fact]
    public void Responses_are_filled_in()
    {
        var drawn = Gantt.Draw(RoundRobin, "1 pcpu, column 10ms\nhog wants *......\nweb weight=512 wants .1....1");
        Assert.Equal("""
            1 pcpu, column 10ms
            hog wants *......
            hog gets  000-000
            web weight=512 wants .1....1
            web            gets  .--0..-
            """.ReplaceLineEndings("\n"), drawn);
    }
}
