using Flms.Core;

namespace Flms.Core.Tests;

public sealed class TopologyTests
{
    [Fact]
    public void A_regular_machine_is_numbered_thread_by_thread()
    {
        var machine = Topology.Of(sockets: 2, cores: 4, threads: 2);
        Assert.Equal((16, 8, 2, 2), (machine.Count, machine.Cores, machine.Sockets, machine.Nodes));
        Assert.Equal("2-3", machine.CoreMask(new(3)).ToString());
        Assert.Equal("8-15", machine.SocketMask(new(9)).ToString());
        Assert.Equal("0-7", machine.NodeMask(new(0)).ToString());
        Assert.Equal("8-15", machine.Node(1).ToString());
        Assert.True(machine.All.IsFull);
    }

    [Theory]
    [InlineData(0, 0, Distance.Same)]
    [InlineData(0, 1, Distance.SameCore)]
    [InlineData(0, 2, Distance.SameSocket)]
    [InlineData(0, 4, Distance.SameNode)]
    [InlineData(0, 8, Distance.Remote)]
    [InlineData(15, 11, Distance.SameNode)]
    public void Distance_is_told_by_what_two_pcpus_share(int a, int b, Distance expected)
    {
        var machine = Topology.Of(sockets: 4, cores: 2, threads: 2, nodes: 2);
        Assert.Equal(expected, machine.Between(new(a), new(b)));
        Assert.Equal(expected, machine.Between(new(b), new(a)));
    }

    [Fact]
    public void A_socket_may_hold_several_memory_nodes()
    {
        var machine = Topology.Of(sockets: 1, cores: 8, threads: 1, nodes: 2);
        Assert.Equal(Distance.Remote, machine.Between(new(3), new(4)));
        Assert.Equal(0, machine.SocketOf(new(7)));
        Assert.Equal(1, machine.NodeOf(new(7)));
    }

    [Theory]
    [InlineData(0, 1, 1, 0, "at least one")]
    [InlineData(1, 1, 0, 0, "at least one")]
    [InlineData(1, 4, 1, 3, "do not divide")]
    [InlineData(1, 4, 1, -1, "do not divide")]
    public void A_machine_that_cannot_be_is_refused(int sockets, int cores, int threads, int nodes, string why)
    {
        var error = Assert.Throws<ArgumentException>(() => Topology.Of(sockets, cores, threads, nodes));
        Assert.Contains(why, error.Message);
    }

    [Fact]
    public void A_told_machine_must_be_dense_and_nested()
    {
        Refused([0, 1], [0], [0, 0], "names core, socket and node");
        Refused([], [], [], "at least one");
        Refused([0, 2], [0, 0], [0, 0], "dense");
        Refused([0, -1], [0, 0], [0, 0], "start at 0");
        Refused([0, 0], [0, 1], [0, 0], "lies in sockets");

        static void Refused(int[] core, int[] socket, int[] node, string why) =>
            Assert.Contains(why, Assert.Throws<ArgumentException>(() => new Topology(core, socket, node)).Message);
    }
}
