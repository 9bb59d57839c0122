using Flms.Core;
using Flms.Schedulers.Cfs;
using Flms.Schedulers.Linux;
using Flms.Schedulers.Tests.Linux;

namespace Flms.Schedulers.Tests.Cfs;

/// <summary>CFS against a Linux 6.1 kernel as measured: spec/linux-host.md 9.2, column "6.1 CFS", flat.</summary>
public sealed class CfsKernelTests(Xunit.Abstractions.ITestOutputHelper output)
{
    /// <summary>Slices of the vCPU and of the hogs in the measured row, which 6.1 does not know; then mean, p99 and the
    /// hogs' bursts in ms.</summary>
    private static readonly (string Row, double Mean, double P99, double Burst)[] Sleeper =
    [
        ("def/def", 0.009, 0.009, 3.29), ("0.1/def", 0.009, 0.009, 3.37), ("0.1/0.1", 0.009, 0.012, 3.35),
        ("1/1", 0.009, 0.009, 3.49), ("def/20", 0.009, 0.011, 3.37), ("0.1/20", 0.009, 0.009, 3.31),
    ];

    private static readonly (string Row, double Mean, double P99, double Burst)[] Mixed =
    [
        ("def/def", 4.49, 11.94, 4.00), ("0.1/def", 4.37, 11.69, 4.00), ("0.1/0.1", 4.47, 11.89, 4.00),
        ("1/1", 4.48, 11.95, 4.00), ("def/20", 4.46, 11.98, 4.00), ("0.1/20", 4.49, 11.84, 4.00),
    ];

    // The kernel was run once a row, and its six rows of a kind are one experiment six times over: slices came later.
    // The one figure beyond 10 % that a model could miss is 0.012 ms, of a row in which some event waited 3 us longer.
    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData(Grouping.Flat)]
    [InlineData(Grouping.Grouped)]
    public void Of_36_figures_measured_on_Linux_6_1_34_are_within_10_percent_and_36_within_25(Grouping grouping)
    {
        var table = new MeasuredTable();
        Scheduler Cfs(ISchedHost host) => new CfsScheduler(host, new() { Grouping = grouping });
        foreach (var (rows, mixed) in new[] { (Sleeper, false), (Mixed, true) })
        {
            var ours = LinuxHostWorld.Run(Cfs, mixed);
            foreach (var (row, mean, p99, burst) in rows)
            {
                var name = $"{(mixed ? "mixed" : "pure I/O")} {row}";
                table.Add($"{name} mean", mean, ours.Mean);
                table.Add($"{name} p99", p99, ours.P99);
                table.Add($"{name} burst", burst, ours.Burst);
            }
        }
        output.WriteLine(table.Lines);
        Assert.Empty(table.Beyond);
        Assert.Equal((36, 34, 36), (table.Count, table.Within10, table.Within25));
    }
}
