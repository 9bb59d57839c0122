using Flms.Core;
using Flms.Schedulers.Credit;
using Flms.Testing;

namespace Flms.Schedulers.Tests.Credit;

/// <summary>Credit in random worlds, held to the laws (the fouls are those that its page declares).</summary>
public sealed class CreditWorldTests
{
    private static readonly WorldOptions NoAffinities = new() { HardAffinity = false, SoftAffinity = false };

    private static Scheduler Xen442(ISchedHost host) => new CreditScheduler(host, CreditOptions.Xen442);

    private static readonly Claims Conserving = new() { WorkConserving = true };

    private static Scheduler Master(ISchedHost host) => new CreditScheduler(host, CreditOptions.XenMaster);

    [Fact]
    public void No_law_is_broken_in_random_worlds() => Swarm.Run(Xen442, worlds: 60);

    // The page says why: kicks do not say whom they are for, and only queues of busy pCPUs are robbed.
    [Fact]
    public void Work_is_not_conserved() =>
        Assert.Contains("P4", Swarm.Survey(Xen442, 60, options: NoAffinities, claims: Conserving).Keys);

    [Fact]
    public void In_master_no_law_is_broken_in_random_worlds() => Swarm.Run(Master, worlds: 60);

    [Fact]
    public void Nothing_is_allocated_once_it_runs() =>
        Swarm.Run(Xen442, worlds: 10, claims: new() { AllocatesUntil = 2000 }, firstSeed: 500);
}
