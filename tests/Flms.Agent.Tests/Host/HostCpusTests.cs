using Flms.Agent.Host;
using Flms.Core;

namespace Flms.Agent.Tests.Host;

public sealed class HostCpusTests
{
    private readonly FakeHost _host = new();

    [Fact]
    public void Isolated_tickless_and_excluded_CPUs_are_not_in_the_pool_and_the_rest_is_numbered_densely()
    {
        _host.Text("/sys/devices/system/cpu/possible", "0-15\n");
        _host.Text("/sys/devices/system/cpu/online", "0-7,9\n");
        _host.Text("/sys/devices/system/cpu/isolated", "2-3\n");
        _host.Text("/sys/devices/system/cpu/nohz_full", "3-4\n");
        var cpus = HostCpus.Read(_host, [0], out var problem)!;
        Assert.Equal("", problem);
        Assert.Equal([1, 5, 6, 7, 9], cpus.Pool);
        Assert.Equal((16, "0-7,9", "0-1,4-7,9"), (cpus.Size, cpus.Online.ToString(), cpus.Usual.ToString()));
        var ours = new CpuMask(5);
        ours.Add(new(0));
        ours.Add(new(4));
        Assert.Equal("1,9", cpus.ToLinux(ours).ToString());
    }

    [Fact]
    public void Threads_of_a_core_sockets_and_memory_nodes_are_read()
    {
        _host.Text("/sys/devices/system/cpu/online", "0-3\n");
        for (var c = 0; c < 4; c++)
        {
            _host.Text($"/sys/devices/system/cpu/cpu{c}/topology/physical_package_id", c < 2 ? "0" : "7");
            _host.Text($"/sys/devices/system/cpu/cpu{c}/topology/thread_siblings_list", c < 2 ? "0-1" : $"{c}");
        }
        _host.Text("/sys/devices/system/node/online", "0-1\n");
        _host.Text("/sys/devices/system/node/node0/cpulist", "0-1\n");
        _host.Text("/sys/devices/system/node/node1/cpulist", "2-3\n");
        var topology = HostCpus.Read(_host, [], out _)!.Topology;
        Assert.Equal((4, 3, 2, 2), (topology.Count, topology.Cores, topology.Sockets, topology.Nodes));
        Assert.Equal(Distance.SameCore, topology.Between(new(0), new(1)));
        Assert.Equal(Distance.SameSocket, topology.Between(new(2), new(3)));
        Assert.Equal(Distance.Remote, topology.Between(new(0), new(2)));
    }

    [Fact]
    public void A_machine_without_a_pool_says_why()
    {
        Assert.Null(HostCpus.Read(_host, [], out var problem));
        Assert.Contains("online", problem);
        _host.Text("/sys/devices/system/cpu/online", "0-1\n");
        _host.Text("/sys/devices/system/cpu/isolated", "0-1\n");
        Assert.Null(HostCpus.Read(_host, [], out problem));
        Assert.Contains("isolated", problem);
    }

    [Fact]
    public void This_machine_has_a_pool()
    {
        var cpus = HostCpus.Read(new Agent.Linux.LinuxFiles(), [], out _)!;
        Assert.InRange(cpus.Pool.Count, 1, cpus.Online.Count);
    }
}
