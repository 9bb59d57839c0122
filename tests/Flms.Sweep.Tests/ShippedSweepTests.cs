using Flms.Sweep.Plans;

namespace Flms.Sweep.Tests;

public sealed class ShippedSweepTests
{
    private static string Folder => Path.Combine(SourceTree.Root, "scenarios/sweeps");

    public static TheoryData<string> All =>
        [.. Directory.EnumerateFiles(Folder, "*.yaml").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_shipped_sweep_can_be_run(string file)
    {
        var reading = SweepReader.ReadFile(file);
        Assert.Empty(reading.Problems);
        Assert.NotEmpty(reading.Value!.Table.Points);
        Assert.NotEqual("", reading.Value.Table.Summary);
    }

    [Fact]
    public void The_large_one_has_ten_thousand_points() =>
        Assert.Equal(10_000, SweepReader.ReadFile(Path.Combine(Folder, "large.yaml")).Value!.Table.Points.Count);
}
