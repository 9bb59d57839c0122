using Flms.Bench;

namespace Flms.Sim.Tests;

/// <summary>The workload pedf of spec/peers.md section 1, which three other simulators agree on.</summary>
public sealed class PedfTests
{
    [Theory]
    [InlineData(4, 1_444, 10_052)]
    [InlineData(16, 5_776, 39_901)]
    public void Periodic_tasks_under_EDF_give_the_published_response_times(int pcpus, long completions, long responseMs)
    {
        var machine = new Pedf(pcpus, new(2_000_000_000)).CreateMachine();
        machine.Run(new(2_000_000_000));
        Assert.Equal((completions, responseMs), Pedf.Counts(machine));
    }
}
