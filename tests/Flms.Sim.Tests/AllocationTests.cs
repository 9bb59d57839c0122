using Flms.Bench;
using Flms.Core;
using Flms.Schedulers;

namespace Flms.Sim.Tests;

/// <summary>Law P5 and its counterpart in the machine: once it runs, nothing is allocated.</summary>
public sealed class AllocationTests
{
    /// <summary>The names of all policies.</summary>
    public static TheoryData<string> Policies
    {
        get
        {
            var names = new TheoryData<string>();
            foreach (var entry in SchedulerCatalog.All) names.Add(entry.Name);
            return names;
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Nothing_is_allocated_while_a_policy_runs(string policy)
    {
        var machine = new Mixed(8, 32).CreateMachine(SchedulerCatalog.Find(policy)!);
        // What runs for the first time is compiled, and that may allocate.
        machine.Run(Instant.Zero + 1.Seconds);
        var before = (machine.Events, Bytes: GC.GetAllocatedBytesForCurrentThread());
        machine.Run(Instant.Zero + 3.Seconds);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before.Bytes);
        Assert.InRange(machine.Events - before.Events, 1_000, long.MaxValue);
    }

    [Fact]
    public void Nothing_is_allocated_in_the_bare_loop()
    {
        var loop = new BareLoop(new(8, 32));
        loop.Run(Instant.Zero + 1.Seconds);
        var before = GC.GetAllocatedBytesForCurrentThread();
        loop.Run(Instant.Zero + 3.Seconds);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
