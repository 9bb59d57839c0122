using Flms.Sweep.Clusters;

namespace Flms.Sweep.Tests.Clusters;

public sealed class SlurmClusterTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0-1", 0, 1)]
    [InlineData("0-2,4,7-9", 0, 1, 2, 4, 7, 8, 9)]
    public void Task_numbers_are_written_as_ranges(string text, params int[] numbers) =>
        Assert.Equal(text, SlurmCluster.Ranges(numbers));

    [Fact]
    public void The_script_takes_its_part_from_the_array_and_quotes_what_a_shell_would_read()
    {
        var script = SlurmCluster.Script(new("n", ["flms", "sweep", "run", "my sweep's.yaml"], 12, 1, "/f"));
        Assert.StartsWith("#!/bin/sh\n", script);
        Assert.EndsWith("\nexec flms sweep run 'my sweep'\\''s.yaml' --shard \"$SLURM_ARRAY_TASK_ID/12\"\n", script);
    }
}
