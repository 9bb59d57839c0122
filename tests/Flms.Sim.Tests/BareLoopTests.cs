using Flms.Bench;
using Flms.Core;
using Flms.Schedulers;

namespace Flms.Sim.Tests;

/// <summary>What is compared in the benchmark must do the same work.</summary>
public sealed class BareLoopTests
{
    [Theory]
    [InlineData(8, 32)]
    [InlineData(64, 512)]
    public void The_bare_loop_counts_what_the_machine_counts_under_round_robin(int pcpus, int vcpus)
    {
        var mixed = new Mixed(pcpus, vcpus);
        var end = Instant.Zero + 1.Seconds;
        var loop = new BareLoop(mixed);
        loop.Run(end);
        var machine = mixed.CreateMachine(SchedulerCatalog.Find("round-robin")!);
        machine.Run(end);

        var s = machine.Statistics;
        var waits = 0L;
        for (var d = 0; d < s.WakeToRun.Length; d++)
            if (!Mixed.IsHog(d * Mixed.DomainVcpus)) waits += s.WakeToRun[d].Sum;
        Assert.Equal((s.Wakes, s.SliceEnds, s.Completions, waits),
            (loop.Wakes, loop.SliceEnds, loop.Completions, loop.WaitSum));
    }
}
