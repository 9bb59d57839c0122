using Flms.Core;
using Flms.Schedulers.Linux;

namespace Flms.Schedulers.Tests.Linux;

public sealed class SchedDomainsTests
{
    private static string Draw(SchedDomains domains, int p)
    {
        var lines = new List<string>();
        foreach (var d in domains.Of(new(p)))
        {
            var groups = string.Join(' ', d.Groups);
            lines.Add($"{d.Level} {groups} {d.ImbalancePct}% tries {d.CacheNiceTries} {d.MinInterval}");
        }
        return string.Join(" | ", lines);
    }

    [Fact]
    public void A_pCPU_has_its_core_its_cache_and_the_machine() => Assert.Equal(
        "Smt 0 1 110% tries 0 2ms | Mc 0-1 2-3 117% tries 1 4ms | Numa 0-3 4-7 117% tries 2 8ms",
        Draw(new(Topology.Of(2, 2, 2)), 1));

    [Fact]
    public void Sockets_of_one_memory_node_are_a_package_level() => Assert.Equal(
        "Mc 2 3 117% tries 1 2ms | Pkg 0-1 2-3 117% tries 1 4ms", Draw(new(Topology.Of(2, 2, 1, 1)), 2));

    [Fact]
    public void A_level_that_adds_no_pCPU_is_left_out()
    {
        Assert.Equal("", Draw(new(Topology.Of(1, 1)), 0));
        Assert.Equal("Numa 0 1 117% tries 2 2ms", Draw(new(Topology.Of(2, 1)), 0));
    }

    [Fact]
    public void Two_nodes_in_one_socket_have_a_cache_each()
    {
        var domains = new SchedDomains(Topology.Of(1, 4, 1, 2));
        Assert.Equal("Mc 0 1 117% tries 1 2ms | Numa 0-1 2-3 117% tries 2 4ms", Draw(domains, 0));
        Assert.False(domains.ShareCache(new(1), new(2)));
    }

    [Fact]
    public void A_scan_goes_round_the_cache()
    {
        var domains = new SchedDomains(Topology.Of(2, 4));
        Assert.Equal(1, domains.StepsBetween(new(4), new(5)));
        Assert.Equal(3, domains.StepsBetween(new(6), new(5)));
    }
}
