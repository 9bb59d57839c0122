using Flms.Core;
using Flms.Schedulers;

namespace Flms.Testing.Tests;

/// <summary>Random worlds find what charts do not think of.</summary>
public sealed class SwarmTests
{
    private static Scheduler RoundRobin(ISchedHost host) => new RoundRobinScheduler(host, new());

    [Fact]
    public void Plain_worlds_under_round_robin() => Swarm.Run(RoundRobin, 40, options: WorldOptions.Plain);

    [Fact]
    public void All_worlds_under_round_robin() => Swarm.Run(RoundRobin, 40);
}
