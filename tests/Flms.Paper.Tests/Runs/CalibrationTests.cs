using Flms.Paper.Runs;

namespace Flms.Paper.Tests.Runs;

public sealed class CalibrationTests
{
    [Fact]
    public void Each_row_of_its_tables_is_an_assumption_without_marks() => Assert.Equal(
        ["VMs in table 1: 9. fixed by Credit's latency; see the page."],
        Calibration.Rows(["# Title", "| what | value | why |", "|---|---|---|",
            "| VMs in table 1 | 9 | **fixed by Credit's latency**; see [the page](x.md) |", "| a | b | c | d |"]));

    [Fact]
    public void The_shipped_page_says_what_was_fixed()
    {
        var assumptions = Calibration.Read(Sample.Folder);

        Assert.Contains(assumptions, a => a.StartsWith("VMs in table 1:", StringComparison.Ordinal));
        Assert.Contains(assumptions, a => a.StartsWith("lookbusy's feedback:", StringComparison.Ordinal));
        Assert.Contains(assumptions, a => a.StartsWith("window of the TCP stream:", StringComparison.Ordinal));
        Assert.Empty(Calibration.Read("nowhere"));
    }
}
