using Flms.Agent.Tests.Guests;

namespace Flms.Agent.Tests.Plans;

/// <summary>vCPUs on NUMA nodes of a real kernel: the host is a guest of this test's with two of them, its VMs are
/// processes whose threads are called like vCPUs.</summary>
[Collection(SharedGuest.Tests)]
[Trait("Speed", "Slow")]
public sealed class RealNodesTests(SharedGuest shared) : IDisposable
{
    private const string Config = """
        mode: enforce
        rescan: 1s
        pace: {residency: 1s, own_cpu: 1000}
        plan: {lend: false, judge: false, nodes: true, node_residency: 1s}
        vms:
          - {match: web, class: latency}
          - {match: batch, class: compute}
        """;

    private const string Group = "/sys/fs/cgroup/batch";

    private static readonly HashSet<int>[] Nodes = [[0, 1], [2, 3]];

    private PretendHost? _host;

    private DebianGuest Guest => shared.Guest;

    private PretendHost Host => _host ??= new(Guest);

    public void Dispose()
    {
        if (_host == null) return;
        _host.Dispose();
        Guest.Run($"for i in $(seq 50); do rmdir {Group} 2> /dev/null && break; sleep 0.2; done; "
            + "rm -f /run/flms/journal; true");
    }

    [SkippableFact]
    public void vCPUs_live_where_their_memory_is_move_when_that_node_is_overloaded_and_are_put_back_in_the_end()
    {
        Guest.Do($"echo +memory > /sys/fs/cgroup/cgroup.subtree_control; mkdir {Group}");
        var web = Host.StartVm("web", 1);
        // Its memory is where it begins; then somebody lets it run everywhere.
        var batch = Host.StartVm("batch", 3, with: "taskset c", group: Group);
        Guest.Do($"for t in /proc/{batch}/task/*; do taskset -p f ${{t##*/}} > /dev/null; done");
        Host.Tell("web", "rest");
        var before = Host.Snapshot();
        var agent = Host.StartAgent(Config);
        Host.WaitUntil(() => On(1, batch) == 3, "not on the node of its memory");

        // Three that compute on two pCPUs, or on one, while others of their group are idle.
        Host.Tell("batch", "burn");
        Host.WaitUntil(() => IsSpread(web, batch), "not spread over both nodes");
        Assert.Equal("0", Guest.Do($"kill {agent}; wait {agent}; echo $?"));
        Assert.Equal(before, Host.Snapshot());
    }

    // How many of a VM's vCPUs may run on that node only.
    private int On(int node, string pid) =>
        Host.VcpusOf(pid).Count(v => PretendHost.Cpus(v).IsSubsetOf(Nodes[node]));

    // As many on each node as the group of those who compute has pCPUs there, which the latency-sensitive VM has not.
    private bool IsSpread(string web, string batch)
    {
        var taken = PretendHost.Cpus(Host.VcpusOf(web)[0]);
        return Enumerable.Range(0, 2).All(n => On(n, batch) == Nodes[n].Except(taken).Count());
    }
}
