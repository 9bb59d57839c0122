using Flms.Core;
using Flms.Schedulers.Cfs;
using Flms.Schedulers.Linux;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Cfs;

public sealed class CfsSchedulerTests
{
    private static Scheduler Kvm(ISchedHost host) => new CfsScheduler(host, CfsOptions.Kvm2016);

    private static Scheduler Flat(ISchedHost host) => new CfsScheduler(host, new() { Grouping = Grouping.Flat });

    [Fact]
    public void No_law_is_broken_in_random_worlds() => Swarm.Run(Kvm, worlds: 40);

    [Fact]
    public void Without_groups_no_law_is_broken_in_random_worlds() => Swarm.Run(Flat, worlds: 40);
}
