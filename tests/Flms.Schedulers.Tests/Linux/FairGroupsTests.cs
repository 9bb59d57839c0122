using Flms.Core;
using Flms.Schedulers.Linux;

namespace Flms.Schedulers.Tests.Linux;

public sealed class FairGroupsTests
{
    private static readonly DomainId D = new(0);

    private static FairGroups TwoVcpus(int weight = 256)
    {
        var groups = new FairGroups(vcpus: 2, domains: 1, pcpus: 2, Grouping.Grouped);
        groups.SetWeight(new(0), D, weight);
        groups.SetWeight(new(1), D, weight);
        return groups;
    }

    private static long WeightOn(FairGroups groups, int p) => groups.WeightOf(groups.GroupOf(D, new(p)));

    [Theory]
    [InlineData(256, 1024)]
    [InlineData(512, 2048)]
    [InlineData(1, 4)]
    [InlineData(65_535, 262_140)]
    public void A_group_on_one_pCPU_has_the_shares_of_its_domain(int weight, long shares)
    {
        var groups = TwoVcpus(weight);
        Assert.True(groups.Join(new(0), D, new(0), Instant.Zero));
        Assert.False(groups.Join(new(1), D, new(0), Instant.Zero));
        Assert.Equal(shares, WeightOn(groups, 0));
        Assert.Equal(shares, groups.LoadOf(0));
        Assert.Equal(2048, groups.LoadOf(groups.QueueIn(groups.GroupOf(D, new(0)))));
    }

    [Fact]
    public void On_two_pCPUs_each_has_half_once_the_averages_have_come_up()
    {
        var groups = TwoVcpus();
        groups.Join(new(0), D, new(0), Instant.Zero);
        groups.Join(new(1), D, new(1), Instant.Zero);
        // At first nothing is known of the other: the sum over pCPUs is more than the shares.
        Assert.Equal((1024, 1024), (WeightOn(groups, 0), WeightOn(groups, 1)));
        var now = Instant.Zero + 1.Seconds;
        for (var round = 0; round < 2; round++)
            for (var p = 0; p < 2; p++) groups.Reweigh(D, new(p), now);
        Assert.InRange(WeightOn(groups, 0), 512, 514);
        Assert.InRange(WeightOn(groups, 1), 512, 514);
    }

    // A vCPU that runs half of the time counts for its average while it sleeps, and for all of itself while it runs.
    [Fact]
    public void What_rests_elsewhere_counts_for_its_average()
    {
        var groups = TwoVcpus();
        var now = Instant.Zero;
        groups.Join(new(0), D, new(0), now);
        for (var i = 0; i < 500; i++)
        {
            now += 1.Ms;
            groups.Join(new(1), D, new(1), now);
            now += 1.Ms;
            groups.Leave(new(1), D, new(1), now);
        }
        groups.Reweigh(D, new(0), now);
        Assert.InRange(WeightOn(groups, 0), 1024 * 2 / 3 - 20, 1024 * 2 / 3 + 20);
        now += 1.Seconds;
        groups.Reweigh(D, new(0), now);
        Assert.InRange(WeightOn(groups, 0), 1020, 1024);
    }

    [Fact]
    public void Who_moves_takes_its_average_along()
    {
        var groups = TwoVcpus();
        groups.Join(new(0), D, new(0), Instant.Zero);
        var now = Instant.Zero + 1.Seconds;
        groups.Leave(new(0), D, new(0), now);
        groups.Carry(D, new(0), new(1), 1024L << DecayedAverage.FractionBits, now);
        groups.Join(new(0), D, new(1), now);
        Assert.InRange(WeightOn(groups, 1), 1020, 1024);
    }

    [Fact]
    public void Without_groups_a_vCPU_has_its_domains_weight()
    {
        var groups = new FairGroups(vcpus: 2, domains: 1, pcpus: 1, Grouping.Flat);
        groups.SetWeight(new(0), D, 512);
        Assert.False(groups.Join(new(0), D, new(0), Instant.Zero));
        Assert.Equal((2, 1, 2048), (groups.Entities, groups.Queues, groups.LoadOf(0)));
        groups.Leave(new(0), D, new(0), Instant.Zero);
        Assert.Equal(0, groups.LoadOf(0));
    }
}
