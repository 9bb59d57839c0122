using Flms.Bench;
using Flms.Core;
using Flms.Schedulers;
using Flms.Testing;

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
    [Trait("Speed", "Slow")]
    [MemberData(nameof(Policies))]
    public void Nothing_is_allocated_while_a_policy_runs(string policy)
    {
        var events = 0L;
        Assert.Equal(0, Allocation.Least(() =>
        {
            // With as many pCPUs, `null` too has vCPUs that come and go.
            var machine = new Mixed(16, 32).CreateMachine(SchedulerCatalog.Find(policy)!);
            machine.Run(Instant.Zero + 1.Seconds);
            events = -machine.Events;
            return () =>
            {
                machine.Run(Instant.Zero + 3.Seconds);
                events += machine.Events;
            };
        }));
        Assert.InRange(events, 1_000, long.MaxValue);
    }

    [Fact]
    public void Nothing_is_allocated_in_the_bare_loop()
    {
        Assert.Equal(0, Allocation.Least(() =>
        {
            var loop = new BareLoop(new(8, 32));
            loop.Run(Instant.Zero + 1.Seconds);
            return () => loop.Run(Instant.Zero + 3.Seconds);
        }));
    }
}
