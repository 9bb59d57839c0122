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
        for (var p = 0; p < 2; p++) Assert.False(groups.Open(D, new(p)));
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

    // A VM of 8 vCPUs cannot be on most of 1,024 pCPUs.
    [Fact]
    public void On_a_large_host_there_is_room_for_the_groups_that_are_used_and_more_when_they_are()
    {
        var groups = new FairGroups(vcpus: 8192, domains: 1024, pcpus: 1024, Grouping.Grouped);
        Assert.InRange(groups.Entities, 8192 + 8192, 8192 + 20_000);
        var before = groups.Entities;
        var seen = new HashSet<int>();
        for (var i = 0; i < 50_000; i++)
        {
            var (d, p) = (new DomainId(i % 1024), new PcpuId(i / 1024 * 7 % 1024));
            var (room, grown) = (groups.Entities, groups.Open(d, p));
            Assert.Equal(groups.Entities > room, grown);
            Assert.Equal(groups.Entities - 8192, groups.Queues - 1024);
            Assert.True(seen.Add(groups.GroupOf(d, p)), "two groups are one");
            Assert.InRange(groups.GroupOf(d, p), 8192, groups.Entities - 1);
            Assert.False(groups.Open(d, p));
        }
        Assert.InRange(groups.Entities, before + 1, 8192 + 100_000);
    }

    [Fact]
    public void A_group_keeps_what_it_has_when_others_come()
    {
        var groups = new FairGroups(vcpus: 1024, domains: 512, pcpus: 64, Grouping.Grouped);
        groups.SetWeight(new(0), D, 512);
        groups.Open(D, new(5));
        groups.Join(new(0), D, new(5), Instant.Zero);
        var group = groups.GroupOf(D, new(5));
        for (var d = 0; d < 512; d++)
            for (var p = 0; p < 64; p++) groups.Open(new(d), new(p));
        Assert.Equal(1024 + 512 * 64, groups.Entities);
        Assert.Equal((group, 2048L, 1), (groups.GroupOf(D, new(5)), WeightOn(groups, 5), groups.VcpusIn(group)));
    }

    [Fact]
    public void A_group_that_was_never_opened_is_a_fault() =>
        Assert.Throws<PolicyFault>(() => new FairGroups(2, 1, 2, Grouping.Grouped).GroupOf(D, new(1)));
}
